"""Marking who did not come, for doctors who wish it. Closing time is the end of the hospital's day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bookings import locks
from bookings.choices import Status
from bookings.models import Booking
from bookings.permissions import check_step
from bookings.services.transition import transition
from bookings.states import Actor
from core.batches import in_batches
from core.clock import hospital_day, start_of_day
from core.db import short_transaction

# A week of missed nights is made up for; older ones are history a doctor has left as it is.
MADE_UP_FOR = timedelta(days=7)
AT_ONCE = 200


def mark_no_shows(*, now: datetime) -> int:
    """Mark confirmed appointments of earlier days of the hospital as not attended; says how many.

    The day of an appointment is over at the hospital's midnight, or when the appointment is, if that is later: until
    then a late patient can still be checked in.
    May run as often as one likes, late, or at the same time as another: rows in use are left to whoever has them.
    """
    midnight = start_of_day(hospital_day(now))
    missed = Booking.objects.within(midnight - MADE_UP_FOR, midnight).filter(
        status=Status.CONFIRMED, doctor__marks_no_shows=True, ends_at__lte=now
    )
    keys = list(missed.order_by("pk").values_list("pk", flat=True))
    return in_batches(keys, lambda some: _mark(some, now), size=AT_ONCE, what="The missed visit")


def _mark(keys: Sequence[int], now: datetime) -> int:
    with short_transaction():
        missed = locks.unattended(keys)
        for booking in missed:
            check_step(booking, Status.NO_SHOW, actor=Actor.SYSTEM, now=now)
            transition(booking, Status.NO_SHOW, by=None, now=now)
    return len(missed)
