"""The one place that reads the clock. Services and rules are handed `now`."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone


def now() -> datetime:
    """The current instant, aware, in UTC. Read it once at the edge and pass it in."""
    return timezone.now()


def hospital_day(moment: datetime) -> date:
    """The calendar day of an instant at the hospital (settings.TIME_ZONE)."""
    return timezone.localtime(moment, timezone.get_default_timezone()).date()
