"""Cancelling: what is asked before, who may until when, and what a stale page is told (C6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from bookings.models import Booking
from bookings.services.cancel import cancel
from bookings.services.steps import check_in
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, browser_of, cancelled, confirmed, text_of
from core.errors import Busy
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db


def address(booking: Booking) -> str:
    return reverse("bookings:cancel", args=[booking.reference])


def status_of(booking: Booking) -> str:
    return Booking.objects.get(pk=booking.pk).status


def test_the_page_says_what_is_lost_until_when_and_offers_another_time_first() -> None:
    booking = confirmed(hours=24)
    page = text_of(browser_of(booking.patient.user).get(address(booking)))
    told = [
        "Dr Ana Álvarez",
        "Thursday 6 August 2026 at 9:00am",
        "If you cancel, someone else can book this time",
        "until Thursday 6 August 2026, 7:00am",
        "Move to another time",
        "Cancel appointment</button>",
    ]
    places = [page.index(words) for words in told]
    assert places == sorted(places)
    assert reverse("bookings:move", args=[booking.reference]) in page


def test_looking_cancels_nothing() -> None:
    booking = booked()
    browser_of(booking.patient.user).get(address(booking))
    assert status_of(booking) == "PENDING"


def test_a_patient_cancels_without_a_reason_and_the_time_is_free() -> None:
    booking = booked()
    browser = browser_of(booking.patient.user)
    response = browser.post(address(booking), follow=True)
    page = text_of(response)
    assert response.redirect_chain == [(reverse("bookings:detail", args=[booking.reference]), 302)]
    assert status_of(booking) == "CANCELLED"
    assert booking.slot is not None
    booking.slot.refresh_from_db()
    assert booking.slot.is_free
    assert "Your request has been withdrawn." in page


@pytest.mark.parametrize("who", ["doctor", "staff"])
def test_the_hospital_must_say_why(who: str) -> None:
    booking = booked()
    browser = browser_of(booking.doctor.user if who == "doctor" else StaffFactory())
    refused = browser.post(address(booking), {"reason": "  "})
    assert refused.status_code == 200
    assert "Write a reason: the patient will see it." in text_of(refused)
    assert status_of(booking) == "PENDING"
    assert browser.post(address(booking), {"reason": "Ill"}).status_code == 302
    assert Booking.objects.get().cancellation_reason == "Ill"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("x" * 501, "at most 500 characters"), ("x" * 10_000, "at most 500")],
)
def test_a_bad_reason_gets_a_sentence_and_is_kept(typed: str, sentence: str) -> None:
    booking = booked()
    response = browser_of(booking.patient.user).post(address(booking), {"reason": typed})
    assert response.status_code == 200
    assert sentence in text_of(response)
    assert status_of(booking) == "PENDING"


def test_staff_are_told_who_reads_the_reason_and_that_it_stays_and_nobody_else_is() -> None:
    booking = confirmed()
    told = "The patient can read it on the appointment’s page, and it’s kept in the audit trail. No medical details."
    for user, is_told in [(StaffFactory(), True), (booking.doctor.user, False), (booking.patient.user, False)]:
        page = text_of(browser_of(user).get(address(booking)))
        assert (told in page) is is_told
        assert ("audit" in page) is is_told


def test_after_the_cutoff_there_is_a_phone_number_instead_of_a_button() -> None:
    booking = confirmed(hours=1)
    browser = browser_of(booking.patient.user)
    looked, posted = browser.get(address(booking)), browser.post(address(booking), {"reason": "Late"})
    sentence = "It’s too late to cancel online. Please phone us on 020 7946 0100."
    assert (looked.status_code, posted.status_code) == (200, 409)
    assert sentence in text_of(looked)
    assert sentence in text_of(posted)
    assert "Cancel appointment</button>" not in text_of(looked)
    assert "You could cancel online until Wednesday 5 August 2026, 8:00am." in text_of(looked)
    assert status_of(booking) == "CONFIRMED"


def test_the_cutoff_that_passes_while_the_page_is_open_counts(set_clock: Any) -> None:
    booking = confirmed(hours=3)
    browser = browser_of(booking.patient.user)
    assert "Cancel appointment</button>" in text_of(browser.get(address(booking)))
    set_clock(NOW + timedelta(hours=1, seconds=1))
    assert browser.post(address(booking)).status_code == 409
    assert status_of(booking) == "CONFIRMED"


def test_the_doctor_may_cancel_after_the_cutoff() -> None:
    booking = confirmed(hours=1)
    assert browser_of(booking.doctor.user).post(address(booking), {"reason": "Ill"}).status_code == 302
    assert status_of(booking) == "CANCELLED"


def test_cancelling_twice_is_harmless() -> None:
    booking = booked()
    browser = browser_of(booking.patient.user)
    browser.post(address(booking), {"reason": "First"})
    response = browser.post(address(booking), {"reason": "Second"}, follow=True)
    assert "This appointment has already been cancelled." in text_of(response)
    assert Booking.objects.get().cancellation_reason == "First"
    assert Booking.objects.get().changes.count() == 2


@pytest.mark.parametrize("who", ["patient", "doctor"])
def test_what_has_begun_can_not_be_cancelled(who: str) -> None:
    booking = confirmed(hours=1)
    check_in(booking=booking, by=booking.doctor.user, now=NOW)
    user = booking.patient.user if who == "patient" else booking.doctor.user
    response = browser_of(user).post(address(booking), {"reason": "Ill"})
    assert response.status_code == 409
    assert "The patient has already checked in." in text_of(response)
    assert status_of(booking) == "CHECKED_IN"


def test_a_change_between_looking_and_locking_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    booking = confirmed(hours=3)

    def somebody_is_faster(**facts: Any) -> Booking:
        check_in(booking=booking, by=booking.doctor.user, now=NOW)
        return cancel(**facts)

    monkeypatch.setattr("bookings.appointment.step_views.cancel_booking", somebody_is_faster)
    response = browser_of(booking.patient.user).post(address(booking))
    assert response.status_code == 409
    assert "already checked in" in text_of(response)


def test_a_crowd_is_a_503_with_the_reason_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    booking = booked()

    def busy(**_: object) -> Booking:
        raise Busy

    monkeypatch.setattr("bookings.appointment.step_views.cancel_booking", busy)
    response = browser_of(booking.patient.user).post(address(booking), {"reason": "Kept"})
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Kept</textarea>" in text_of(response)
    assert status_of(booking) == "PENDING"


def test_strangers_find_nothing_and_change_nothing() -> None:
    booking = booked()
    for user in (make_patient().user, make_doctor().user):
        browser = browser_of(user)
        assert [browser.get(address(booking)).status_code, browser.post(address(booking)).status_code] == [404, 404]
    assert Client().post(address(booking)).status_code == 302
    assert status_of(booking) == "PENDING"


def test_nothing_posted_beyond_the_reason_counts() -> None:
    booking, other = booked(), booked(days=2)
    posted = {
        "patient": other.patient_id,
        "status": "COMPLETED",
        "cancelled_by": other.booked_by_id,
        "booking": other.pk,
    }
    browser_of(booking.patient.user).post(address(booking), posted)
    fresh = Booking.objects.get(pk=booking.pk)
    assert (fresh.status, fresh.cancelled_by, fresh.patient) == ("CANCELLED", booking.patient.user, booking.patient)
    assert status_of(other) == "PENDING"


@pytest.mark.parametrize(
    ("given", "leads"),
    [
        ("/doctor/appointments/?from=today", "/doctor/appointments/?from=today"),
        ("https://evil.example/", None),
        ("//evil.example", None),
        ("javascript:alert(1)", None),
    ],
)
def test_the_way_back_stays_on_this_site(given: str, leads: str | None) -> None:
    booking = booked()
    response = browser_of(booking.doctor.user).post(address(booking), {"reason": "Ill", "next": given})
    assert response["Location"] == (leads or reverse("bookings:detail", args=[booking.reference]))


def test_an_address_of_a_cancelled_appointment_leads_to_it() -> None:
    booking = cancelled()
    response = browser_of(booking.patient.user).get(address(booking))
    assert (response.status_code, response["Location"]) == (302, reverse("bookings:detail", args=[booking.reference]))
