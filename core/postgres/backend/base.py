"""Django's PostgreSQL backend, whose connections never wait for ever (`DATABASES["default"]["ENGINE"]`)."""

from __future__ import annotations

import select
import time
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Any

from django.db.backends.postgresql import base
from psycopg2 import extensions

from core.postgres.backend.watch import Watch

GRACE = 1.5  # seconds more than the server's own limit, which has the first word
# Asked by Django before the first statement of each request: whether the connection still works.
HEALTH_CHECK, HEALTH_SECONDS = "SELECT 1", 3.0
SILENCE_SECONDS = 1.0  # so long after its last answer a connection needs no question

watch = Watch()


class Connection(extensions.connection):
    longest: float | None = None  # seconds; None in a session without a limit of statements, such as a migration's
    answered_at = 0.0  # by the monotonic clock
    prepares = True  # whether statements are known to it by name

    @cached_property
    def prepared(self) -> set[str]:
        """Names of the statements this session knows (core/postgres/prepared.py)."""
        return set()

    def watched(self, statement: object = "") -> AbstractContextManager[None]:
        if self.longest is None or self.closed:
            return nullcontext()
        seconds = min(self.longest, HEALTH_SECONDS) if statement == HEALTH_CHECK else self.longest
        return watch.until(seconds, handle=self.fileno())

    @property
    def is_in_use(self) -> bool:
        """It answered just now, and the server has neither closed it since nor said anything else of its own accord."""
        if self.closed or time.monotonic() - self.answered_at > SILENCE_SECONDS:
            return False
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return not poll.poll(0)

    def commit(self) -> None:
        with self.watched():
            super().commit()
        self.answered_at = time.monotonic()

    def rollback(self) -> None:
        with self.watched():
            super().rollback()


class Cursor(extensions.cursor):
    connection: Connection

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 - the driver's name
        if isinstance(query, str) and query.startswith("SET statement_timeout"):
            self.connection.longest = None  # whoever sets a limit of their own waits for it
        with self.connection.watched(query):
            super().execute(query, vars)
        self.connection.answered_at = time.monotonic()

    def executemany(self, query: Any, vars_list: Any) -> None:
        for parameters in vars_list:  # as the driver does; each has the server's limit for itself
            self.execute(query, parameters)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """Asks the server again when the cursor lives there."""
        if self.name is None:
            return super().fetchmany(size) if size is not None else super().fetchmany()
        with self.connection.watched():
            return super().fetchmany(size) if size is not None else super().fetchmany()


class DatabaseWrapper(base.DatabaseWrapper):
    def close_if_health_check_failed(self) -> None:
        """Django asks before the first statement of each request. A busy site spares itself that: what answered just
        now needs no question, only a look whether it has been closed."""
        if self.connection is not None and self.connection.is_in_use and not self.errors_occurred:
            self.health_check_done = True
        super().close_if_health_check_failed()

    def get_connection_params(self) -> dict[str, Any]:
        ours = {"connection_factory": Connection, "cursor_factory": Cursor}
        return super().get_connection_params() | ours

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        connection: Connection = super().get_new_connection(conn_params)
        connection.longest = HEALTH_SECONDS
        with connection.cursor() as cursor:
            cursor.execute("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")
            (milliseconds,) = cursor.fetchone() or (0,)
        connection.rollback()
        connection.longest = milliseconds / 1000 + GRACE if milliseconds else None
        return connection
