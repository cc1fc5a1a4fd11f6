"""Marking who did not come, for doctors who wish it. Closing time is the end of the hospital's day."""

from __future__ import annotations

from datetime import datetime, timedelta

from bookings import locks, states
from bookings.choices import Status
from bookings.services import transition
from bookings.states import Actor
from core.clock import hospital_day, start_of_day
from core.db import short_transaction

# A week of missed nights is made up for; older ones are history a doctor has left as it is.
MADE_UP_FOR = timedelta(days=7)
AT_ONCE = 200


def mark_no_shows(*, now: datetime) -> int:
    """Mark confirmed appointments of earlier days of the hospital as not attended; says how many.

    The day of an appointment is over at the hospital's midnight: until then a late patient can still be checked in.
    May run as often as one likes, late, or at the same time as another: rows in use are left to whoever has them.
    """
    marked = 0
    while batch := _mark_some(now):
        marked += batch
    return marked


def _mark_some(now: datetime) -> int:
    midnight = start_of_day(hospital_day(now))
    with short_transaction():
        missed = locks.unattended(midnight - MADE_UP_FOR, midnight, AT_ONCE)
        for booking in missed:
            states.check(current=Status(booking.status), to=Status.NO_SHOW, actor=Actor.SYSTEM)
            transition(booking, Status.NO_SHOW, by=None, now=now)
    return len(missed)
