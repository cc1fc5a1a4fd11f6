"""The one place that reads the clock. Services and rules are handed `now`."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone


def now() -> datetime:
    """The current instant, aware, in UTC. Read it once at the edge and pass it in."""
    return timezone.now()


def hospital_day(moment: datetime) -> date:
    """The calendar day of an instant at the hospital (settings.TIME_ZONE)."""
    return timezone.localtime(moment, timezone.get_default_timezone()).date()


def start_of_day(day: date) -> datetime:
    """The first instant of a calendar day at the hospital, aware. Days are half-open, see `end_of_day`."""
    return datetime.combine(day, time.min, timezone.get_default_timezone())


def end_of_day(day: date) -> datetime:
    """The first instant after a calendar day at the hospital, aware: a day is [start_of_day, end_of_day)."""
    return start_of_day(day + timedelta(days=1))
