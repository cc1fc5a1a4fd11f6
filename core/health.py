"""`/livez`: the process is up. `/readyz`: database, migrations and cache answer."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when all is well, else 503. Says which part, never why: the reason is in the log."""
    checks = {"database": _answers(_database), "migrations": _answers(_migrations), "cache": _answers(_cache)}
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def _answers(check: object) -> bool:
    try:
        return bool(check())  # type: ignore[operator]
    except (DatabaseError, OSError):
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _cache() -> bool:
    cache.set("readyz", 1, 5)
    return cache.get("readyz") == 1
