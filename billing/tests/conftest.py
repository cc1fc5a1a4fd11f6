"""The moment of these tests is that of the bookings': Wednesday 5 August 2026, 9:00am at the hospital."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bookings.tests.conftest import NOW, now, set_clock

__all__ = ["NOW", "now", "set_clock"]


@pytest.fixture(autouse=True)
def _billing_has_begun(settings: Any) -> None:
    settings.BILLING_FROM = date(2026, 1, 1)
