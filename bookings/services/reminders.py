"""Reminders of tomorrow's appointments (D4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from bookings import locks, messages, rules
from bookings.models import Booking
from core.batches import in_batches
from core.db import short_transaction
from integrations import outbox

# An eve begins at most two days before the appointment, and an hour more in a night with a change of the clocks.
_FURTHEST = timedelta(days=2, hours=1)
AT_ONCE = 100


def remind(*, now: datetime) -> int:
    """Write the reminders that are due, each once for its appointment; says how many.

    May run as often as one likes, at the same time as another, late, or after a missed night. The bookings are locked,
    so that one which is cancelled meanwhile is either not reminded of, or its waiting reminder is withdrawn.
    """
    return in_batches(_candidates(now), lambda keys: _remind(keys, now), size=AT_ONCE, what="The reminder of booking")


def _candidates(now: datetime) -> list[int]:
    """The live bookings of the coming days that have no reminder yet, the soonest first."""
    rows = Booking.objects.live().filter(reminder_queued_at__isnull=True)
    coming = rows.filter(starts_at__gt=now, starts_at__lt=now + _FURTHEST).order_by("starts_at", "pk")
    times = coming.values_list("pk", "starts_at", "created_at")
    return [pk for pk, starts_at, booked_at in times if _is_time(starts_at, booked_at, now)]


def _remind(keys: Sequence[int], now: datetime) -> int:
    with short_transaction():
        due = [booking for booking in locks.unreminded(keys, now) if _is_due(booking, now)]
        reachable = [booking for booking in due if booking.patient.email]
        drafts = [messages.reminder(booking, now=now) for booking in reachable]
        outbox.enqueue(drafts, now=now)
        Booking.objects.filter(pk__in=[booking.pk for booking in due]).update(reminder_queued_at=now)
    return len(due)


def _is_due(booking: Booking, now: datetime) -> bool:
    return _is_time(booking.starts_at, booking.created_at, now)


def _is_time(starts_at: datetime, booked_at: datetime, now: datetime) -> bool:
    at = rules.reminder_time(starts_at=starts_at, zone=ZoneInfo(settings.TIME_ZONE), hour=settings.REMINDER_HOUR)
    return rules.is_time_to_remind(starts_at=starts_at, booked_at=booked_at, reminder_at=at, now=now)
