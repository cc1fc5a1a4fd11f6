"""A cache kept in the database, when it can't be written or read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

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
