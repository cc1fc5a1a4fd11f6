"""What a person may do with one appointment now: the table of states and the clock, asked without writing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bookings import rules, states
from bookings.choices import Status
from bookings.models import Booking
from bookings.states import Actor
from core.clock import hospital_day
from core.errors import DomainError
from doctors.models import Slot

# The steps with a button of their own, in the order of a visit. Cancelling has its own page.
STEPS = (Status.CONFIRMED, Status.CHECKED_IN, Status.COMPLETED, Status.NO_SHOW)


def open_steps(booking: Booking, actor: Actor, now: datetime) -> list[Status]:
    """The steps `actor` could take with `booking` at `now`. The service asks again, under the lock."""
    current = Status(booking.status)
    return [
        to for to in STEPS if states.allowed(current=current, to=to, actor=actor) and _is_time_for(to, booking, now)
    ]


def _is_time_for(to: Status, booking: Booking, now: datetime) -> bool:
    try:
        if to == Status.CHECKED_IN:
            rules.check_can_check_in(
                appointment_day=hospital_day(booking.starts_at), today=hospital_day(now), ahead=booking.starts_at - now
            )
        if to == Status.NO_SHOW:
            rules.check_can_mark_no_show(starts_at=booking.starts_at, now=now)
    except rules.TooEarly:
        return False
    return True


def can_check_in_for(visit: Booking | Slot, now: datetime) -> bool:
    """Whether who stands at the desk at `now` can be checked in for it, as far as the clock goes."""
    return rules.is_time_to_check_in(
        appointment_day=hospital_day(visit.starts_at), today=hospital_day(now), ahead=visit.starts_at - now
    )


def can_check_in_at_desk(booking: Booking, actor: Actor, now: datetime) -> bool:
    """Whether the desk could check the patient in at `now`, confirming on the way. The service asks again."""
    confirms = states.allowed(current=Status(booking.status), to=Status.CONFIRMED, actor=actor)
    checks_in = states.allowed(current=Status(booking.status), to=Status.CHECKED_IN, actor=actor)
    return (confirms or checks_in) and _is_time_for(Status.CHECKED_IN, booking, now)


def can_undo(booking: Booking, actor: Actor, now: datetime) -> bool:
    """Whether `actor` could take back the last step at `now`, if it was read with it. The service asks again."""
    if booking.last_change_at is None:
        return False
    current = Status(booking.status)
    try:
        to = states.undone(current=current, actor=actor)
        was_step = booking.last_change_from == to
        rules.check_can_undo(changed_at=booking.last_change_at, was_step=was_step, now=now)
    except DomainError:
        return False
    return True


def refusal_to_move(booking: Booking, actor: Actor, now: datetime) -> DomainError | None:
    """Why `actor` can't move `booking` at `now`; None when they can."""
    return _refusal_to_release(booking, actor, now, rules.check_can_move)


def refusal_to_cancel(booking: Booking, actor: Actor, now: datetime) -> DomainError | None:
    """Why `actor` can't cancel `booking` at `now`; None when they can."""
    return _refusal_to_release(booking, actor, now, rules.check_can_cancel)


def _refusal_to_release(
    booking: Booking, actor: Actor, now: datetime, check: Callable[..., None]
) -> DomainError | None:
    """Moving and cancelling both give the time back: the same step of the table, each with a rule of its own."""
    try:
        states.check(current=Status(booking.status), to=Status.CANCELLED, actor=actor)
        check(release_of(booking), by_patient=actor == Actor.PATIENT, now=now)
    except DomainError as error:
        return error
    return None


def release_of(booking: Booking) -> rules.Release:
    """What the rules must know of `booking` to decide until when its patient may give the time back."""
    return rules.Release(
        starts_at=booking.starts_at,
        booked_at=booking.created_at,
        cutoff=booking.doctor.booking_policy.cancel_cutoff,
        is_request=booking.status == Status.PENDING,
    )
