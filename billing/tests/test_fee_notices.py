"""What a late cancellation or a missed visit costs is said before it does (G1)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.models import User
from billing.fee_words import cancelling_now_words, terms_words
from billing.models import DoctorFees
from billing.rules import FeeTerms
from bookings.links import detail_url, doctor_url, step_url
from bookings.models import Booking
from bookings.tests.people import booked, browser_of, confirmed, new_address, slot_in, text_of
from core.web import micro_cache
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]

NOTICE = "It’s less than 24 hours before the appointment. If you cancel now, it costs £60.00."
BOTH = "Cancelling less than 24 hours before the visit costs £60.00. Missing it costs £120.00."


@pytest.fixture(autouse=True)
def _fees(settings: Any) -> None:
    settings.LATE_CANCELLATION_PERCENT, settings.MISSED_VISIT_PERCENT = 50, 100
    micro_cache.copies.clear()


def cancel_page(booking: Booking, viewer: User) -> str:
    return text_of(browser_of(viewer).get(step_url(booking, "bookings:cancel")))


def appointment_page(booking: Booking, viewer: User) -> str:
    return text_of(browser_of(viewer).get(detail_url(booking)))


def test_who_cancels_late_is_told_what_it_costs() -> None:
    booking = confirmed(hours=23)

    assert NOTICE in cancel_page(booking, booking.patient.user)


def test_nothing_is_said_while_it_costs_nothing() -> None:
    booking = confirmed(hours=25)

    assert "costs" not in cancel_page(booking, booking.patient.user)


def test_nothing_is_said_to_a_doctor_who_cancels() -> None:
    booking = confirmed(hours=23)

    assert "costs" not in cancel_page(booking, booking.doctor.user)


def test_to_withdraw_a_request_costs_nothing() -> None:
    booking = booked(hours=23)

    assert "Withdraw this request?" in cancel_page(booking, booking.patient.user)
    assert "costs" not in cancel_page(booking, booking.patient.user)


@pytest.mark.parametrize("begins", [None, date(2026, 9, 1)])
def test_nothing_is_said_before_the_hospital_bills_by_itself(begins: date | None, settings: Any) -> None:
    settings.BILLING_FROM = begins
    booking = confirmed(hours=23)

    check = text_of(browser_of(booking.patient.user).get(new_address(slot_in())))

    assert "Cancel this appointment?" in cancel_page(booking, booking.patient.user)
    assert "Check your appointment" in check
    assert "costs" not in cancel_page(booking, booking.patient.user) + check


def test_a_doctors_own_terms_count() -> None:
    booking = confirmed(hours=23)
    DoctorFees.objects.create(doctor=booking.doctor, late_cancellation_percent=0)

    assert "costs" not in cancel_page(booking, booking.patient.user)


def test_it_is_said_before_somebody_books() -> None:
    page = text_of(browser_of(make_patient().user).get(new_address(slot_in())))

    assert page.index("Fee</dt>") < page.index(BOTH) < page.index('id="check"')


@pytest.mark.parametrize(
    ("hours", "words"),
    [(1, "1 hour"), (24, "24 hours"), (36, "36 hours"), (48, "2 days"), (49, "49 hours"), (240, "10 days")],
)
def test_whole_days_are_said_as_days(hours: int, words: str) -> None:
    terms = FeeTerms(late_cancellation_percent=50, late_cancellation_hours=hours, missed_visit_percent=0)

    assert terms_words(12_000, terms) == f"Cancelling less than {words} before the visit costs £60.00."
    assert cancelling_now_words(6_000, terms).startswith(f"It’s less than {words} before the appointment.")


def test_a_confirmed_appointment_says_it_while_it_can_be_cancelled() -> None:
    booking = confirmed(hours=25)
    page = appointment_page(booking, booking.patient.user)
    assert page.index("You can move or cancel your appointment here until") < page.index(BOTH)

    DoctorFees.objects.create(doctor=booking.doctor, late_cancellation_percent=0, missed_visit_percent=0)
    assert "costs £" not in appointment_page(booking, booking.patient.user)


@pytest.mark.parametrize("says_nothing", ["the doctor", "a request", "the hospital fails", "too late", "not billed"])
def test_an_appointment_says_nothing_of_it(says_nothing: str, settings: Any) -> None:
    booking = booked(hours=25) if says_nothing == "a request" else confirmed(hours=25)
    if says_nothing == "the hospital fails":
        Booking.objects.filter(pk=booking.pk).update(conflict="The doctor is away.")
    if says_nothing == "too late":
        booking = confirmed(hours=1 / 60)
    if says_nothing == "not billed":
        settings.BILLING_FROM = None
    viewer = booking.doctor.user if says_nothing == "the doctor" else booking.patient.user

    page = appointment_page(booking, viewer)

    assert booking.reference in page
    assert "costs £" not in page


@pytest.mark.parametrize(
    ("late", "missed", "words"),
    [
        (50, 100, BOTH),
        (50, 0, "Cancelling less than 24 hours before the visit costs £60.00."),
        (0, 100, "Missing the visit costs £120.00."),
        (0, 0, ""),
    ],
)
def test_the_doctors_page_says_what_applies(late: int, missed: int, words: str) -> None:
    doctor = make_doctor(confirms_automatically=True)
    slot_in(doctor)
    DoctorFees.objects.create(doctor=doctor, late_cancellation_percent=late, missed_visit_percent=missed)

    page = text_of(browser_of(make_patient().user).get(doctor_url(doctor)))

    assert words in page
    assert page.count(" costs ") == words.count(" costs ")
    assert not words or page.index("Fee for one visit") < page.index(words)
