"""The life of a booking, readable as a table (C5). Pure: no clock, no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings import rules
from bookings.choices import Status
from core.errors import DomainError


class Actor(StrEnum):
    """In which capacity somebody acts on a booking."""

    PATIENT = "patient"
    DOCTOR = "doctor"
    STAFF = "staff"
    SYSTEM = "system"


class TransitionRefused(DomainError):
    message = gettext_lazy("This appointment can’t be changed like that any more.")


_CLINIC = frozenset({Actor.DOCTOR, Actor.STAFF})
_ANYONE = frozenset({Actor.PATIENT, Actor.DOCTOR, Actor.STAFF})


class GuardFacts(Protocol):
    """What the guards must know of an appointment at a moment. `day` and `today` are the hospital's."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def day(self) -> date: ...
    @property
    def today(self) -> date: ...
    @property
    def now(self) -> datetime: ...
    @property
    def release(self) -> rules.Release: ...


Guard = Callable[[GuardFacts, Actor], None]


def _at_any_time(visit: GuardFacts, actor: Actor) -> None:
    """The table alone decides."""


def _while_it_may_be_cancelled(visit: GuardFacts, actor: Actor) -> None:
    rules.check_can_cancel(visit.release, by_patient=actor == Actor.PATIENT, now=visit.now)


def _while_it_may_be_moved(visit: GuardFacts, actor: Actor) -> None:
    rules.check_can_move(visit.release, by_patient=actor == Actor.PATIENT, now=visit.now)


def _when_the_day_has_come(visit: GuardFacts, actor: Actor) -> None:
    rules.check_can_check_in(appointment_day=visit.day, today=visit.today, ahead=visit.starts_at - visit.now)


def _once_it_was_to_begin(visit: GuardFacts, actor: Actor) -> None:
    rules.check_can_mark_no_show(starts_at=visit.starts_at, now=visit.now)


@dataclass(frozen=True, slots=True)
class Transition:
    """`who` may take it, and its `guard`: what the clock says to it. `move_guard`: the same step is also the first half
    of a move, and a move is guarded by a rule of its own."""

    who: frozenset[Actor]
    guard: Guard = _at_any_time
    move_guard: Guard | None = None


_CANCELLING = Transition(_ANYONE, _while_it_may_be_cancelled, _while_it_may_be_moved)

#        from                  to                       who                        guard
TABLE: Mapping[tuple[Status, Status], Transition] = {
    (Status.PENDING, Status.CONFIRMED): Transition(_CLINIC),
    (Status.PENDING, Status.CANCELLED): _CANCELLING,
    (Status.CONFIRMED, Status.CANCELLED): _CANCELLING,
    (Status.CONFIRMED, Status.CHECKED_IN): Transition(_CLINIC, _when_the_day_has_come),
    (Status.CONFIRMED, Status.NO_SHOW): Transition(_CLINIC | {Actor.SYSTEM}, _once_it_was_to_begin),
    (Status.CHECKED_IN, Status.COMPLETED): Transition(_CLINIC),
}

# Taking back the last step: a transition of its own, for a short while (rules.check_can_undo).
#   from                back to
UNDO: Mapping[Status, Status] = {
    Status.CHECKED_IN: Status.CONFIRMED,
    Status.COMPLETED: Status.CHECKED_IN,
    Status.NO_SHOW: Status.CONFIRMED,
}


def undone(*, current: Status, actor: Actor) -> Status:
    """Where taking back the last step leads. Raises TransitionRefused when `actor` can't take back that one."""
    if actor not in _CLINIC or current not in UNDO:
        raise TransitionRefused(_("You can’t undo this step."))
    return UNDO[current]


def is_undo(*, current: str, to: str) -> bool:
    """Whether a row of the history takes a step back."""
    return (current, to) in UNDO.items()


def allowed(*, current: Status, to: Status, actor: Actor) -> bool:
    step = TABLE.get((current, to))
    return step is not None and actor in step.who


def check(*, current: Status, to: Status, actor: Actor) -> None:
    """Raises TransitionRefused unless the table has the step for this actor, whatever the clock says."""
    if not allowed(current=current, to=to, actor=actor):
        words = _WORDS.get(current)
        raise TransitionRefused(str(words) if words else None)


def check_guard(*, current: Status, to: Status, actor: Actor, visit: GuardFacts, is_move: bool = False) -> None:
    """Raises what the guard of a step of the table raises."""
    step = TABLE[current, to]
    guard = step.move_guard if is_move and step.move_guard else step.guard
    guard(visit, actor)


_WORDS = {
    Status.CANCELLED: gettext_lazy("This appointment has been cancelled."),
    Status.COMPLETED: gettext_lazy("This appointment has already been completed."),
    Status.NO_SHOW: gettext_lazy("This appointment was marked as missed."),
    Status.CHECKED_IN: gettext_lazy("The patient has already checked in."),
    Status.PENDING: gettext_lazy("Confirm the appointment first."),
}
