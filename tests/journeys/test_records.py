"""The clinical record in a browser: written, signed, amended and read; by keyboard, and without JavaScript (F1, F2)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import expect

from audit.choices import Kind
from audit.models import Entry
from bookings.choices import Status
from bookings.models import Booking
from bookings.services.steps import check_in, confirm
from bookings.tests.factories import make_booking
from clinical.content import RecordContent
from clinical.links import record_url
from clinical.models import RecordDraft, TreatmentRecordVersion
from clinical.services.sign import sign
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from exports.models import Export
from exports.tasks import run_exports
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives
from tests.journeys.support.visitor import Visitor

HINDI = "प्रिया शर्मा"


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor(full_name="Ada Smith")


@pytest.fixture
def patient() -> PatientProfile:
    return make_patient(full_name=HINDI, allergies="Penicillin: rash as a child")


def expected(doctor: DoctorProfile, patient: PatientProfile, starts_at: datetime) -> Booking:
    booking = make_booking(slot=make_slot(doctor, starts_at=starts_at), patient=patient)
    return (
        booking
        if booking.status == Status.CONFIRMED
        else confirm(booking=booking, by=doctor.user, now=booking.created_at)
    )


def seen_before(doctor: DoctorProfile, patient: PatientProfile, now: datetime) -> None:
    """A visit of the week before, with its record."""
    booking = expected(doctor, patient, now - timedelta(days=7))
    check_in(booking=booking, by=doctor.user, now=booking.starts_at)
    content = RecordContent(diagnosis="Hay fever", notes="Since April.")
    sign(booking=booking, content=content, based_on=0, by=doctor.user, now=booking.starts_at)


def fills_medicine(desk: Visitor, row: int, *, name: str, dose: str, often: str) -> None:
    medicine = desk.page.locator(f"#medicine-{row}")
    medicine.get_by_label("Medicine", exact=True).fill(name)
    medicine.get_by_label("Dose").fill(dose)
    medicine.get_by_label("How often").fill(often)


def test_a_record_is_written_at_the_visit_and_the_patient_reads_it(
    arrives: Arrives, now: datetime, width: int, doctor: DoctorProfile, patient: PatientProfile
) -> None:
    seen_before(doctor, patient, now)
    booking = expected(doctor, patient, now + timedelta(minutes=10))
    later = make_patient(full_name="Nora Next")
    expected(doctor, later, now + timedelta(minutes=40))

    # From the day to the signed record in three pages: the day, the form, the record
    desk = arrives(width=width).signs_in_as(doctor.user).goes_to("/doctor/appointments/?from=today")
    row = desk.page.locator(f"#row-{booking.reference}")
    desk.presses("Check in", within=row)
    desk.follows("Record", within=desk.page.locator(f"#row-{booking.reference}"))
    desk.is_on("Write the record").sees("Penicillin: rash as a child").sees("Hay fever")
    desk.fills(diagnosis="Ear infection", notes="Left ear red.")
    fills_medicine(desk, 0, name="Penicillin V", dose="500 mg", often="four times a day")
    desk.presses("Add a medicine")
    fills_medicine(desk, 1, name="Paracetamol", dose="1 g", often="up to four times a day")
    desk.presses("Add a medicine")
    fills_medicine(desk, 2, name="Saline nose spray", dose="2 puffs", often="as often as needed")

    # One medicine stands in the allergies: it interrupts, and the reason is kept
    desk.presses("Sign the record")
    desk.sees("There is a problem").sees("The patient’s allergies say “penicillin”.")
    desk.page.get_by_label("Why is it right despite the allergy?").fill("Tested negative last year")
    desk.presses("Sign the record").sees("The record is signed").sees("Next patient: Nora Next")

    # What was wrong is amended, with a reason
    desk.follows("Amend").is_on("Amend the record")
    desk.fills(why_are_you_amending="The right ear, not the left", notes="Right ear red.").presses("Sign the amendment")
    desk.sees("What was amended").sees("The right ear, not the left")
    assert TreatmentRecordVersion.objects.filter(record__booking=booking).count() == 2

    # The patient reads both, and sees who looked
    reader = arrives(width=width).signs_in_as(patient.user).goes_to(f"/bookings/{booking.reference}/")
    reader.follows("Read the record").sees("Right ear red.").sees("prescribed despite the allergy noted")
    reader.follows("Version 1").sees("Left ear red.").sees("This is an earlier version")
    reader.follows("All records").sees("Hay fever").sees("Ear infection")
    reader.follows("See who looked").is_on("Who looked").sees("Ada Smith").sees("the doctor who wrote it")
    for scheme in ("dark", "light"):
        for wide in (1280, 390):
            reader.wears(wide, scheme).looks_around()


def test_without_javascript_rows_move_and_nothing_is_lost(
    arrives: Arrives, now: datetime, doctor: DoctorProfile, patient: PatientProfile
) -> None:
    booking = expected(doctor, patient, now + timedelta(minutes=10))
    check_in(booking=booking, by=doctor.user, now=now)
    desk = arrives(javascript=False).signs_in_as(doctor.user).goes_to(record_url(booking))

    desk.fills(diagnosis="Cough")
    fills_medicine(desk, 0, name="First", dose="1 g", often="daily")
    desk.presses("Add a medicine")
    fills_medicine(desk, 1, name="Second", dose="2 g", often="daily")
    desk.presses("Move up", within=desk.page.locator("#medicine-1"))
    desk.presses("Remove", within=desk.page.locator("#medicine-1"))
    desk.presses("Sign the record").sees("The record is signed")

    version = TreatmentRecordVersion.objects.get()
    assert [line["name"] for line in version.medications] == ["Second"]
    assert version.diagnosis == "Cough"


def test_by_keyboard_alone(arrives: Arrives, now: datetime, doctor: DoctorProfile, patient: PatientProfile) -> None:
    booking = expected(doctor, patient, now + timedelta(minutes=10))
    check_in(booking=booking, by=doctor.user, now=now)
    desk = arrives().signs_in_as(doctor.user).goes_to(record_url(booking))

    desk.tabs_to("Diagnosis")
    desk.page.keyboard.type("Sprained ankle")
    desk.tabs_to("Add a medicine").presses_enter()
    desk.tabs_to("Remove").presses_enter()
    desk.tabs_to("Sign the record").presses_enter().sees("The record is signed").sees("Sprained ankle")


def test_a_draft_is_saved_in_a_pause_and_outlives_the_session(
    arrives: Arrives, now: datetime, doctor: DoctorProfile, patient: PatientProfile
) -> None:
    booking = expected(doctor, patient, now + timedelta(minutes=10))
    check_in(booking=booking, by=doctor.user, now=now)
    desk = arrives().signs_in_as(doctor.user).goes_to(record_url(booking))
    desk.fills(notes="Half a sentence")
    expect(desk.page.locator("[data-saved]")).to_contain_text("Draft saved at")
    assert RecordDraft.objects.get().typed["notes"] == "Half a sentence"

    # Signed out elsewhere while they type on
    desk.fills(notes="Half a sentence and the rest")
    desk.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    desk.presses("Save draft").signs_in(doctor.user.email)
    expect(desk.page.get_by_label("Notes")).to_have_value("Half a sentence and the rest")


def test_a_save_that_failed_says_so_and_is_tried_again(
    arrives: Arrives, now: datetime, doctor: DoctorProfile, patient: PatientProfile
) -> None:
    booking = expected(doctor, patient, now + timedelta(minutes=10))
    check_in(booking=booking, by=doctor.user, now=now)
    desk = arrives().signs_in_as(doctor.user).goes_to(record_url(booking))
    desk.allowed.add(503)
    failing = iter([503])
    desk.page.route(
        "**/record/",
        lambda route: (
            route.fulfill(status=status, content_type="text/html", body="Busy")
            if (status := next(failing, None))
            else route.continue_()
        ),
    )
    saved = desk.page.locator("[data-saved]")

    desk.fills(notes="Half a sentence")
    expect(saved).to_have_text("Not saved yet. We’ll try again.")

    expect(saved).to_contain_text("Draft saved at")
    assert RecordDraft.objects.get().typed["notes"] == "Half a sentence"


def test_two_tabs_are_shown_both_texts(
    arrives: Arrives, now: datetime, width: int, doctor: DoctorProfile, patient: PatientProfile
) -> None:
    booking = expected(doctor, patient, now + timedelta(minutes=10))
    check_in(booking=booking, by=doctor.user, now=now)
    one = arrives(width=width).signs_in_as(doctor.user).goes_to(record_url(booking))
    other = arrives(width=width).signs_in_as(doctor.user).goes_to(record_url(booking))

    one.fills(diagnosis="From one tab").presses("Sign the record").sees("The record is signed")
    other.fills(diagnosis="From the other tab").presses("Sign the record", expecting=409)

    other.sees("This record has changed since you opened this page").sees("From one tab")
    expect(other.page.get_by_label("Diagnosis")).to_have_value("From the other tab")


def test_the_patient_takes_the_record_along(
    arrives: Arrives, now: datetime, width: int, doctor: DoctorProfile, patient: PatientProfile
) -> None:
    seen_before(doctor, patient, now)
    booking = Booking.objects.get()
    reader = arrives(width=width).signs_in_as(patient.user).goes_to(record_url(booking))

    # As a PDF, and by e-mail
    with reader.page.expect_download() as download:
        reader.page.get_by_role("link", name="Download as PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    reader.follows("Send by e-mail").is_on("E-mail this record").presses("Send it").sees("We’ll e-mail the record to")
    assert OutgoingMessage.objects.filter(action="MEDICAL_RECORD").count() == 1

    # All of them as a CSV file, made while they wait
    reader.follows("All records").presses("Export as CSV").sees("Treatment history")
    run_exports()
    reader.goes_to(f"/exports/{Export.objects.get().pk}/")
    with reader.page.expect_download() as download:
        reader.page.get_by_role("link", name="Download").click()
    assert "Hay fever" in download.value.path().read_text(encoding="utf-8-sig")

    # Each of it has its row
    reader.goes_to("/records/access/").sees("as a CSV file").sees("by e-mail").sees("as a PDF")


@override_settings(EMERGENCY_ACCESS=True)
def test_emergency_access_opens_the_history_and_tells_the_patient(
    arrives: Arrives, now: datetime, width: int, doctor: DoctorProfile, patient: PatientProfile
) -> None:
    seen_before(doctor, patient, now)
    other = arrives(width=width).signs_in_as(make_doctor(full_name="Otto Other").user)

    other.goes_to("/records/emergency/").fills(patient=HINDI, date_of_birth="1990-05-17", what="Found unconscious")
    other.page.get_by_label("The patient can’t answer and needs care now").check()
    other.presses("Open the records").is_on(f"History of {HINDI}").sees("Hay fever").sees("by emergency access")

    reader = arrives(width=width).signs_in_as(patient.user).goes_to("/records/access/")
    reader.sees("Otto Other").sees("emergency access").sees("Opened your records in an emergency")
    assert Entry.objects.filter(pgh_label=Kind.EMERGENCY_ACCESS).count() == 1
