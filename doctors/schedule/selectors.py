"""Reading a doctor's weekly hours, and what of them opens later (B5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from doctors.models import DoctorProfile, WeeklyHours
from doctors.schedule.openings import Opening, openings
from doctors.schedule.weekly_rules import WeeklyRange


def openings_of(
    doctor: DoctorProfile, ranges: Sequence[WeeklyRange], now: datetime, *, time_zone: str = ""
) -> list[Opening]:
    """From when the times of `ranges` can be booked that begin beyond `SLOT_HORIZON_DAYS`."""
    return openings(
        ranges,
        zone=ZoneInfo(time_zone or doctor.time_zone),
        horizon=timedelta(days=settings.SLOT_HORIZON_DAYS),
        booking_window=doctor.booking_policy.booking_window,
        now=now,
    )


def weekly_hours_of(doctor: DoctorProfile) -> list[WeeklyRange]:
    """The doctor's weekly hours as plain ranges, by weekday and time."""
    return [as_range(row) for row in WeeklyHours.objects.filter(doctor=doctor).order_by("weekday", "starts", "pk")]


def as_range(row: WeeklyHours) -> WeeklyRange:
    return WeeklyRange(
        weekday=row.weekday,
        starts=row.starts,
        ends=row.ends,
        length=timedelta(minutes=row.slot_minutes),
        buffer=timedelta(minutes=row.buffer_minutes),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        every_weeks=row.every_weeks,
    )
