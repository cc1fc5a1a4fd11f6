"""Somebody stands at the desk: checked in at once, whether or not their doctor had said yes yet (C5, H1)."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from bookings import locks, messages, rules, states
from bookings.actors import actor_of
from bookings.choices import Status
from bookings.models import Booking
from bookings.services.book import BOOKING_ERRORS, transition
from core.clock import hospital_day
from core.db import short_transaction
from core.errors import translated
from integrations import services as outbox


def arrive(*, booking: Booking, by: User, now: datetime) -> Booking:
    """Check in; who waits for confirmation is confirmed on the way, both steps in the history, in one transaction.

    Raises TransitionRefused, TooEarly, Busy.
    """
    with translated(BOOKING_ERRORS), short_transaction():
        fresh = locks.booking(booking.pk)
        actor = actor_of(by, fresh)
        rules.check_can_check_in(
            appointment_day=hospital_day(fresh.starts_at), today=hospital_day(now), ahead=fresh.starts_at - now
        )
        if fresh.status == Status.PENDING:
            states.check(current=Status.PENDING, to=Status.CONFIRMED, actor=actor)
            transition(fresh, Status.CONFIRMED, by=by, now=now)
            outbox.enqueue(messages.confirmed(fresh, at=now), now=now)
        states.check(current=Status(fresh.status), to=Status.CHECKED_IN, actor=actor)
        transition(fresh, Status.CHECKED_IN, by=by, now=now)
        return fresh
