"""Taking back the last step of a visit: forgiving for five minutes, and a row of the history like any other (B9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings import locks, rules
from bookings.actors import actor_of
from bookings.models import Booking, Departure, Review
from bookings.permissions import check_undo
from bookings.services.transition import BOOKING_ERRORS, transition
from core.db import short_transaction
from core.errors import DomainError, translated
from doctors.models import DoctorProfile


class PatientBusyByNow(DomainError):
    message = _("You can’t undo this: the patient now has another appointment at this time.")


class DoctorHasLeft(DomainError):
    message = _("You can’t undo this: the doctor has left the hospital.")


UNDO_ERRORS: Mapping[str, type[DomainError]] = {**BOOKING_ERRORS, "booking_patient_no_overlap": PatientBusyByNow}


def undo(*, booking: Booking, by: User, now: datetime) -> Booking:
    """Take the last step back: checked in, completed or not attended.

    The visit may become live again: so the patient is locked too, who may be booking another, and the doctor, who may
    be leaving (bookings/departures/services.py).
    Raises TransitionRefused, TooLateToUndo, AlreadyReviewed, DoctorHasLeft, PatientBusyByNow, Busy.
    """
    with translated(UNDO_ERRORS), short_transaction():
        locks.doctor(booking.doctor_id)
        locks.patient(booking.patient_id)
        fresh = locks.booking(booking.pk)
        last = fresh.changes.order_by("-at", "-pk")[0]
        to = check_undo(fresh, actor=actor_of(by, fresh), last_from=last.from_status, last_at=last.at, now=now)
        if Review.objects.filter(booking=fresh).exists():
            raise rules.AlreadyReviewed
        if _has_left(fresh.doctor, now):
            raise DoctorHasLeft
        transition(fresh, to, by=by, now=now)
        return fresh


def _has_left(doctor: DoctorProfile, now: datetime) -> bool:
    """Read after the doctor was locked. The account may outlive the last day until the night's job closes it."""
    return not doctor.user.is_active or Departure.objects.filter(doctor=doctor, time_off__starts_at__lte=now).exists()
