"""Commands that change tables have a database session of their own: patient with statements, not with locks.

A statement may take as long as it takes: an index on a million rows does. A lock is waited for briefly and asked for
again, because everybody who books meanwhile queues behind whoever waits for it. Two do not do this at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from core.errors import sqlstate

LIMITS = "-c lock_timeout=1000 -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
TRIES, PAUSE_SECONDS = 30, 1.0
_AGAIN = {"55P03", "40P01"}  # a lock that was not free, a deadlock
_ONE_AT_A_TIME = 7_310_551  # the number of the advisory lock
_MARK = "OWN_SESSION"

logger = logging.getLogger(__name__)


class SomebodyElse(OperationalError):
    """Another such command is at work on this database."""


class OwnSession:
    """Mixin for a management command that can be run again after it was interrupted."""

    def execute(self, *args: Any, **options: Any) -> Any:
        connection = connections[options.get("database") or "default"]
        run: Callable[..., Any] = super().execute  # type: ignore[misc]
        if connection.in_atomic_block or connection.settings_dict.get(_MARK):
            return run(*args, **options)  # in a transaction, or called by a command that has the session already
        with own_session(connection):
            return repeated(lambda: run(*args, **options), connection=connection)


@contextmanager
def own_session(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Connections opened while the block runs have `LIMITS` in place of the site's."""
    settings = connection.settings_dict
    before = settings["OPTIONS"]
    settings["OPTIONS"] = before | {"options": f"{before.get('options', '')} {LIMITS}"}
    settings[_MARK] = True
    connection.close()
    try:
        yield
    finally:
        settings["OPTIONS"] = before
        del settings[_MARK]
        connection.close()


def repeated(act: Callable[[], Any], *, connection: BaseDatabaseWrapper) -> Any:
    """What `act` returns, which is tried again while others hold what it needs."""
    for left in reversed(range(TRIES)):
        try:
            _alone(connection)
            return act()
        except OperationalError as error:
            if not left or (sqlstate(error) not in _AGAIN and not isinstance(error, SomebodyElse)):
                raise
            logger.warning("Others are using what this needs; tried again %d times at most", left)
        connection.close()
        _pause()
    return None


def _pause() -> None:
    time.sleep(PAUSE_SECONDS)


def _alone(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ONE_AT_A_TIME])
        if not cursor.fetchone()[0]:
            raise SomebodyElse("another command is changing the tables of this database")
