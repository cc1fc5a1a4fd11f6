"""A fixed moment, and the option that records the budget anew."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from bookings.tests.conftest import NOW
from core import clock, remembered
from core.web import micro_cache, refusals


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record-budget", action="store_true", help="record what each page costs now as its budget")


@pytest.fixture(autouse=True)
def _fixed_moment(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wednesday 5 August 2026, 9:00am at the hospital; what strangers share is shared as in production, and kept."""
    settings.MICRO_CACHE_SECONDS = 3
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(micro_cache, "monotonic", lambda: 100.0)
    for module in (remembered, refusals):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 100.0))
    micro_cache.copies.clear()


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """A request would close the connection in whose transaction the test stands."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
