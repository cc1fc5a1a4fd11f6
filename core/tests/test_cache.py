"""A cache kept in the database, when it can't be written or read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from core import cache

ASKS: dict[str, Callable[[], Any]] = {
    "read": lambda: cache.read("key"),
    "keep": lambda: cache.keep("key", 1, 60),
    "begin": lambda: cache.begin("key", 60),
    "count": lambda: cache.count("key", 60),
    "forget": lambda: cache.forget("key"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_conveniences_go_on_without_it_and_one_line_says_why(
    ask: Callable[[], Any], settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CACHES = {"default": {"BACKEND": "core.cache.DatabaseCache", "LOCATION": "not_made_yet"}}

    ask()

    assert [record.getMessage() for record in caplog.records] == ["The cache refuses: ProgrammingError"]


@pytest.mark.django_db
def test_a_number_is_kept_as_long_as_was_asked_however_often_it_is_added_to(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "core.cache.DatabaseCache", "LOCATION": "hms_cache"}}
    a_day = timedelta(days=1)

    for _ in range(3):
        assert cache.count("refusals:of-a-test", 8 * a_day // timedelta(seconds=1))

    assert cache.read("refusals:of-a-test") == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT expires FROM hms_cache WHERE cache_key LIKE %s", ["%refusals:of-a-test"])
        (expires,) = cursor.fetchone()
    assert expires > datetime.now(UTC) + 7 * a_day
