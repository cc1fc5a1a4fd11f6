"""People whose Google Calendar is connected, and what they see there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts.models import User
from bookings.calendars import reconcile
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book as book_slot
from core import clock
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_doctor, make_slot
from integrations import delivery
from integrations.google_calendar.fake import FakeGoogle
from integrations.models import GoogleConnection, OutgoingMessage
from integrations.tests.google import make_connection
from patients.models import PatientProfile
from patients.tests.factories import make_patient

DOCTOR, PATIENT = "doctor@stand-in.example", "patient@stand-in.example"


@dataclass
class Pair:
    """A doctor and a patient, each with a calendar at the stand-in."""

    google: FakeGoogle
    doctor: DoctorProfile
    patient: PatientProfile

    def book(self, slot: Slot | None = None, **when: float) -> Booking:
        slot = slot or make_slot(self.doctor, **(when or {"days": 2}))
        return book_slot(
            slot_id=slot.pk, patient_ref=PatientRef.of(self.patient), by=self.patient.user, now=clock.now()
        )

    def events(self, email: str) -> list[dict[str, Any]]:
        return list(self.google.calendar(email).values())

    def in_both(self) -> list[list[dict[str, Any]]]:
        return [self.events(DOCTOR), self.events(PATIENT)]


def connected_pair(google: FakeGoogle, *, confirms_automatically: bool = True, connect: bool = True) -> Pair:
    doctor = make_doctor(full_name="Ana Smith", confirms_automatically=confirms_automatically)
    pair = Pair(google, doctor, make_patient(full_name="Pat Patient"))
    if connect:
        connect_calendar(google, doctor.user, DOCTOR)
        connect_calendar(google, pair.patient.user, PATIENT)
    OutgoingMessage.objects.all().delete()
    return pair


def connect_calendar(google: FakeGoogle, user: User, email: str, **grant: Any) -> GoogleConnection:
    """Connected long enough for the coming appointments to have been sent."""
    connection = make_connection(google, user, account=email, **grant)
    GoogleConnection.objects.filter(pk=connection.pk).update(backfilled_at=clock.now())
    connection.refresh_from_db()
    return connection


def deliver() -> None:
    """What the worker does with messages to calendars; mails are not what is looked at here."""
    delivery.drain(
        seconds=20,
        per_second=10_000,
        clock=lambda: clock.now(),  # noqa: PLW0108  also where a test has put another clock in its place
        channels={"GOOGLE": delivery.CHANNELS["GOOGLE"], "EMAIL": lambda message: None},
    )


def compare(*, hours: float = 0) -> int:
    """The hourly comparison, some hours from now, and what it has the worker do."""
    repaired = reconcile.reconcile_all(now=clock.now() + timedelta(hours=hours))
    OutgoingMessage.objects.filter(status="QUEUED").update(due_at=clock.now())
    deliver()
    return repaired
