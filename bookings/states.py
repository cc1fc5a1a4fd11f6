"""The life of a booking, readable as a table (C5). Pure: no clock, no database."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bookings.choices import Status
from core.errors import DomainError


class Actor(StrEnum):
    """In which capacity somebody acts on a booking."""

    PATIENT = "patient"
    DOCTOR = "doctor"
    STAFF = "staff"
    SYSTEM = "system"


class TransitionRefused(DomainError):
    message = "This appointment can’t be changed like that any more."


_CLINIC = frozenset({Actor.DOCTOR, Actor.STAFF})
_ANYONE = frozenset({Actor.PATIENT, Actor.DOCTOR, Actor.STAFF})

#        from                  to                    who
TABLE: Mapping[tuple[Status, Status], frozenset[Actor]] = {
    (Status.PENDING, Status.CONFIRMED): _CLINIC,
    (Status.PENDING, Status.CANCELLED): _ANYONE,
    (Status.CONFIRMED, Status.CANCELLED): _ANYONE,
    (Status.CONFIRMED, Status.CHECKED_IN): _CLINIC,
    (Status.CONFIRMED, Status.NO_SHOW): _CLINIC | {Actor.SYSTEM},
    (Status.CHECKED_IN, Status.COMPLETED): _CLINIC,
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
        raise TransitionRefused("This step can’t be undone.")
    return UNDO[current]


def is_undo(*, current: str, to: str) -> bool:
    """Whether a row of the history takes a step back."""
    return (current, to) in UNDO.items()


def allowed(*, current: Status, to: Status, actor: Actor) -> bool:
    return actor in TABLE.get((current, to), frozenset())


def check(*, current: Status, to: Status, actor: Actor) -> None:
    """Raises TransitionRefused unless the table has the step for this actor."""
    if not allowed(current=current, to=to, actor=actor):
        raise TransitionRefused(_WORDS.get(current))


_WORDS = {
    Status.CANCELLED: "This appointment has been cancelled.",
    Status.COMPLETED: "This appointment is already completed.",
    Status.NO_SHOW: "This appointment was marked as not attended.",
    Status.CHECKED_IN: "The patient has already checked in.",
    Status.PENDING: "Confirm the appointment first.",
}
