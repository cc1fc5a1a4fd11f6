"""The steps of a visit: confirm, check in, complete, mark as missed (C5, H1)."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from bookings import locks, messages, rules, states
from bookings.actors import actor_of
from bookings.choices import Status
from bookings.models import Booking
from bookings.services.transition import BOOKING_ERRORS, transition
from core.clock import hospital_day
from core.db import short_transaction
from core.errors import translated
from integrations import outbox


def confirm(*, booking: Booking, by: User, now: datetime) -> Booking:
    """The doctor says yes (C5). Raises TransitionRefused, Busy."""
    return _step(booking, Status.CONFIRMED, by=by, now=now)


def check_in(*, booking: Booking, by: User, now: datetime) -> Booking:
    """The patient has arrived. Raises TransitionRefused, TooEarly, Busy."""
    return _step(booking, Status.CHECKED_IN, by=by, now=now)


def complete(*, booking: Booking, by: User, now: datetime) -> Booking:
    """The visit is over. Raises TransitionRefused, Busy."""
    return _step(booking, Status.COMPLETED, by=by, now=now)


def mark_no_show(*, booking: Booking, by: User, now: datetime) -> Booking:
    """The patient did not come. Raises TransitionRefused, TooEarly, Busy."""
    return _step(booking, Status.NO_SHOW, by=by, now=now)


def _step(booking: Booking, to: Status, *, by: User, now: datetime) -> Booking:
    with translated(BOOKING_ERRORS), short_transaction():
        fresh = locks.booking(booking.pk)
        states.check(current=Status(fresh.status), to=to, actor=actor_of(by, fresh))
        if to == Status.CHECKED_IN:
            rules.check_can_check_in(
                appointment_day=hospital_day(fresh.starts_at), today=hospital_day(now), ahead=fresh.starts_at - now
            )
        if to == Status.NO_SHOW:
            rules.check_can_mark_no_show(starts_at=fresh.starts_at, now=now)
        transition(fresh, to, by=by, now=now)
        if to == Status.CONFIRMED:
            outbox.enqueue(messages.confirmed(fresh, at=now), now=now)
        return fresh


def check_in_at_desk(*, booking: Booking, by: User, now: datetime) -> Booking:
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
