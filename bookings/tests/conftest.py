"""One fixed moment for the tests of this app: Wednesday 5 August 2026, 9:00am at the hospital."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from core import clock
from patients.tests.factories import make_patient

NOW = datetime(2026, 8, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(autouse=True)
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The clock of views stands at NOW; call this to set it to another moment."""

    def to(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    to(NOW)
    return to


@pytest.fixture
def browser() -> Client:
    """A patient's, signed in."""
    client = Client()
    client.force_login(make_patient().user)
    return client
