"""Bookings for tests, made by the product's own service."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from bookings.holds import services as holds
from bookings.models import Booking, Hold, WaitingEntry
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.time_off import offers
from bookings.waiting_list import services as waiting_list
from core.clock import hospital_day
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_slot
from patients.models import PatientProfile
from patients.tests.factories import make_patient


def make_booking(
    *, slot: Slot | None = None, patient: PatientProfile | None = None, now: datetime | None = None, reason: str = ""
) -> Booking:
    """A booking of a free time by a patient; PENDING unless the doctor confirms automatically."""
    slot = slot or make_slot()
    patient = patient or make_patient()
    # A booking of a time already past was made before it began.
    moment = now or min(timezone.now(), slot.starts_at - timedelta(hours=3))
    return book(slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=patient.user, reason=reason, now=moment)


def make_waiting(
    *,
    patient: PatientProfile | None = None,
    doctor: DoctorProfile,
    now: datetime | None = None,
    days: tuple[int, int] = (0, 60),
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6),
    hours: tuple[time, time] = (time(0), time(23, 59)),
) -> WaitingEntry:
    """On the waiting list of `doctor`, for any hour of the coming sixty days unless said."""
    patient = patient or make_patient()
    moment = now or timezone.now()
    today = hospital_day(moment)
    return waiting_list.join(
        patient=patient,
        doctor=doctor,
        first_day=today + timedelta(days=days[0]),
        last_day=today + timedelta(days=days[1]),
        weekdays=list(weekdays),
        earliest=hours[0],
        latest=hours[1],
        by=patient.account,
        now=moment,
    )


def make_held(patient: PatientProfile, slot: Slot, *, now: datetime | None = None, minutes: int = 60) -> Hold:
    """A time held for a patient who waits for it."""
    moment = now or timezone.now()
    entry = make_waiting(patient=patient, doctor=slot.doctor, now=moment)
    until = moment + timedelta(minutes=minutes)
    with transaction.atomic():
        return holds.hold(slot=slot, patient=patient, until=until, now=moment, entry=entry)


def make_offers(booking: Booking, slots: list[Slot], *, now: datetime) -> list[Hold]:
    """Times the doctor offers in place of a booking."""
    with transaction.atomic():
        return offers.offer_slots(booking=booking, slots=slots, by=booking.doctor.user, now=now)
