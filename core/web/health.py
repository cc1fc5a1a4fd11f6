"""`/livez`: the process is up. `/readyz`: whoever comes can be served, bookings included."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache, caches
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.cache import DatabaseCache
from core.errors import Unavailable

# A megabyte sorted in less memory than that goes through a file beside the tables, and leaves nothing behind.
_NEED_DISK = "SELECT count(DISTINCT repeat('x', 1000) || number) FROM generate_series(1, 1000) AS number"
_WRITE_EVERY = 1.0  # seconds; whoever asks more often is told what was found last


@never_cache
@login_not_required
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when all is well, else 503. Says which part, never why: the reason is in the log."""
    checks = dict.fromkeys(("database", "migrations", "time_limits", "writable", "cache"), False)
    checks["database"] = _holds(_database)
    if checks["database"]:  # else each of them would wait for it again
        checks["migrations"] = _holds(_migrations)
        checks["time_limits"] = _holds(has_time_limits)
        checks["writable"] = _holds(_room.is_writable)
    if checks["database"] or not isinstance(caches["default"], DatabaseCache):
        checks["cache"] = _holds(_cache)
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/livez": livez, "/readyz": readyz}


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, OSError, Unavailable):
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def has_time_limits() -> bool:
    """Whether a statement and a wait for a lock end by themselves: a pooler may have dropped what was asked for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        return "0" not in cursor.fetchone()


class _Room:
    """Whether the database can write: it takes writes at all, and its disk is not full."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._found, self._at = False, float("-inf")

    def is_writable(self) -> bool:
        with self._lock:
            if time.monotonic() - self._at >= _WRITE_EVERY:
                self._found, self._at = _holds(_writes), time.monotonic()
            return self._found


_room = _Room()


def _writes() -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')")
        if cursor.fetchone() != ("off",):
            return False
        cursor.execute("SET LOCAL work_mem = '64kB'")
        cursor.execute(_NEED_DISK)
    return True


def _cache() -> bool:
    cache.set("readyz", 1, 5)
    return bool(cache.get("readyz") == 1)
