"""What doctors wrote of somebody, with a word found nowhere else in each part."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from accounts.tests.factories import StaffFactory
from bookings.messages import addressee_of
from bookings.models import Booking
from clinical.content import RecordContent
from clinical.medications import Code, Medication
from clinical.messages import emergency_access, record_by_mail
from clinical.models import EmergencyAccess
from clinical.services.drafts import save_draft
from clinical.services.sign import sign
from core import clock
from core.clock import hospital_day
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from integrations import outbox
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from privacy.tests.scene import Scene

VERSION = "clinical.treatmentrecordversion"


def write_records(scene: Scene, booking: Booking) -> None:
    """Of a visit: signed, amended, being amended again, mailed, and read in an emergency."""
    now, by = booking.ends_at, booking.doctor.user
    reason = scene.planted(VERSION, "reason")
    sign(booking=booking, content=_said(scene), based_on=0, by=by, now=now)
    second = sign(booking=booking, content=_said(scene), based_on=1, reason=reason, by=by, now=now)
    typed = {"notes": scene.planted("clinical.recorddraft", "typed")}
    save_draft(booking=booking, typed=typed, based_on=2, revision=0, by=by, now=now)
    access = make_emergency(booking.patient, scene.planted("clinical.emergencyaccess", "words"))
    with transaction.atomic():
        mail = record_by_mail(second, to=addressee_of(booking.patient), key="form-2")
        outbox.enqueue([mail, *emergency_access(access)], now=clock.now())


def _said(scene: Scene) -> RecordContent:
    return RecordContent(
        diagnosis=scene.planted(VERSION, "diagnosis"),
        diagnosis_code=Code(
            system="http://snomed.info/sct", code="38341003", display=scene.planted(VERSION, "diagnosis_code")
        ),
        notes=scene.planted(VERSION, "notes"),
        medications=(Medication(name=scene.planted(VERSION, "medications"), dose="1", frequency="once"),),
        instructions=scene.planted(VERSION, "instructions"),
        follow_up_date=hospital_day(clock.now()),
    )


def make_emergency(patient: PatientProfile, words: str, doctor: DoctorProfile | None = None) -> EmergencyAccess:
    """Checked already."""
    now = clock.now()
    facts = {"granted_at": now, "until": now + timedelta(hours=1), "reviewed_at": now, "reviewed_by": StaffFactory()}
    return EmergencyAccess.objects.create(
        doctor=doctor or make_doctor(), patient=patient, reason="OTHER", words=words, **facts
    )


def write_as_doctor(scene: Scene, booking: Booking) -> None:
    """Of a patient: what is signed is the patient's, what is not goes with the doctor."""
    doctor, now = booking.doctor, booking.ends_at
    version = sign(booking=booking, content=RecordContent(diagnosis="Asthma"), based_on=0, by=doctor.user, now=now)
    typed = {"notes": scene.planted("clinical.recorddraft", "typed")}
    save_draft(booking=booking, typed=typed, based_on=1, revision=0, by=doctor.user, now=now)
    make_emergency(make_patient(), "Unconscious on arrival", doctor)
    with transaction.atomic():
        outbox.enqueue([record_by_mail(version, to=booking.patient.user, key="form-2")], now=clock.now())
