"""Each test leaves the database to the next one: no thread or program of its own is still connected when it is over.

What stays connected keeps rows locked, a test's database from being copied (tests/backup/site.py) or dropped, and in
production one of the few connections there are.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg2
from django.db import connection

PATIENCE = 120  # seconds; who has just gone gets a moment, and more of them on a busy machine
WAIT_MS = 60_000  # for one that is put out to be gone
OTHERS = """
    SELECT pid, application_name, state, left(query, 200), backend_start::text
    FROM pg_stat_activity WHERE datname = %s AND pid <> %s AND backend_type = 'client backend'
"""
PUT_OUT = "SELECT pg_terminate_backend(pid, %s) FROM unnest(%s::int[]) AS pid"


class OpenSessions:
    """Looks from a connection of its own, to another database of the server."""

    def __init__(self) -> None:
        self._connection: Any = None

    def of_others(self) -> list[tuple[Any, ...]]:
        """Whoever else is connected to the test's database."""
        name = str(connection.settings_dict["NAME"])
        if not name.startswith("test_"):  # there is no database yet
            return []
        own = connection.connection
        pid = own.info.backend_pid if own is not None and not own.closed else 0
        with self._look().cursor() as cursor:
            cursor.execute(OTHERS, [name, pid])
            return list(cursor.fetchall())

    def end(self) -> None:
        """Wait until there are none. Raises AssertionError with what they are, or were, at, once they are put out: the
        tests to come are not blamed for them, nor wait as long."""
        deadline = time.monotonic() + PATIENCE
        while others := self.of_others():
            if time.monotonic() >= deadline:
                with self._look().cursor() as cursor:
                    cursor.execute(PUT_OUT, [WAIT_MS, [pid for pid, *_ in others]])
                raise AssertionError(f"still connected to the test's database: {others}")
            time.sleep(0.02)

    def _look(self) -> Any:
        if self._connection is None or self._connection.closed:
            known = connection.settings_dict
            facts = {"user": known["USER"], "password": known["PASSWORD"], "host": known["HOST"], "port": known["PORT"]}
            self._connection = psycopg2.connect(
                dbname="postgres", **{name: value for name, value in facts.items() if value}
            )
            self._connection.autocommit = True
        return self._connection


open_sessions = OpenSessions()  # one connection for the whole run
