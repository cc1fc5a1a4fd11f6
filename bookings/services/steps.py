"""The steps of a visit: confirm, check in, complete, mark as missed (C5, H1)."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from bookings import locks, messages
from bookings.actors import actor_of
from bookings.choices import Status
from bookings.models import Booking
from bookings.permissions import check_desk_check_in, check_step, desk_steps
from bookings.services.transition import BOOKING_ERRORS, transition
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
        check_step(fresh, to, actor=actor_of(by, fresh), now=now)
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
        check_desk_check_in(fresh, actor=actor_of(by, fresh), now=now)
        for _from, to in desk_steps(fresh):
            transition(fresh, to, by=by, now=now)
            if to == Status.CONFIRMED:
                outbox.enqueue(messages.confirmed(fresh, at=now), now=now)
        return fresh
