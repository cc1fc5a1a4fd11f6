"""The ways on when a time can't be had: told kindly, nearest free times, nothing typed is lost (C3)."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import Booking
from bookings.tests.people import booked, browser_of, hidden, new_address, slot_in, text_of
from core.errors import Busy
from core.remembered import Remembered
from doctors.models import Slot
from doctors.tests.factories import DepartmentFactory, make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db


def test_the_loser_of_a_race_is_told_kindly_and_keeps_what_they_typed(browser: Client) -> None:
    doctor = make_doctor()
    lost, near, far = (slot_in(doctor, days=1, hours=hours) for hours in (0, 1, 30))
    booked(slot=lost)
    response = browser.post(new_address(lost), {"reason": "Knee <b>", "notes": "Since May", "idempotency_key": "k"})
    page = text_of(response)
    assert response.status_code == 409
    assert "Someone has just taken this time" in page
    assert "Error 409" not in page
    assert hidden(response, "reason") == "Knee &lt;b&gt;"
    assert hidden(response, "notes") == "Since May"
    assert page.index(str(near.pk)) < page.index(str(far.pk))
    assert page.count('<form method="post" data-saving>') == 1
    assert "Knee" not in response.wsgi_request.get_full_path()


def test_choosing_another_time_goes_on_with_the_same_words(browser: Client) -> None:
    doctor = make_doctor()
    lost, near = slot_in(doctor), slot_in(doctor, days=1, hours=1)
    booked(slot=lost)
    check = browser.post(new_address(lost), {"choose": str(near.pk), "reason": "Knee", "notes": "Since May"})
    page = text_of(check)
    assert check.status_code == 200
    assert "10:00am to 10:30am" in page
    assert 'value="Knee"' in page
    assert "Since May</textarea>" in page
    assert f'action="{new_address(near)}"' in page
    assert Booking.objects.count() == 1
    key = hidden(check, "idempotency_key")
    browser.post(new_address(near), {"reason": "Knee", "notes": "Since May", "idempotency_key": key})
    assert Booking.objects.get(slot=near).reason == "Knee"


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_time_that_is_in_no_diary_any_more_is_a_lost_time(browser: Client, method: str) -> None:
    response = getattr(browser, method)(new_address(uuid.uuid4()))
    assert response.status_code == 409
    assert "Someone has just taken this time" in text_of(response)
    assert reverse("doctors:directory") in text_of(response)


def test_when_the_doctor_deletes_the_time_the_form_still_knows_whose_it_was(browser: Client) -> None:
    doctor = make_doctor()
    lost, other = slot_in(doctor), slot_in(doctor, days=2)
    url = new_address(lost)
    whose = hidden(browser.get(url), "doctor")
    lost.delete()
    response = browser.post(url, {"reason": "Knee", "doctor": whose})
    assert response.status_code == 409
    assert str(other.pk) in text_of(response)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_time_already_passed_says_so_and_offers_others(browser: Client, method: str) -> None:
    doctor = make_doctor()
    passed, ahead = slot_in(doctor, hours=-1), slot_in(doctor, days=3)
    response = getattr(browser, method)(new_address(passed))
    assert response.status_code == 409
    assert "already passed" in text_of(response)
    assert str(ahead.pk) in text_of(response)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_doctor_who_takes_no_bookings_has_colleagues(browser: Client, method: str) -> None:
    department = DepartmentFactory()
    closed = make_doctor(department=department, is_accepting=False)
    colleague = make_doctor(department=department, full_name="Bo Berg")
    slot, other = slot_in(closed), slot_in(colleague)
    response = getattr(browser, method)(new_address(slot))
    page = text_of(response)
    assert response.status_code == 409
    assert "n’t taking new bookings" in page
    assert "Dr Bo Berg" in page
    assert str(other.pk) in page


def test_a_doctor_patients_may_not_see_stays_unseen(browser: Client) -> None:
    hidden_doctor = make_doctor(approved=False, full_name="Vera Verborgen")
    for response in (
        browser.get(new_address(slot_in(hidden_doctor))),
        browser.post(new_address(slot_in(hidden_doctor, days=2))),
    ):
        assert response.status_code == 409
        assert "Verborgen" not in text_of(response)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_clash_names_the_other_appointment_and_offers_only_times_that_fit(method: str) -> None:
    patient = make_patient()
    mine = booked(patient=patient)
    doctor = make_doctor(full_name="Bo Berg")
    wanted, also_clashing, fits = (slot_in(doctor, days=1, hours=ahead, minutes=15) for ahead in (0, 0.25, 1))
    response = getattr(browser_of(patient.user), method)(new_address(wanted))
    page = text_of(response)
    assert response.status_code == 409
    assert "You already have an appointment at this time" in page
    assert reverse("bookings:detail", args=[mine.reference]) in page
    assert "Thursday 6 August 2026 at 9:00am" in page
    assert f'value="{fits.pk}"' in page
    assert f'value="{also_clashing.pk}"' not in page
    assert f'value="{wanted.pk}"' not in page
    assert Booking.objects.count() == 1


def test_ones_own_time_opened_again_is_not_called_somebody_elses() -> None:
    mine = booked()
    assert mine.slot is not None
    browser = browser_of(mine.patient.user)
    for response in (
        browser.get(new_address(mine.slot)),
        browser.post(new_address(mine.slot), {"reason": "Other form"}),
    ):
        assert response.status_code == 409
        assert "You have already booked this time" in text_of(response)
        assert reverse("bookings:detail", args=[mine.reference]) in text_of(response)


def test_a_key_used_for_other_answers_leads_to_what_it_booked(browser: Client) -> None:
    slot, other = slot_in(), slot_in(days=2)
    browser.post(new_address(slot), {"reason": "Knee", "idempotency_key": "k"})
    response = browser.post(new_address(other), {"reason": "Knee", "idempotency_key": "k"})
    page = text_of(response)
    assert response.status_code == 409
    assert "This form has already been sent" in page
    assert reverse("bookings:detail", args=[Booking.objects.get().reference]) in page


def test_a_crowd_is_a_503_with_the_same_form_to_send_again(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = slot_in()
    answers = {"reason": "Knee", "notes": "Since May", "idempotency_key": "k"}

    def busy(**_: object) -> Booking:
        raise Busy

    with monkeypatch.context() as patch:
        patch.setattr("bookings.new.views.book", busy)
        response = browser.post(new_address(slot), answers)
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "Try again" in text_of(response)
    again = {name: hidden(response, name) for name in answers}
    assert again == answers
    assert browser.post(new_address(slot), again).status_code == 302


def test_losing_costs_the_same_however_many_times_are_free(browser: Client) -> None:
    doctor = make_doctor()
    lost = slot_in(doctor)
    booked(slot=lost)
    slot_in(doctor, days=2)
    browser.post(new_address(lost), {})  # who comes first learns it under the lock
    few = statements_of_losing(browser, lost)
    for day in range(3, 20):
        slot_in(doctor, days=day)
    assert len(few) == len(statements_of_losing(browser, lost)) > 2
    assert len(statements_of_losing(browser, lost, forget=False)) == 2  # who it is, and all else


def statements_of_losing(browser: Client, lost: Slot, *, forget: bool = True) -> CaptureQueriesContext:
    """With what was worked out for others a moment ago, or without."""
    for values in Remembered.everything if forget else ():
        values.forget()
    with CaptureQueriesContext(connection) as statements:
        assert browser.post(new_address(lost), {}).status_code == 409
    return statements
