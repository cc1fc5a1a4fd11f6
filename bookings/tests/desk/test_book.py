"""Booking on the phone (C10): check and book: nothing typed is ever lost, nobody is booked twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.choices import Status
from bookings.models import Booking
from bookings.rules import KeyReused, Newcomer, NoSuchPerson, PatientBusy, PatientRef, SlotTaken
from bookings.services.book import book
from bookings.tests.conftest import NOW
from bookings.tests.desk.people import BOOK, NUMBER, WANDA, address, comes, sends
from bookings.tests.people import booked, confirmed, hidden, slot_in, text_of
from core.errors import Busy
from core.text.phones import phone_words
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
SetClock = Callable[[datetime], None]


# Check and book


def test_a_known_patient_is_booked_in_four_steps(desk: Client, doctor: DoctorProfile) -> None:
    patient, slot = make_patient(full_name="Wanda Walker"), slot_in(doctor)
    found = desk.get(BOOK, {"q": "wanda"})
    chosen = desk.get(found.context["who"].found[0].url)
    whom = desk.get(chosen.context["wish"].links[0].url)
    check = desk.get(whom.context["when"].days[0].times[0].url)

    done = sends(desk, check.context["post_url"], key=hidden(check, "key"), reason="Palpitations")

    booking = Booking.objects.get()
    assert (booking.patient, booking.slot, booking.reason, booking.status) == (patient, slot, "Palpitations", "PENDING")
    assert done["Location"] == f"/staff/book/{booking.reference}/"
    told = text_of(desk.get(done["Location"]))
    assert booking.reference in told
    assert f"We’ll send a message to {patient.email}. The doctor still has to confirm it." in told
    assert OutgoingMessage.objects.filter(action="BOOKING_PENDING").count() == 1


def test_a_newcomer_is_registered_with_the_booking(desk: Client, doctor: DoctorProfile) -> None:
    slot = slot_in(doctor)

    done = sends(desk, address(new=NUMBER, doctor=doctor.slug, time=slot.pk), **WANDA)

    booking = Booking.objects.get()
    patient = booking.patient
    assert (patient.user, patient.full_name, patient.date_of_birth) == (None, "Wanda Walker", date(1980, 3, 31))
    assert patient.phone == "+442079460999"
    assert "No e-mail address, so we can’t send a confirmation" in text_of(desk.get(done["Location"]))
    assert not OutgoingMessage.objects.filter(action="BOOKING_PENDING").exists()


def test_a_newcomer_with_an_address_is_written_to(desk: Client, doctor: DoctorProfile) -> None:
    url = address(new=NUMBER, doctor=doctor.slug, time=slot_in(doctor).pk)

    sends(desk, url, **WANDA | {"email": "Wanda@example.org"})

    assert OutgoingMessage.objects.get(action="BOOKING_PENDING").data["to"]["email"] == "wanda@example.org"


def test_nothing_of_a_newcomer_stands_in_an_address(desk: Client, doctor: DoctorProfile) -> None:
    done = sends(desk, address(new=NUMBER, doctor=doctor.slug, time=slot_in(doctor).pk), **WANDA)

    assert not re.search("walker|1980|0999", done["Location"], re.IGNORECASE)


def test_who_is_known_is_shown_before_a_second_one_is_registered(desk: Client, doctor: DoctorProfile) -> None:
    known = make_patient(full_name="Wànda WALKER", date_of_birth=date(1980, 3, 31))
    url = address(new=NUMBER, doctor=doctor.slug, time=slot_in(doctor).pk)

    asked = sends(desk, url, **WANDA, reason="Cough")
    assert "Is it one of these?" in text_of(asked)
    assert f"born 31 March 1980 (46 years old), {phone_words(known.phone)}" in text_of(asked)
    assert asked.context["form"]["reason"].value() == "Cough"
    assert not Booking.objects.exists()

    sends(desk, url, **WANDA, who=known.pk)
    assert Booking.objects.get().patient == known
    assert PatientProfile.objects.count() == 1


def test_somebody_else_of_the_same_name_and_day_is_registered(desk: Client, doctor: DoctorProfile) -> None:
    known = make_patient(full_name="Wanda Walker", date_of_birth=date(1980, 3, 31))

    sends(desk, address(new=NUMBER, doctor=doctor.slug, time=slot_in(doctor).pk), **WANDA, who="new")

    assert Booking.objects.get().patient != known


@pytest.mark.parametrize("who", ["999999", "abc", "'", "9" * 20])
def test_an_answer_that_was_not_offered_is_asked_again(desk: Client, doctor: DoctorProfile, who: str) -> None:
    make_patient(full_name="Wanda Walker", date_of_birth=date(1980, 3, 31))

    sends(desk, address(new=NUMBER, doctor=doctor.slug, time=slot_in(doctor).pk), **WANDA, who=who)

    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", ""),
        ("full_name", "two\nlines"),
        ("date_of_birth", ""),
        ("date_of_birth", "31 3 80"),
        ("date_of_birth", "31 2 1980"),
        ("date_of_birth", "1 1 2999"),
        ("date_of_birth", "31 3 1980 or so"),
        ("phone", ""),
        ("phone", "call me"),
        ("email", "not an address"),
        ("reason", "x" * 201),
    ],
)
def test_a_bad_answer_is_told_and_nothing_is_written(
    desk: Client, doctor: DoctorProfile, field: str, value: str
) -> None:
    url = address(new=NUMBER, doctor=doctor.slug, time=slot_in(doctor).pk)

    response = sends(desk, url, **WANDA | {field: value})

    assert list(response.context["form"].errors) == [field]
    assert "Error:" in text_of(response)
    assert not PatientProfile.objects.exists()


@pytest.mark.parametrize("born", ["31 3 1980", "31/3/1980", "31.03.1980", "1980-03-31", "31 March 1980", "31031980"])
def test_a_birth_date_is_taken_as_it_is_said(desk: Client, doctor: DoctorProfile, born: str) -> None:
    sends(desk, address(new=NUMBER, doctor=doctor.slug, time=slot_in(doctor).pk), **WANDA | {"date_of_birth": born})

    assert PatientProfile.objects.get().date_of_birth == date(1980, 3, 31)


# Twice, and too late


def test_the_same_form_sent_twice_registers_and_books_once(desk: Client, doctor: DoctorProfile) -> None:
    url = address(new=NUMBER, doctor=doctor.slug, time=slot_in(doctor).pk)

    first, again = (sends(desk, url, **WANDA, key="k", who="new") for _ in range(2))

    assert first["Location"] == again["Location"]
    assert (Booking.objects.count(), PatientProfile.objects.count()) == (1, 1)


def test_a_time_taken_meanwhile_keeps_what_was_typed_and_offers_the_nearest(
    desk: Client, doctor: DoctorProfile
) -> None:
    lost, near, far = (slot_in(doctor, days=days) for days in (3, 4, 9))
    booked(slot=lost)

    sorry = sends(desk, address(new=NUMBER, doctor=doctor.slug, time=lost.pk), **WANDA, reason="Cough")

    assert sorry.status_code == 409
    assert "Someone has just taken this time" in text_of(sorry)
    offered = [time for day in sorry.context["when"].others for time in day.times]
    assert [time.value for time in offered] == [str(near.pk), str(far.pk)]
    assert f'name="choose" value="{near.pk}"' in text_of(sorry)
    assert PatientProfile.objects.filter(own_name="Wanda Walker").count() == 0

    chosen = sends(desk, sorry.context["post_url"], **WANDA, reason="Cough", choose=near.pk)
    form = chosen.context["form"]
    assert [form[name].value() for name in (*WANDA, "reason")] == [*WANDA.values(), "Cough"]
    assert chosen.context["post_url"].endswith(f"time={near.pk}")
    sends(desk, chosen.context["post_url"], **WANDA, reason="Cough", key=hidden(chosen, "key"))
    assert Booking.objects.get(slot=near).patient.full_name == "Wanda Walker"


def test_a_time_that_is_out_of_the_diary_is_told_at_once(desk: Client, doctor: DoctorProfile) -> None:
    near = slot_in(doctor)

    gone = desk.get(address(new=NUMBER, doctor=doctor.slug, time=uuid4()))

    assert gone.status_code == 409
    assert [time.value for day in gone.context["when"].others for time in day.times] == [str(near.pk)]


def test_a_patient_who_is_elsewhere_is_not_booked_twice(desk: Client, doctor: DoctorProfile) -> None:
    elsewhere = comes("Carl Coming", make_doctor(), minutes=24 * 60)
    slot = slot_in(doctor, days=1)

    sorry = sends(desk, address(patient=elsewhere.patient.pk, doctor=doctor.slug, time=slot.pk))

    assert "This patient already has an appointment at this time" in text_of(sorry)


def test_a_crowd_is_asked_to_press_again(desk: Client, doctor: DoctorProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    def crowded(**_: object) -> None:
        raise Busy

    monkeypatch.setattr("bookings.desk.book_views.book_slot", crowded)

    sorry = sends(desk, address(new=NUMBER, doctor=doctor.slug, time=slot_in(doctor).pk), **WANDA)

    assert (sorry.status_code, sorry["Retry-After"]) == (503, "5")
    assert sorry.context["form"]["full_name"].value() == "Wanda Walker"
    assert "Book appointment" in text_of(sorry)


def test_a_patient_taken_off_meanwhile_is_told_and_nothing_typed_is_lost(
    desk: Client, doctor: DoctorProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_gone(**_: object) -> None:
        raise NoSuchPerson

    monkeypatch.setattr("bookings.desk.book_views.book_slot", is_gone)

    sorry = sends(desk, address(new=NUMBER, doctor=doctor.slug, time=slot_in(doctor).pk), **WANDA)

    assert sorry.status_code == 409
    assert sorry.context["form"]["full_name"].value() == "Wanda Walker"
    assert str(NoSuchPerson.message) in text_of(sorry)


# Walk-ins


def test_who_stands_at_the_desk_is_seen_now_and_checked_in(desk: Client, doctor: DoctorProfile) -> None:
    page = desk.get(address(here=1, new=NUMBER, doctor=doctor.slug))
    [now] = page.context["when"].now

    done = sends(desk, now.url, **WANDA, reason="Cut finger")

    booking = Booking.objects.get()
    assert (booking.status, booking.starts_at, booking.reason) == (Status.CHECKED_IN, NOW, "Cut finger")
    assert "Booked and checked in" in text_of(desk.get(done["Location"]))


def test_the_button_promises_a_check_in_only_for_a_time_of_today(desk: Client, doctor: DoctorProfile) -> None:
    today, tomorrow = slot_in(doctor, hours=2), slot_in(doctor, days=1)

    words = [
        text_of(desk.get(address(here=1, new=NUMBER, doctor=doctor.slug, time=day.pk))) for day in (today, tomorrow)
    ]

    assert ["Book and check in" in word for word in words] == [True, False]
    assert ["Book appointment" in word for word in words] == [False, True]


def test_of_a_department_those_who_are_free_just_now_are_offered(desk: Client, doctor: DoctorProfile) -> None:
    busy, home = (make_doctor(department=doctor.department) for _ in range(2))
    slot_in(doctor, hours=2)
    confirmed(slot=slot_in(busy, hours=-0.1))
    slot_in(home, days=1)

    page = desk.get(address(here=1, new=NUMBER, department="cardiology"))

    assert [one.doctor_name for one in page.context["when"].now] == ["Dr Sarah Smith"]


def test_a_doctor_with_a_patient_is_said_to_be_busy_and_nothing_is_lost(desk: Client, doctor: DoctorProfile) -> None:
    confirmed(slot=slot_in(doctor, hours=-0.1))
    later = slot_in(doctor, hours=2)

    sorry = sends(desk, address(here=1, new=NUMBER, doctor=doctor.slug, time="now"), **WANDA)

    assert "is with a patient until 9:24am" in text_of(sorry)
    chosen = sends(desk, sorry.context["post_url"], **WANDA, choose=later.pk)
    sends(desk, chosen.context["post_url"], **WANDA)
    assert Booking.objects.get(slot=later).status == Status.CHECKED_IN


def test_now_is_only_for_who_is_here(desk: Client, doctor: DoctorProfile) -> None:
    assert desk.get(address(new=NUMBER, doctor=doctor.slug, time="now")).context["form"] is None


def test_the_old_address_of_the_walk_in_leads_to_the_desk(desk: Client) -> None:
    assert desk.get("/admin/bookings/booking/walk-in/")["Location"] == "/staff/book/?here=1"


# What it costs, and the service behind it


def test_the_search_costs_the_same_for_one_and_for_many(desk: Client, django_assert_num_queries: Any) -> None:
    for count in (1, 7):
        for _ in range(count):
            confirmed(days=count)
        with django_assert_num_queries(4):  # session with account, kinds of staff, patients, their appointments
            page = desk.get(BOOK, {"q": "pat"})
        assert page.status_code == 200
        assert text_of(page).count("Pat Patient") >= count


def test_only_the_hospital_books_for_a_newcomer(doctor: DoctorProfile) -> None:
    wanda = Newcomer("Wanda Walker", date(1980, 3, 31))
    for user in (make_patient().user, doctor.user):
        with pytest.raises(NoSuchPerson):
            book(slot_id=slot_in(doctor, days=user.pk).pk, patient_ref=PatientRef.newcomer(wanda), by=user, now=NOW)


def test_a_newcomer_who_gets_no_time_is_not_registered(doctor: DoctorProfile) -> None:
    staff = make_staff(StaffRole.RECEPTION)
    wanda, taken, free = Newcomer("Wanda Walker", date(1980, 3, 31)), slot_in(doctor), slot_in(doctor, days=2)
    booked(slot=taken)
    with pytest.raises(SlotTaken):
        book(slot_id=taken.pk, patient_ref=PatientRef.newcomer(wanda), by=staff, now=NOW)
    book(slot_id=free.pk, patient_ref=PatientRef.newcomer(wanda), by=staff, idempotency_key="k", now=NOW)
    with pytest.raises(KeyReused):
        book(
            slot_id=free.pk,
            patient_ref=PatientRef.newcomer(Newcomer("Bo", date(1980, 3, 31))),
            by=staff,
            idempotency_key="k",
            now=NOW,
        )
    assert PatientProfile.objects.filter(user__isnull=True).count() == 1


def test_a_known_patient_elsewhere_is_refused_by_the_service(doctor: DoctorProfile) -> None:
    elsewhere = comes("Carl Coming", make_doctor(), minutes=24 * 60)
    with pytest.raises(PatientBusy):
        book(
            slot_id=slot_in(doctor, days=1).pk,
            patient_ref=PatientRef.of(elsewhere.patient),
            by=make_staff(StaffRole.RECEPTION),
            now=NOW,
        )
