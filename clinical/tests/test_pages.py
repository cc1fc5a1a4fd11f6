"""The pages of a record, as each person gets them (F1, F2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from audit.models import Entry
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.steps import check_in, confirm
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, browser_of, confirmed, shown, slot_in, text_of
from clinical.links import history_url, own_records_url, pdf_url, record_url, send_url
from clinical.models import TreatmentRecordVersion
from clinical.tests.factories import ASTHMA, make_record, make_visit, readings
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "Xylophone fever"


def addresses(version: TreatmentRecordVersion) -> list[str]:
    record = version.record
    booking = Booking.objects.get(treatment_record=record)
    return [
        record_url(booking),
        record_url(booking, version.number),
        pdf_url(record),
        send_url(record),
        history_url(booking.patient),
        own_records_url(booking.patient),
        own_records_url(booking.patient, "clinical:access"),
    ]


def canary_record(**facts: Any) -> TreatmentRecordVersion:
    return make_record(make_visit(**facts), replace(ASTHMA, diagnosis=CANARY))


@pytest.mark.parametrize(
    ("kind", "is_superuser"), [*((kind, False) for kind in StaffRole), (StaffRole.ADMINISTRATOR, True)]
)
def test_staff_find_nothing_of_it(kind: StaffRole, is_superuser: bool) -> None:
    version = canary_record()
    staff = make_staff(kind)
    User.objects.filter(pk=staff.pk).update(is_superuser=is_superuser)
    browser = browser_of(staff)

    for address in addresses(version):
        assert browser.get(address).status_code == 404, address
        assert browser.post(address).status_code in {404, 405}, address
    assert readings() == []


def strangers(version: TreatmentRecordVersion) -> list[User]:
    other_guardian = make_patient()
    make_person(other_guardian)
    with_cancelled = make_doctor()
    patient = Booking.objects.get(treatment_record=version.record).patient
    gone = confirmed(slot=slot_in(with_cancelled, hours=3), patient=patient)
    cancel(booking=gone, by=patient.user, reason="", now=gone.created_at)
    too_far = make_doctor()
    confirmed(slot=slot_in(too_far, days=8), patient=patient)
    return [make_doctor().user, make_patient().user, other_guardian.user, with_cancelled.user, too_far.user]


def test_strangers_find_nothing_of_it() -> None:
    version = canary_record()

    for somebody in strangers(version):
        browser = browser_of(somebody)
        for address in addresses(version):
            response = browser.get(address)
            assert response.status_code == 404, (somebody, address)
            assert CANARY not in text_of(response)
    assert readings() == []


def test_the_patient_reads_it_and_the_row_says_so() -> None:
    version = canary_record()
    booking = Booking.objects.get()

    response = browser_of(booking.patient.user).get(record_url(booking))

    assert CANARY in text_of(response)
    [row] = readings()
    assert row.details == {"channel": "page", "capacity": "patient", "records": 1, "version": version.number}
    assert (row.actor, row.request_id) == (booking.patient.user, response["X-Request-ID"])
    assert f"clinical.treatmentrecord:{version.record_id}" in row.about


def capacities() -> list[tuple[str, User, Booking]]:
    guardian = make_patient()
    person = make_person(guardian)
    booking = make_visit_of(person, guardian)
    treating, ahead = make_doctor(), make_doctor()
    for doctor, days in ((treating, -30), (ahead, 6)):
        slot = slot_in(doctor, days=days)
        for_person(slot, person, guardian)
    return [
        ("guardian", guardian.user, booking),
        ("author", booking.doctor.user, booking),
        ("treating doctor", treating.user, booking),
        ("treating doctor", ahead.user, booking),
    ]


def for_person(slot: Any, person: PatientProfile, guardian: PatientProfile) -> Booking:
    made = min(NOW, slot.starts_at) - timedelta(hours=3)
    booking = book(slot_id=slot.pk, patient_ref=PatientRef.of(person), by=guardian.user, reason="", now=made)
    return confirm(booking=booking, by=booking.doctor.user, now=made)


def make_visit_of(person: PatientProfile, guardian: PatientProfile) -> Booking:
    booking = for_person(slot_in(hours=1 / 6), person, guardian)
    return check_in(booking=booking, by=booking.doctor.user, now=NOW)


def test_each_who_may_reads_it_in_their_capacity() -> None:
    people = capacities()
    make_record(people[0][2], replace(ASTHMA, diagnosis=CANARY))

    for number, (capacity, user, booking) in enumerate(people, start=1):
        response = browser_of(user).get(record_url(booking))
        assert CANARY in text_of(response)
        assert len(readings()) == number
        assert readings()[-1].details["capacity"] == capacity


def test_a_guardian_who_was_removed_reads_no_more() -> None:
    guardian = make_patient()
    person = make_person(guardian)
    booking = make_visit_of(person, guardian)
    make_record(booking, replace(ASTHMA, diagnosis=CANARY))
    PatientProfile.objects.filter(pk=person.pk).update(removed_at=NOW)
    browser = browser_of(guardian.user)

    for address in addresses(TreatmentRecordVersion.objects.get()):
        assert browser.get(address).status_code == 404
    assert shown("What your doctor wrote") not in text_of(browser.get(f"/bookings/{booking.reference}/"))


# Each reading leaves exactly one row


def test_each_page_leaves_one_row() -> None:
    earlier = make_visit(days=-7, completed=True)
    make_record(earlier)
    booking = make_visit(doctor=earlier.doctor, patient=earlier.patient)
    doctor, patient = browser_of(booking.doctor.user), browser_of(booking.patient.user)
    pages = [
        (doctor, record_url(booking), 1, "the visit before, beside the form"),
        (doctor, history_url(booking.patient), 1, "the history"),
        (patient, own_records_url(booking.patient), 1, "one's own records"),
        (patient, record_url(earlier), 1, "one record"),
        (doctor, f"{record_url(earlier)}?amend=1", 1, "the record that is amended"),
    ]

    for browser, address, records, what in pages:
        before = len(readings())
        assert browser.get(address).status_code == 200, what
        rows = readings()[before:]
        assert [(row.details["records"], row.details["channel"]) for row in rows] == [(records, "page")], what


def test_where_the_row_can_not_be_written_nothing_is_shown(settings: Any) -> None:
    version = canary_record()
    booking = Booking.objects.get()
    browser = browser_of(booking.patient.user)
    browser.get("/patient/")
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE")
            with connection.cursor() as own:
                own.execute("SET lock_timeout = '200ms'")
            for address in (record_url(booking), own_records_url(booking.patient), pdf_url(version.record)):
                response = browser.get(address)
                assert response.status_code == 503, address
                assert CANARY not in text_of(response)
            cursor.execute("ROLLBACK")
        assert CANARY in text_of(browser.get(record_url(booking)))
    finally:
        other.close()
        with connection.cursor() as own:
            own.execute("RESET lock_timeout")


# Who looked


def test_the_patient_sees_who_looked() -> None:
    booking = make_visit(doctor=make_doctor(full_name="Ada Smith"))
    make_record(booking)
    browser_of(booking.doctor.user).get(record_url(booking))
    patient = browser_of(booking.patient.user)
    patient.get(record_url(booking))

    page = patient.get(reverse("clinical:access"))

    rows = [(row.who, row.what) for row in page.context["readings"]]
    assert rows == [
        ("You", "Read version 1 of a record, on a page"),
        (str(booking.doctor.user), "Read version 1 of a record, on a page"),
    ]
    assert Entry.objects.filter(pgh_label="record_read").count() == 2  # looking who looked is no reading


def test_a_request_for_a_stranger_s_person_is_nothing() -> None:
    booking = booked()
    other = make_patient()

    for name in ("clinical:records", "clinical:access"):
        assert browser_of(other.user).get(own_records_url(booking.patient, name)).status_code == 404
        assert browser_of(other.user).get(f"{reverse(name)}?person=x").status_code == 404
        assert browser_of(other.user).get(reverse(name)).status_code == 200


def test_a_doctor_comes_to_the_history_before_the_visit_and_no_earlier() -> None:
    soon, later = confirmed(days=6), confirmed(days=8)

    for booking, is_shown in ((soon, True), (later, False)):
        page = text_of(browser_of(booking.doctor.user).get(f"/bookings/{booking.reference}/"))
        assert (history_url(booking.patient) in page) is is_shown
        assert history_url(booking.patient) not in text_of(
            browser_of(booking.patient.user).get(f"/bookings/{booking.reference}/")
        )


def test_the_way_to_emergency_access_is_shown_where_there_is_one(settings: Any) -> None:
    browser = browser_of(make_doctor().user)
    assert reverse("clinical:emergency") not in text_of(browser.get("/doctor/"))

    settings.EMERGENCY_ACCESS = True

    assert reverse("clinical:emergency") in text_of(browser.get("/doctor/"))


def test_the_next_patient_is_one_of_that_day() -> None:
    doctor = make_doctor()
    booking = make_visit(doctor=doctor)
    make_record(booking)
    confirmed(slot=slot_in(doctor, days=5), patient=make_patient(full_name="Wanda Walker"))
    browser = browser_of(doctor.user)
    assert browser.get(record_url(booking)).context["page"].next_patient is None

    confirmed(slot=slot_in(doctor, hours=2), patient=make_patient(full_name="Zenobia Quux"))

    assert "Zenobia Quux" in browser.get(record_url(booking)).context["page"].next_patient.label
