"""A cache kept in the database, when it can't be written or read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.db import connection, transaction

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


@pytest.fixture
def table(settings: Any, db: None) -> BaseCache:
    settings.CACHES = {
        "default": {
            "BACKEND": "core.cache.DatabaseCache",
            "LOCATION": "hms_cache",
            "OPTIONS": {"MAX_ENTRIES": 10, "CULL_FREQUENCY": 2},
        }
    }
    caches["default"].clear()
    return caches["default"]


def expire(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE hms_cache SET expires = now() - interval '1 minute' WHERE cache_key LIKE %s", [f"%{key}"]
        )
        assert cursor.rowcount == 1


def test_what_is_kept_is_replaced_added_once_and_prolonged(table: BaseCache) -> None:
    table.set("one", {"a": 1})
    table.set("one", {"b": [2]}, 60)
    assert table.get("one") == {"b": [2]}
    assert (table.add("one", 3), table.get("one")) == (False, {"b": [2]})
    assert (table.touch("one", None), table.touch("nothing", 60)) == (True, False)

    expire("one")
    assert table.get("one", "gone") == "gone"  # Django drops it then
    table.set("two", 1)
    expire("two")
    assert (table.add("two", 2), table.get("two")) == (True, 2)
    table.set("for-ever", 3, None)
    assert table.get("for-ever") == 3


def test_a_write_is_one_statement(table: BaseCache, django_assert_num_queries: Any) -> None:
    with transaction.atomic(), django_assert_num_queries(3):  # in a transaction between a savepoint and its release
        table.set("one", 1)


def test_the_table_is_held_to_its_size(table: BaseCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_CULLED_ONCE_IN", 1)
    for number in range(40):
        table.set(f"key-{number}", number)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM hms_cache")
        (count,) = cursor.fetchone()
    assert 1 <= count <= 11
