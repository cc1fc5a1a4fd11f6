"""Confirm, check in, complete, did not attend: buttons that POST, addresses that ask (B9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from bookings.models import Booking, BookingStatusChange
from bookings.services.steps import check_in
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, browser_of, cancelled, confirmed, text_of
from core.errors import Busy
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db

STEPS = ["confirm", "check_in", "complete", "no_show"]


def address(booking: Booking, step: str) -> str:
    return reverse(f"bookings:{step}", args=[booking.reference])


def status_of(booking: Booking) -> str:
    return Booking.objects.get(pk=booking.pk).status


def checked_in() -> Booking:
    booking = confirmed(hours=1)
    return check_in(booking=booking, by=booking.doctor.user, now=NOW)


READY: dict[str, tuple[Callable[[], Booking], str, str]] = {
    "confirm": (lambda: booked(days=1), "CONFIRMED", "Confirmed: Pat Patient."),
    "check_in": (lambda: confirmed(hours=1), "CHECKED_IN", "Checked in: Pat Patient."),
    "complete": (checked_in, "COMPLETED", "Completed: Pat Patient."),
    "no_show": (lambda: confirmed(hours=-1), "NO_SHOW", "Marked as missed: Pat Patient."),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("who", ["doctor", "staff"])
def test_the_clinic_takes_each_step_and_comes_back(step: str, who: str) -> None:
    make, status, sentence = READY[step]
    booking = make()
    user = booking.doctor.user if who == "doctor" else StaffFactory()
    response = browser_of(user).post(address(booking, step), follow=True)
    assert response.redirect_chain == [(reverse("bookings:detail", args=[booking.reference]), 302)]
    assert sentence in text_of(response)
    assert status_of(booking) == status
    last = BookingStatusChange.objects.latest("pk")
    assert (last.to_status, last.by, last.at) == (status, user, NOW)


@pytest.mark.parametrize("step", STEPS)
def test_opening_the_address_asks_and_changes_nothing(step: str) -> None:
    booking = READY[step][0]()
    before = status_of(booking)
    response = browser_of(booking.doctor.user).get(address(booking, step))
    assert response.status_code == 200
    assert '<form method="post"' in text_of(response)
    assert "Pat Patient" in text_of(response)
    assert status_of(booking) == before


@pytest.mark.parametrize("step", STEPS)
def test_the_address_of_a_step_that_does_not_fit_has_no_button(step: str) -> None:
    booking = cancelled()
    page = text_of(browser_of(booking.doctor.user).get(address(booking, step)))
    assert "You can’t do this now" in page
    assert 'class="form-actions"' not in page


@pytest.mark.parametrize("step", STEPS)
def test_a_patient_may_not_and_strangers_find_nothing(step: str) -> None:
    booking = READY[step][0]()
    before, url = status_of(booking), address(booking, step)
    assert browser_of(booking.patient.user).post(url).status_code == 403
    assert browser_of(make_patient().user).post(url).status_code == 403
    assert browser_of(make_doctor().user).post(url).status_code == 404
    assert Client().post(url).status_code == 302
    assert status_of(booking) == before


@pytest.mark.parametrize(
    ("make", "step", "sentence"),
    [
        (lambda: confirmed(days=1), "check_in", "You can check a patient in on the day of the appointment."),
        (lambda: confirmed(hours=1), "no_show", "The appointment hasn’t started yet."),
        (lambda: booked(hours=1), "check_in", "Confirm the appointment first."),
        (cancelled, "confirm", "This appointment has been cancelled."),
    ],
)
def test_a_refused_step_is_a_sentence(make: Callable[[], Booking], step: str, sentence: str) -> None:
    booking = make()
    before = status_of(booking)
    response = browser_of(booking.doctor.user).post(address(booking, step), follow=True)
    assert response.status_code == 200
    assert sentence in text_of(response)
    assert status_of(booking) == before


@pytest.mark.parametrize("step", STEPS)
def test_a_button_pressed_twice_does_it_once(step: str) -> None:
    booking = READY[step][0]()
    browser = browser_of(booking.doctor.user)
    browser.post(address(booking, step))
    steps = BookingStatusChange.objects.count()
    again = browser.post(address(booking, step), follow=True)
    assert "Nothing more to do." in text_of(again)
    assert BookingStatusChange.objects.count() == steps


def test_a_crowd_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    booking = booked()

    def busy(_: Any) -> None:
        raise Busy

    monkeypatch.setattr("bookings.locks.booking", busy)
    response = browser_of(booking.doctor.user).post(address(booking, "confirm"), follow=True)
    assert "please try again" in text_of(response)
    assert status_of(booking) == "PENDING"


@pytest.mark.parametrize(
    ("given", "leads"),
    [
        ("/doctor/appointments/?status=PENDING&page=2", "/doctor/appointments/?status=PENDING&page=2"),
        ("https://evil.example/", None),
        ("//evil.example", None),
        ("\\\\evil.example", None),
    ],
)
def test_the_way_back_stays_on_this_site(given: str, leads: str | None) -> None:
    booking = booked()
    response = browser_of(booking.doctor.user).post(address(booking, "confirm"), {"next": given})
    assert response["Location"] == (leads or reverse("bookings:detail", args=[booking.reference]))


def test_a_step_needs_the_forms_token() -> None:
    booking = booked()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(booking.doctor.user)
    assert browser.post(address(booking, "confirm")).status_code == 403
    assert status_of(booking) == "PENDING"
