"""Every change is told to whom it concerns, in the same transaction (D2, D3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from icalendar import Calendar

from accounts.tests.factories import StaffFactory
from bookings.messages import reminder
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.services.steps import check_in, confirm
from bookings.tests.factories import make_booking
from core.calendar_file import CalendarInvitation
from core.errors import DomainError
from doctors.tests.factories import make_doctor, make_slot
from integrations.models import OutgoingMessage
from integrations.outbox import enqueue
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def told(booking: Booking) -> list[tuple[str, str]]:
    """Action and addressee of each message about the booking, in order."""
    rows = OutgoingMessage.objects.filter(stream__startswith=f"booking:{booking.calendar_uid}:").order_by("pk")
    return [(row.action, row.data["to"]["email"]) for row in rows]


def event(message: OutgoingMessage) -> dict[str, str]:
    calendar = Calendar.from_ical(CalendarInvitation.from_data(message.data["calendar"]).file()["content"])
    (found,) = calendar.walk("VEVENT")
    return {"method": str(calendar["method"]), "uid": str(found["uid"]), "sequence": str(found["sequence"])}


def test_a_booking_that_waits_tells_the_patient_so_and_asks_the_doctor() -> None:
    booking = make_booking()
    patient, doctor = booking.patient.user.email, booking.doctor.user.email
    assert told(booking) == [("BOOKING_PENDING", patient), ("BOOKING_NOTIFICATION", doctor)]
    confirm(booking=booking, by=booking.doctor.user, now=NOW)
    assert told(booking)[2:] == [("BOOKING_CONFIRMATION", patient)]


def test_a_booking_that_confirms_itself_is_confirmed_at_once() -> None:
    booking = make_booking(slot=make_slot(make_doctor(confirms_automatically=True)))
    assert [action for action, _ in told(booking)] == ["BOOKING_CONFIRMATION", "BOOKING_NOTIFICATION"]


@pytest.mark.parametrize(("who", "word"), [("patient", "PATIENT"), ("doctor", "DOCTOR"), ("staff", "HOSPITAL")])
def test_cancelling_tells_both_and_says_who_did_it(who: str, word: str) -> None:
    booking = make_booking()
    by = {"patient": booking.patient.user, "doctor": booking.doctor.user}.get(who) or StaffFactory()
    cancel(booking=booking, by=by, reason="Secret", now=NOW)
    messages = OutgoingMessage.objects.filter(action="BOOKING_CANCELLED").order_by("pk")
    assert [message.data["recipient_role"] for message in messages] == ["PATIENT", "DOCTOR"]
    assert {message.data["cancelled_by"] for message in messages} == {word}


def test_the_calendar_event_is_replaced_by_a_change_and_taken_out_by_a_cancellation() -> None:
    booking = make_booking()
    confirm(booking=booking, by=booking.doctor.user, now=NOW)
    cancel(booking=booking, by=booking.patient.user, now=NOW)
    to_patient = [
        event(message)
        for message in OutgoingMessage.objects.order_by("pk")
        if message.stream == f"booking:{booking.calendar_uid}:patient"
        and message.data["to"]["email"] == booking.patient.user.email
    ]
    assert [(found["method"], found["sequence"]) for found in to_patient] == [
        ("REQUEST", "0"),
        ("REQUEST", "1"),
        ("CANCEL", "2"),
    ]
    assert len({found["uid"] for found in to_patient}) == 1


def test_reason_notes_and_allergies_never_leave_the_house() -> None:
    patient = make_patient(allergies="Penicillin", medical_history="Asthma")
    slot = make_slot()
    booking = book(
        slot_id=slot.pk,
        patient_ref=PatientRef.of(patient),
        by=patient.user,
        reason="Knee pain",
        notes="Takes warfarin",
        now=NOW,
    )
    cancel(booking=booking, by=booking.doctor.user, reason="Private matter", now=NOW)
    said = " ".join(str(message.data) for message in OutgoingMessage.objects.all())
    assert not [word for word in ("Knee", "warfarin", "Penicillin", "Asthma", "Private", "Cardiology") if word in said]


def test_a_booking_that_was_refused_tells_nobody() -> None:
    booking = make_booking()
    other = make_patient()
    before = OutgoingMessage.objects.count()
    with pytest.raises(DomainError):
        book(slot_id=booking.slot_id, patient_ref=PatientRef.of(other), by=other.user, now=NOW)
    with pytest.raises(DomainError):
        check_in(booking=booking, by=booking.doctor.user, now=NOW - timedelta(days=30))
    assert OutgoingMessage.objects.count() == before


def test_the_same_form_sent_twice_tells_once() -> None:
    patient, slot = make_patient(), make_slot()
    for _ in range(2):
        booking = book(
            slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=patient.user, idempotency_key="k", now=NOW
        )
    assert len(told(booking)) == 2


def test_whatever_happens_to_an_appointment_each_stream_has_one_reader() -> None:
    """Order is owed to each reader: nobody waits for somebody else's mailbox."""
    booking = make_booking()
    confirm(booking=booking, by=booking.doctor.user, now=NOW)
    later = make_slot(booking.doctor, starts_at=booking.starts_at + timedelta(days=1))
    with transaction.atomic():
        enqueue([reminder(booking, now=NOW)], now=NOW)
    moved = move(booking=booking, to_slot_id=later.pk, by=booking.patient.user, now=NOW)
    cancel(booking=moved, by=booking.doctor.user, now=NOW)

    readers: dict[str, set[str]] = {}
    for message in OutgoingMessage.objects.filter(action__contains="BOOKING") | OutgoingMessage.objects.filter(
        action="APPOINTMENT_REMINDER"
    ):
        readers.setdefault(message.stream, set()).add(message.data["to"]["email"])

    assert readers == {
        f"booking:{booking.calendar_uid}:patient": {booking.patient.user.email},
        f"booking:{booking.calendar_uid}:doctor": {booking.doctor.user.email},
    }
