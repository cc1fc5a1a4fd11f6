"""Taking back the last step of a visit: forgiving for five minutes, and a row of the history like any other (B9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from accounts.models import User
from bookings import locks, rules, states
from bookings.actors import actor_of
from bookings.choices import Status
from bookings.models import Booking, Review
from bookings.services import BOOKING_ERRORS, transition
from core.db import short_transaction
from core.errors import DomainError, translated


class PatientBusyByNow(DomainError):
    message = "This can't be undone: the patient has another appointment at this time by now."


UNDO_ERRORS: Mapping[str, type[DomainError]] = {**BOOKING_ERRORS, "booking_patient_no_overlap": PatientBusyByNow}


def undo(*, booking: Booking, by: User, now: datetime) -> Booking:
    """Take the last step back: checked in, completed or not attended.

    The patient is locked too, for the visit may become live again while they book another.
    Raises TransitionRefused, TooLateToUndo, AlreadyReviewed, PatientBusyByNow, Busy.
    """
    with translated(UNDO_ERRORS), short_transaction():
        locks.patient(booking.patient_id)
        fresh = locks.booking(booking.pk)
        current = Status(fresh.status)
        to = states.undone(current=current, actor=actor_of(by, fresh))
        last = fresh.changes.order_by("-at", "-pk")[0]
        was_step = (last.from_status, last.to_status) == (to, current)
        rules.check_can_undo(changed_at=last.at, was_step=was_step, now=now)
        if Review.objects.filter(booking=fresh).exists():
            raise rules.AlreadyReviewed
        transition(fresh, to, by=by, now=now)
        return fresh
