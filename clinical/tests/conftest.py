"""The moment of these tests is that of the bookings': Wednesday 5 August 2026, 9:00am at the hospital."""

from __future__ import annotations

from bookings.tests.conftest import NOW, now, set_clock

__all__ = ["NOW", "now", "set_clock"]
