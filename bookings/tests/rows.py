"""Rows written straight into the tables, for what counts them: each line of a test tells in full what happened when."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from bookings.choices import Status
from bookings.models import Booking
from core.clock import start_of_day
from doctors.choices import SlotState
from doctors.models import DoctorProfile, Slot
from patients.models import PatientProfile


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """The instant the hospital's clock shows it."""
    return datetime.combine(day, time(hour, minute), timezone.get_default_timezone())


def free(doctor: DoctorProfile, starts_at: datetime, minutes: int = 30, **facts: Any) -> Slot:
    ends_at = starts_at + timedelta(minutes=minutes)
    return Slot.objects.create(doctor=doctor, starts_at=starts_at, ends_at=ends_at, **facts)


def visit(
    patient: PatientProfile,
    doctor: DoctorProfile,
    starts_at: datetime,
    status: Status,
    *,
    minutes: int = 30,
    booked: datetime | None = None,
    cancelled_by: User | None = None,
    cancelled_at: datetime | None = None,
    moved_from: Booking | None = None,
    booked_by: User | None = None,
) -> Booking:
    """An appointment and its time; a cancelled one has given its time back, as the services do."""
    is_cancelled = status == Status.CANCELLED
    state = SlotState.FREE if is_cancelled else SlotState.BOOKED
    booked = booked or start_of_day(starts_at.date()) - timedelta(days=5)
    return Booking.objects.create(
        slot=free(doctor, starts_at, minutes, state=state),
        doctor=doctor,
        patient=patient,
        booked_by=booked_by or patient.user,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        status=status,
        fee_cents=0,
        created_at=booked,
        moved_from=moved_from,
        cancelled_by=(cancelled_by or patient.user) if is_cancelled else None,
        cancelled_at=(cancelled_at or booked) if is_cancelled else None,
    )
