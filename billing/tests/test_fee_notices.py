"""What a late cancellation or a missed visit costs is said before it does (G1)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.models import User
from billing.models import DoctorFees
from bookings.links import doctor_url, step_url
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
    assert BOTH in text_of(browser_of(make_patient().user).get(new_address(slot_in())))


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
