"""The patient's and the doctor's lists: what stands in them, filters, pages, cost (B8, C12)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings.models import Booking
from bookings.services.move import move
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, browser_of, cancelled, confirmed, shown, slot_in, text_of
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db

PATIENT_LIST, DOCTOR_LIST = "/patient/bookings/", "/doctor/appointments/"


def references(page: str) -> list[str]:
    """Of the linked appointments, in the order they stand."""
    return re.findall(r'<a(?: class="day-row__name")? href="/bookings/([A-Z0-9-]{9})/">', page)


def look(user: User, address: str) -> str:
    response = browser_of(user).get(address)
    assert response.status_code == 200
    return text_of(response)


def many(number: int, *, doctor: DoctorProfile | None = None, patient: PatientProfile | None = None) -> list[Booking]:
    """One a day from tomorrow on."""
    patients = [patient or make_patient(full_name=f"Pat {n}") for n in range(number)]
    return [booked(slot=slot_in(doctor, days=n + 1), patient=patients[n]) for n in range(number)]


def test_the_addresses_are_the_promised_ones() -> None:
    assert reverse("bookings:patient_list") == PATIENT_LIST
    assert reverse("bookings:doctor_list") == DOCTOR_LIST


# A patient's


def test_a_patient_has_three_lists_with_their_sizes() -> None:
    patient = make_patient()
    ahead, over, gone = booked(patient=patient), confirmed(patient=patient, days=-2), cancelled(patient=patient, days=4)
    booked(days=3)
    pages = {when: look(patient.user, f"{PATIENT_LIST}?when={when}") for when in ("upcoming", "past", "cancelled")}
    assert {when: references(page) for when, page in pages.items()} == {
        "upcoming": [ahead.reference],
        "past": [over.reference],
        "cancelled": [gone.reference],
    }
    assert all(f"{label} (1)" in pages["past"] for label in ("Upcoming", "Past", "Cancelled"))


def test_without_when_it_is_the_upcoming_ones() -> None:
    booking = booked()
    assert references(look(booking.patient.user, PATIENT_LIST)) == [booking.reference]


@pytest.mark.parametrize("when", ["future", "UPCOMING", "' OR 1=1", "<script>", "x" * 3_000])
def test_a_list_that_does_not_exist_is_a_sentence(when: str) -> None:
    booking = booked()
    page = text_of(browser_of(booking.patient.user).get(PATIENT_LIST, {"when": when}))
    assert "We don’t have that list. These are your upcoming appointments." in page
    assert references(page) == [booking.reference]


def test_an_empty_list_tells_the_next_step() -> None:
    page = look(make_patient().user, PATIENT_LIST)
    assert "No upcoming appointments" in page
    assert reverse("doctors:directory") in page


def test_upcoming_can_be_cancelled_and_past_booked_again() -> None:
    patient = make_patient()
    ahead, over = booked(patient=patient), confirmed(patient=patient, days=-2)
    assert reverse("bookings:cancel", args=[ahead.reference]) in look(patient.user, PATIENT_LIST)
    past = look(patient.user, f"{PATIENT_LIST}?when=past")
    assert "Book again" in past
    assert reverse("doctors:profile", args=[over.doctor.slug]) in past
    assert reverse("bookings:cancel", args=[over.reference]) not in past


def test_ten_a_page_and_the_list_is_kept_through_paging() -> None:
    patient = make_patient()
    bookings = many(12, patient=patient)
    first = look(patient.user, f"{PATIENT_LIST}?when=upcoming")
    second = look(patient.user, f"{PATIENT_LIST}?when=upcoming&page=2")
    assert references(first) + references(second) == [booking.reference for booking in bookings]
    assert "?when=upcoming&amp;page=2" in first
    assert "Page 2 of 2" in second


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "1e9", "9" * 400, "１"])
def test_a_page_that_does_not_exist_is_the_nearest_that_does(page: str) -> None:
    booking = booked()
    patient_page = browser_of(booking.patient.user).get(PATIENT_LIST, {"page": page})
    doctor_page = browser_of(booking.doctor.user).get(DOCTOR_LIST, {"page": page})
    assert references(text_of(patient_page)) == references(text_of(doctor_page)) == [booking.reference]


# A doctor's


def test_a_doctor_sees_own_appointments_by_day() -> None:
    doctor = make_doctor()
    today = booked(slot=slot_in(doctor, hours=2), reason="Knee <b>")
    tomorrow = confirmed(slot=slot_in(doctor))
    booked(days=2)
    page = look(doctor.user, DOCTOR_LIST)
    assert references(page) == [today.reference, tomorrow.reference]
    assert "Today, Wednesday 5 August 2026" in page
    assert "Tomorrow, Thursday 6 August 2026" in page
    assert shown("Knee <b>") in page


def test_past_present_and_future_are_all_reached() -> None:
    doctor = make_doctor()
    old, ahead = confirmed(slot=slot_in(doctor, days=-30)), booked(slot=slot_in(doctor, days=30))
    gone = cancelled(slot=slot_in(doctor, days=3))
    assert set(references(look(doctor.user, DOCTOR_LIST))) == {old.reference, ahead.reference, gone.reference}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=PENDING", ["tomorrow"]),
        ("status=CONFIRMED", ["today", "yesterday"]),
        ("from=today&to=today", ["today"]),
        ("from=2026-08-05", ["today", "tomorrow"]),
        ("to=2026-08-04", ["yesterday"]),
        ("from=2026-08-04&to=2026-08-05&status=CONFIRMED", ["yesterday", "today"]),
        ("from=2027-01-01", []),
    ],
)
def test_the_filters_filter(query: str, expected: list[str]) -> None:
    doctor = make_doctor()
    named = {
        confirmed(slot=slot_in(doctor, days=-1)).reference: "yesterday",
        confirmed(slot=slot_in(doctor, hours=2)).reference: "today",
        booked(slot=slot_in(doctor)).reference: "tomorrow",
    }
    page = look(doctor.user, f"{DOCTOR_LIST}?{query}")
    assert [named[reference] for reference in references(page)] == expected


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"status": "LOST"}, "That isn’t a status"),
        ({"from": "yesterday-ish"}, "Enter a date, for example 2026-08-06."),
        ({"to": "31/12/2026"}, "Enter a date, for example 2026-08-06."),
        ({"to": "2026-02-30"}, "Enter a date, for example 2026-08-06."),
        ({"from": "0001-01-01"}, "Choose a year between 1900 and 2200."),
        ({"to": "9999-12-31"}, "Choose a year between 1900 and 2200."),
        ({"from": "2026-08-06", "to": "2026-08-05"}, "The last day can’t be before the first."),
        ({"status": "x" * 5_000}, "That isn’t a status"),
        ({"from": "<script>alert(1)</script>"}, "Enter a date"),
    ],
)
def test_a_filter_that_makes_no_sense_is_a_sentence(query: dict[str, str], sentence: str) -> None:
    booking = booked()
    response = browser_of(booking.doctor.user).get(DOCTOR_LIST, query)
    page = text_of(response)
    assert response.status_code == 200
    assert sentence in page
    assert "<title>Error: " in page
    assert "<script>alert" not in page


def test_a_control_character_in_the_address_is_refused() -> None:
    assert browser_of(make_doctor().user).get(DOCTOR_LIST, {"status": "a\x00b"}).status_code == 400


def test_the_filters_are_kept_through_paging_and_steps() -> None:
    doctor = make_doctor()
    many(12, doctor=doctor)
    page = look(doctor.user, f"{DOCTOR_LIST}?status=PENDING&from=2026-08-06")
    assert "?status=PENDING&amp;from=2026-08-06&amp;page=2" in page
    assert 'name="next" value="/doctor/appointments/?status=PENDING&amp;from=2026-08-06"' in page
    assert len(references(page)) == 10
    assert len(references(look(doctor.user, f"{DOCTOR_LIST}?status=PENDING&from=2026-08-06&page=2"))) == 2


def test_a_single_day_is_shown_whole_for_the_printer() -> None:
    doctor = make_doctor()
    for n in range(14):
        booked(slot=slot_in(doctor, hours=n / 2))
    page = look(doctor.user, f"{DOCTOR_LIST}?from=today&to=today")
    assert len(references(page)) == 14
    assert "<h1>Today, Wednesday 5 August 2026</h1>" in page


def test_each_row_offers_what_can_be_done_with_it() -> None:
    doctor = make_doctor()
    waiting, here = booked(slot=slot_in(doctor)), confirmed(slot=slot_in(doctor, hours=1))
    page = look(doctor.user, DOCTOR_LIST)
    assert f'action="{reverse("bookings:confirm", args=[waiting.reference])}"' in page
    assert f'action="{reverse("bookings:check_in", args=[here.reference])}"' in page
    assert f'action="{reverse("bookings:check_in", args=[waiting.reference])}"' not in page


@pytest.mark.parametrize(("query", "title"), [("", "No appointments yet"), ("?status=PENDING", "No appointments here")])
def test_an_empty_doctors_list_tells_the_next_step(query: str, title: str) -> None:
    assert title in look(make_doctor().user, DOCTOR_LIST + query)


# Who, and at what cost


def test_each_list_is_for_its_own_role() -> None:
    patient, doctor, staff = make_patient().user, make_doctor().user, StaffFactory()
    seen = {
        (address, user.role): browser_of(user).get(address).status_code
        for address in (PATIENT_LIST, DOCTOR_LIST)
        for user in (patient, doctor, staff)
    }
    assert {key for key, status in seen.items() if status == 200} == {
        (PATIENT_LIST, "PATIENT"),
        (DOCTOR_LIST, "DOCTOR"),
    }
    assert set(seen.values()) == {200, 403}
    assert [Client().get(address).status_code for address in (PATIENT_LIST, DOCTOR_LIST)] == [302, 302]


@pytest.mark.parametrize("address", [PATIENT_LIST, DOCTOR_LIST])
def test_the_lists_only_read(address: str) -> None:
    booking = booked()
    user = booking.patient.user if address == PATIENT_LIST else booking.doctor.user
    assert browser_of(user).post(address, {"status": "CONFIRMED"}).status_code == 405


def statements(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("query", ["?when=upcoming", "?when=past", "?when=cancelled"])
def test_a_patients_list_costs_the_same_with_one_row_and_with_twenty(query: str) -> None:
    patient = make_patient()

    def add(number: int) -> None:
        for n in range(number):
            at = number + n
            booked(patient=patient, days=at)
            confirmed(patient=patient, days=-at - 1)
            cancelled(patient=patient, days=at + 45)

    add(1)
    browser = browser_of(patient.user)
    one = statements(browser, PATIENT_LIST + query)
    add(20)
    assert statements(browser, PATIENT_LIST + query) == one <= 6


@pytest.mark.parametrize(
    ("address", "role"),
    [("/patient/", "patient"), (f"{PATIENT_LIST}?when=cancelled", "patient"), (DOCTOR_LIST, "doctor")],
)
def test_what_was_moved_costs_a_list_no_more(address: str, role: str) -> None:
    """Each says where it has gone, on the clock of the doctor it went to."""
    doctor, patient = make_doctor(), make_patient()
    user = {"doctor": doctor.user, "patient": patient.user}[role]
    browser = browser_of(user)

    def add(*days: int) -> None:
        for day in days:
            old = booked(slot=slot_in(doctor, days=day, hours=0), patient=patient)
            move(booking=old, to_slot_id=slot_in(doctor, days=day, hours=2).pk, by=patient.user, now=NOW)

    add(2)
    one = statements(browser, address)
    add(3, 4)
    assert statements(browser, address) == one
    assert look(user, address).count("Moved to ") == 3


@pytest.mark.parametrize("query", ["", "?status=PENDING", "?from=2026-08-05&to=2026-08-05", "?from=2026-08-05"])
def test_a_doctors_list_costs_the_same_with_one_row_and_with_twenty(query: str) -> None:
    doctor = make_doctor()

    def add(hours: list[float]) -> Any:
        return [booked(slot=slot_in(doctor, hours=ahead)) for ahead in hours]

    add([0.5])
    browser = browser_of(doctor.user)
    one = statements(browser, DOCTOR_LIST + query)
    add([1 + n / 2 for n in range(20)])
    assert statements(browser, DOCTOR_LIST + query) == one <= 5
