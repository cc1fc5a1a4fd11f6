"""Walk-ins (C10): somebody at the desk is registered, booked and checked in; nobody twice, nobody over another."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings.choices import Status
from bookings.models import Booking
from bookings.rules import (
    DoctorBusyNow,
    DoctorNotAccepting,
    KeyReused,
    Newcomer,
    PatientBusy,
    PatientRef,
    SlotPassed,
    SlotTaken,
    walk_in_span,
)
from bookings.selectors import history
from bookings.services.book import book
from bookings.services.walk_in import usual_length, walk_in
from bookings.states import TransitionRefused
from bookings.tests.conftest import NOW
from bookings.tests.people import confirmed, slot_in, text_of
from doctors.choices import SlotSource, SlotState
from doctors.models import Closure, DoctorProfile, Slot, TimeOff
from doctors.tests.factories import make_doctor, make_slot
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

WANDA = Newcomer("Wanda Walker", date(1980, 3, 31), "020 7946 0999")


@pytest.fixture
def staff() -> User:
    return StaffFactory()


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor()


# The time


@pytest.mark.parametrize(
    ("next_in", "length"), [(None, 20), (30, 20), (20, 20), (12, 12), (5, 5), (4, None), (0.5, None)]
)
def test_the_time_ends_where_the_next_begins(next_in: float | None, length: int | None) -> None:
    facts = {
        "now": NOW + timedelta(seconds=40),
        "usual": timedelta(minutes=20),
        "next_start": NOW + timedelta(minutes=next_in) if next_in else None,
        "shortest": timedelta(minutes=5),
    }
    if length is None:
        with pytest.raises(DoctorBusyNow):
            walk_in_span(**facts)
    else:
        assert walk_in_span(**facts) == (NOW, NOW + timedelta(minutes=length))


def test_now_is_for_the_doctors_usual_length(doctor: DoctorProfile, staff: User) -> None:
    for hour in (3, 4, 5):
        make_slot(doctor, starts_at=NOW + timedelta(hours=hour), minutes=45)
    make_slot(doctor, starts_at=NOW + timedelta(hours=8), minutes=10)
    assert usual_length(doctor) == timedelta(minutes=45)
    booking = walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=doctor, by=staff, now=NOW)
    slot = booking.slot
    assert slot
    assert (slot.starts_at, slot.ends_at) == (NOW, NOW + timedelta(minutes=45))
    assert (slot.state, slot.source) == (SlotState.BOOKED, SlotSource.MANUAL)


def test_who_walks_in_is_registered_booked_and_checked_in(doctor: DoctorProfile, staff: User) -> None:
    booking = walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=doctor, reason="Cut finger", by=staff, now=NOW)
    patient = booking.patient
    assert (patient.user, patient.guardian, patient.full_name) == (None, None, "Wanda Walker")
    assert (patient.phone, patient.email, patient.date_of_birth) == ("+442079460999", "", date(1980, 3, 31))
    assert booking.status == Status.CHECKED_IN
    steps = [(row.to_status, row.by) for row in history(booking)]
    assert steps == [(Status.CONFIRMED, staff), (Status.CHECKED_IN, staff)]


def test_without_an_address_only_the_doctor_is_told(doctor: DoctorProfile, staff: User) -> None:
    walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=doctor, by=staff, now=NOW)
    assert list(OutgoingMessage.objects.values_list("action", flat=True).filter(stream__startswith="booking:")) == [
        "BOOKING_NOTIFICATION"
    ]


def test_with_an_address_the_patient_is_told_too(doctor: DoctorProfile, staff: User) -> None:
    reached = Newcomer("Wanda Walker", date(1980, 3, 31), "", "Wanda@Example.org")
    walk_in(patient_ref=PatientRef.newcomer(reached), doctor=doctor, by=staff, now=NOW)
    told = OutgoingMessage.objects.get(action="BOOKING_CONFIRMATION").data["to"]
    assert (told["email"], told["name"]) == ("wanda@example.org", "Wanda Walker")


def test_the_free_time_that_runs_just_now_is_used(doctor: DoctorProfile, staff: User) -> None:
    running = slot_in(doctor, hours=-0.1)
    assert walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=doctor, by=staff, now=NOW).slot == running


def test_a_doctor_with_a_patient_is_not_double_booked(doctor: DoctorProfile, staff: User) -> None:
    confirmed(slot=slot_in(doctor, hours=-0.1))
    with pytest.raises(DoctorBusyNow, match="is with a patient until 9:24am"):
        walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=doctor, by=staff, now=NOW)
    assert not PatientProfile.objects.filter(own_name="Wanda Walker").exists()


def test_a_doctor_on_leave_sees_nobody(doctor: DoctorProfile, staff: User) -> None:
    during = {"starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(hours=1), "created_at": NOW}
    off = TimeOff.objects.create(doctor=doctor, created_by=staff, **during)
    with pytest.raises(DoctorBusyNow, match="is away now"):
        walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=doctor, by=staff, now=NOW)
    off.delete()
    Closure.objects.create(name="Fire drill", created_by=staff, **during)
    with pytest.raises(DoctorBusyNow, match="is away now"):
        walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=doctor, by=staff, now=NOW)


def test_a_free_time_later_today_checks_in_and_another_day_does_not(doctor: DoctorProfile, staff: User) -> None:
    today, tomorrow = slot_in(doctor, hours=3), slot_in(doctor, days=1)
    patient = make_patient()
    booked = [
        walk_in(patient_ref=PatientRef.of(patient), doctor=doctor, slot_id=day.pk, by=staff, now=NOW)
        for day in (today, tomorrow)
    ]
    assert [booking.status for booking in booked] == [Status.CHECKED_IN, Status.CONFIRMED]


def test_what_cannot_be_had_is_refused_and_nobody_is_registered(doctor: DoctorProfile, staff: User) -> None:
    taken, past = slot_in(doctor, hours=2), slot_in(doctor, hours=-2)
    book(slot_id=taken.pk, by=make_patient().user, now=NOW - timedelta(hours=1))
    others = slot_in(make_doctor(), hours=2)
    away = make_doctor(is_accepting=False)
    refused = [
        (doctor, taken.pk, SlotTaken),
        (doctor, past.pk, SlotPassed),
        (doctor, others.pk, SlotTaken),
        (doctor, uuid4(), SlotTaken),
        (away, None, DoctorNotAccepting),
        (make_doctor(approved=False), None, DoctorNotAccepting),
    ]
    people = PatientProfile.objects.count()
    for whose, slot_id, error in refused:
        with pytest.raises(error):
            walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=whose, slot_id=slot_id, by=staff, now=NOW)
    assert PatientProfile.objects.count() == people
    assert not Slot.objects.filter(doctor=away).exists()


def test_a_known_patient_who_is_elsewhere_is_not_double_booked(doctor: DoctorProfile, staff: User) -> None:
    elsewhere = confirmed(hours=0.1)
    with pytest.raises(PatientBusy):
        walk_in(patient_ref=PatientRef.of(elsewhere.patient), doctor=doctor, by=staff, now=NOW)


def test_the_same_form_sent_twice_registers_and_books_once(doctor: DoctorProfile, staff: User) -> None:
    first = walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=doctor, idempotency_key="k", by=staff, now=NOW)
    again = walk_in(
        patient_ref=PatientRef.newcomer(WANDA),
        doctor=doctor,
        idempotency_key="k",
        by=staff,
        now=NOW + timedelta(seconds=2),
    )
    assert first == again
    assert PatientProfile.objects.filter(own_name="Wanda Walker").count() == 1
    with pytest.raises(KeyReused):
        walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=make_doctor(), idempotency_key="k", by=staff, now=NOW)


def test_only_the_hospital_registers_walk_ins(doctor: DoctorProfile) -> None:
    for user in (make_patient().user, doctor.user):
        with pytest.raises(TransitionRefused):
            walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=doctor, by=user, now=NOW)


# People without an account in the other pages of the admin


@pytest.mark.parametrize("query", ["wanda", "Walker", "7946 0999", "Paula"])
def test_people_without_an_account_are_found_by_their_own_name_and_phone(
    desk: Client, doctor: DoctorProfile, staff: User, query: str
) -> None:
    walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=doctor, by=staff, now=NOW)
    make_person(make_patient(full_name="Paula Parent"), full_name="Tom Parent")
    expected = "Tom Parent" if query == "Paula" else "Wanda Walker"
    assert expected in text_of(desk.get("/admin/patients/patientprofile/", {"q": query}))
    ask = {"app_label": "bookings", "model_name": "booking", "field_name": "patient", "term": query}
    assert expected in [one["text"].split(",")[0] for one in desk.get("/admin/autocomplete/", ask).json()["results"]]


def test_staff_book_for_somebody_without_an_account(desk: Client, doctor: DoctorProfile, staff: User) -> None:
    wanda = walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=doctor, by=staff, now=NOW).patient
    slot = slot_in(doctor, days=2)
    answers = {"person": wanda.pk, "time": slot.pk, "reason": "Stitches out", "key": uuid4().hex}
    desk.post("/admin/bookings/booking/add/", answers)
    booking = Booking.objects.get(slot=slot)
    assert (booking.patient, booking.booked_by) == (wanda, staff)


def test_the_details_of_somebody_without_an_account_can_be_changed(
    desk: Client, doctor: DoctorProfile, staff: User
) -> None:
    wanda = walk_in(patient_ref=PatientRef.newcomer(WANDA), doctor=doctor, by=staff, now=NOW).patient
    child = make_person(make_patient(full_name="Paula Parent"))
    for person, name in ((wanda, "Wanda Weaver"), (child, "Tim Parent")):
        address = f"/admin/patients/patientprofile/{person.pk}/change/"
        assert desk.get(address).status_code == 200
        facts = {"full_name": name, "phone": "020 7946 0111", "date_of_birth": "1980-03-31", "blood_group": ""}
        contact = {"address": "", "emergency_contact_name": "", "emergency_contact_phone": ""}
        assert desk.post(address, facts | contact).status_code == 302
        person.refresh_from_db()
        assert (person.full_name, person.phone) == (name, "+442079460111")
