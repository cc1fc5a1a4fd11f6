"""What a person may do with one appointment now: the table of states and the clock, asked without writing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from bookings import rules, states
from bookings.choices import Status
from bookings.models import Booking
from bookings.states import Actor
from core.clock import hospital_day
from core.errors import DomainError
from doctors.models import Slot

# The steps with a button of their own, in the order of a visit. Cancelling has its own page.
STEPS = (Status.CONFIRMED, Status.CHECKED_IN, Status.COMPLETED, Status.NO_SHOW)


@dataclass(frozen=True, slots=True)
class VisitNow:
    """An appointment at a moment, as the guards of the table look at it."""

    booking: Booking
    now: datetime

    @property
    def starts_at(self) -> datetime:
        return self.booking.starts_at

    @property
    def day(self) -> date:
        return hospital_day(self.booking.starts_at)

    @property
    def today(self) -> date:
        return hospital_day(self.now)

    @property
    def release(self) -> rules.Release:
        return release_of(self.booking)


def check_step(
    booking: Booking,
    to: Status,
    *,
    actor: Actor,
    now: datetime,
    current: Status | None = None,
    is_move: bool = False,
    bound_as: Actor | None = None,
) -> None:
    """Whether `actor` may take `booking` to `to` at `now`: the table and its guard. `current` looks ahead: as if it
    stood there. `bound_as`: whom the clock binds, where a patient accepts what the hospital offered.

    Raises TransitionRefused, and what the guard raises: TooEarly, TooLateToCancel, TooLateToMove.
    """
    since = current or Status(booking.status)
    states.check(current=since, to=to, actor=actor)
    states.check_guard(current=since, to=to, actor=bound_as or actor, visit=VisitNow(booking, now), is_move=is_move)


def refusal_to_step(booking: Booking, to: Status, actor: Actor, now: datetime) -> DomainError | None:
    """Why `actor` can't take `booking` to `to` at `now`; None when they can. The service asks again, under the lock."""
    return _refusal(partial(check_step, booking, to, actor=actor, now=now))


def open_steps(booking: Booking, actor: Actor, now: datetime) -> list[Status]:
    """The steps of a visit `actor` could take with `booking` at `now`."""
    current = Status(booking.status)
    in_table = [to for to in STEPS if states.allowed(current=current, to=to, actor=actor)]
    return [to for to in in_table if refusal_to_step(booking, to, actor, now) is None]


def can_check_in_for(visit: Booking | Slot, now: datetime) -> bool:
    """Whether who stands at the desk at `now` can be checked in for it, as far as the clock goes."""
    return rules.is_time_to_check_in(
        appointment_day=hospital_day(visit.starts_at), today=hospital_day(now), ahead=visit.starts_at - now
    )


def desk_steps(booking: Booking) -> list[tuple[Status, Status]]:
    """From where to where the desk goes to check in: who waits for confirmation is confirmed on the way."""
    current = Status(booking.status)
    if current != Status.PENDING:
        return [(current, Status.CHECKED_IN)]
    return [(Status.PENDING, Status.CONFIRMED), (Status.CONFIRMED, Status.CHECKED_IN)]


def check_desk_check_in(booking: Booking, *, actor: Actor, now: datetime) -> None:
    """Whether the desk may check the patient in at `now`. Raises TransitionRefused, TooEarly."""
    for current, to in desk_steps(booking):
        check_step(booking, to, actor=actor, now=now, current=current)


def can_check_in_at_desk(booking: Booking, actor: Actor, now: datetime) -> bool:
    """Whether the desk could check the patient in at `now`. The service asks again."""
    return _refusal(partial(check_desk_check_in, booking, actor=actor, now=now)) is None


def check_undo(booking: Booking, *, actor: Actor, last_from: str | None, last_at: datetime, now: datetime) -> Status:
    """Where taking back the last change leads, which was made at `last_at` and came from `last_from`.

    Raises TransitionRefused, TooLateToUndo.
    """
    to = states.undone(current=Status(booking.status), actor=actor)
    rules.check_can_undo(changed_at=last_at, was_step=last_from == to, now=now)
    return to


def can_undo(booking: Booking, actor: Actor, now: datetime) -> bool:
    """Whether `actor` could take back the last step at `now`, if it was read with it. The service asks again."""
    last_at = booking.last_change_at
    if last_at is None or Status(booking.status) not in states.UNDO:
        return False
    last_from = booking.last_change_from
    return _refusal(partial(check_undo, booking, actor=actor, last_from=last_from, last_at=last_at, now=now)) is None


def refusal_to_move(booking: Booking, actor: Actor, now: datetime) -> DomainError | None:
    """Why `actor` can't move `booking` at `now`; None when they can."""
    return _refusal(partial(check_step, booking, Status.CANCELLED, actor=actor, now=now, is_move=True))


def is_move_offered(booking: Booking, actor: Actor, now: datetime) -> bool:
    """Whether a page offers to move it: what has begun the hospital still may move, but is not invited to."""
    return booking.starts_at > now and refusal_to_move(booking, actor, now) is None


def refusal_to_cancel(booking: Booking, actor: Actor, now: datetime) -> DomainError | None:
    """Why `actor` can't cancel `booking` at `now`; None when they can."""
    return refusal_to_step(booking, Status.CANCELLED, actor, now)


def _refusal(check: Callable[[], object]) -> DomainError | None:
    try:
        check()
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
