"""Visits and records for tests, made by the product's own services."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from audit.choices import Kind
from audit.models import Entry
from bookings.models import Booking
from bookings.services.steps import check_in, complete
from bookings.tests.conftest import NOW
from bookings.tests.people import confirmed, slot_in
from clinical.content import RecordContent
from clinical.medications import Medication
from clinical.models import TreatmentRecordVersion
from clinical.services.sign import sign
from doctors.models import DoctorProfile
from patients.models import PatientProfile

AMOXICILLIN = Medication(
    name="Amoxicillin", dose="500 mg", frequency="three times a day", route="by mouth", duration="7 days"
)
ASTHMA = RecordContent(
    diagnosis="Asthma, well controlled",
    notes="Chest clear.",
    medications=(AMOXICILLIN,),
    instructions="Rest, and drink enough.",
)


def make_visit(
    *,
    doctor: DoctorProfile | None = None,
    patient: PatientProfile | None = None,
    completed: bool = False,
    **ahead: float,
) -> Booking:
    """An appointment whose patient is checked in; it begins `ahead` of NOW, ten minutes unless said."""
    slot = slot_in(doctor, **(ahead or {"hours": 1 / 6}))
    booking = confirmed(slot=slot, patient=patient)
    moment = min(NOW, slot.starts_at)
    booking = check_in(booking=booking, by=booking.doctor.user, now=moment)
    return complete(booking=booking, by=booking.doctor.user, now=moment) if completed else booking


def make_record(
    booking: Booking | None = None, content: RecordContent = ASTHMA, *, now: datetime | None = None, **facts: Any
) -> TreatmentRecordVersion:
    """The signed record of a visit."""
    booking = booking or make_visit(**facts)
    return sign(booking=booking, content=content, based_on=0, by=booking.doctor.user, now=now or NOW)


def amend(
    version: TreatmentRecordVersion, content: RecordContent, *, reason: str = "A word was wrong"
) -> TreatmentRecordVersion:
    booking = Booking.objects.get(treatment_record=version.record)
    return sign(
        booking=booking,
        content=content,
        based_on=version.number,
        reason=reason,
        by=booking.doctor.user,
        now=NOW + timedelta(minutes=version.number),
    )


def readings() -> list[Entry]:
    """The rows of who read records, first things first."""
    return list(Entry.objects.filter(pgh_label=Kind.RECORD_READ).order_by("pgh_id"))
