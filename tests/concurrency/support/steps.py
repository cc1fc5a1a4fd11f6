"""What the people in a crowd do, ready to be done at a moment of the crowd's choosing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from accounts.models import User
from bookings.models import Booking, Hold, WaitingEntry
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.waiting_list import services as waiting_list
from core import clock
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_slot
from patients.models import PatientProfile

Act = Callable[[], Booking]


def books(patient: PatientProfile, slot: Slot, *, key: str | None = None, reason: str = "") -> Act:
    return lambda: book(
        slot_id=slot.pk,
        patient_ref=PatientRef.of(patient),
        by=patient.user,
        reason=reason,
        idempotency_key=key,
        now=clock.now(),
    )


def cancels(booking: Booking, *, by_doctor: bool = False) -> Act:
    by = booking.doctor.user if by_doctor else booking.patient.user
    return lambda: cancel(booking=booking, by=by, now=clock.now())


def moves(booking: Booking, slot: Slot, *, by_doctor: bool = False, key: str | None = None) -> Act:
    by = booking.doctor.user if by_doctor else booking.patient.user
    return lambda: move(booking=booking, to_slot_id=slot.pk, by=by, idempotency_key=key, now=clock.now())


def waits(patient: PatientProfile, doctor: DoctorProfile, *, by: User | None = None) -> WaitingEntry:
    """On the list for any time of the coming year; by their own wish unless said."""
    now = clock.now()
    return waiting_list.join(
        patient=patient,
        doctor=doctor,
        first_day=clock.hospital_day(now),
        last_day=clock.hospital_day(now) + timedelta(days=365),
        weekdays=list(range(7)),
        earliest=time(0),
        latest=time(23, 59),
        by=by or patient.user,
        now=now,
    )


def accepts(held: Hold, *, now: datetime | None = None) -> Act:
    return lambda: waiting_list.accept(held=held, by=held.patient.user, now=now or clock.now())


def diary(doctor: DoctorProfile, length: int) -> list[Slot]:
    """So many free times, an hour apart, from three days ahead on."""
    begin = (clock.now() + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    return [make_slot(doctor, starts_at=begin + timedelta(hours=hour)) for hour in range(length)]


def later(slot: Slot, minutes: int) -> tuple[datetime, datetime]:
    """The slot's times, moved on."""
    step = timedelta(minutes=minutes)
    return slot.starts_at + step, slot.ends_at + step
