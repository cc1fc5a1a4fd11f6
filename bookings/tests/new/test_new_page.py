"""Check the answers, confirm, and the ways on when a time can't be had (C1–C4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from bookings.models import Booking
from bookings.rules import SlotTaken
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, hidden, new_address, shown, slot_in, text_of
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db


# Check answers


def test_the_answers_to_check_are_all_there(browser: Client) -> None:
    slot = slot_in(make_doctor(room="Building B, room 12"), hours=24.5)
    page = text_of(browser.get(new_address(slot)))
    for words in [
        "Dr Ana Álvarez, Cardiology",
        "Thursday 6 August 2026",
        "9:30am to 10:00am (BST)",
        "30 minutes",
        "Building B, room 12",
        "Riverside Hospital",
        "£120.00",
        "Request this appointment",
    ]:
        assert words in page


def test_looking_changes_nothing(browser: Client) -> None:
    slot = slot_in()
    browser.get(new_address(slot))
    browser.head(new_address(slot))
    slot.refresh_from_db()
    assert slot.is_free
    assert not Booking.objects.exists()


def test_each_look_has_a_key_of_its_own(browser: Client) -> None:
    url = new_address(slot_in())
    keys = {hidden(browser.get(url), "idempotency_key") for _ in range(3)}
    assert len(keys) == 3


def test_signed_out_goes_to_login_and_keeps_the_chosen_time() -> None:
    url = new_address(slot_in())
    response = Client().get(url)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))
    assert "slot%3D" in response["Location"]


@pytest.mark.parametrize("role", ["doctor", "staff"])
def test_only_patients_book_here(role: str) -> None:
    slot = slot_in()
    user = make_doctor().user if role == "doctor" else StaffFactory()
    browser = browser_of(user)
    assert [browser.get(new_address(slot)).status_code, browser.post(new_address(slot)).status_code] == [403, 403]
    assert not Booking.objects.exists()


@pytest.mark.parametrize("given", ["", "abc", "0", "' OR 1=1 --", "%F0%9F%98%80", "1" * 500])
def test_a_garbled_time_is_no_page(browser: Client, given: str) -> None:
    assert browser.get(f"{reverse('bookings:new')}?slot={given}").status_code == 404
    assert browser.post(f"{reverse('bookings:new')}?slot={given}").status_code == 404
    assert browser.post(new_address(slot_in()), {"choose": given}).status_code == 404


def test_no_time_at_all_is_no_page(browser: Client) -> None:
    assert browser.get(reverse("bookings:new")).status_code == 404


# Confirm


def test_confirming_books_and_shows_it(browser: Client) -> None:
    slot = slot_in()
    key = hidden(browser.get(new_address(slot)), "idempotency_key")
    answers = {"reason": "Knee", "notes": "Since\r\nMay", "idempotency_key": key}
    response = browser.post(new_address(slot), answers)
    booking = Booking.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/bookings/{booking.reference}/"
    assert (booking.slot, booking.reason, booking.notes) == (slot, "Knee", "Since\nMay")
    page = text_of(browser.get(response["Location"]))
    assert "Request sent" in page
    assert booking.reference in page


def test_the_same_form_sent_twice_books_once_and_shows_the_same_confirmation(browser: Client) -> None:
    slot = slot_in()
    key = hidden(browser.get(new_address(slot)), "idempotency_key")
    answers = {"reason": "Knee", "notes": "", "idempotency_key": key}
    first, second = browser.post(new_address(slot), answers), browser.post(new_address(slot), answers)
    assert Booking.objects.count() == 1
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert first.status_code == 302


def test_nothing_posted_beyond_the_form_counts(browser: Client) -> None:
    slot, other, doctor = slot_in(), make_patient(), make_doctor()
    posted = {
        "patient": other.pk,
        "patient_id": other.pk,
        "booked_by": other.user_id,
        "doctor": doctor.slug,
        "doctor_id": doctor.pk,
        "status": "COMPLETED",
        "fee_cents": "0",
        "reference": "BBBB-BBBB",
        "role": "STAFF",
    }
    browser.post(new_address(slot), posted)
    booking = Booking.objects.get()
    assert str(booking.patient.user_id) == browser.session["_auth_user_id"]
    assert booking.patient != other
    assert (booking.doctor, booking.status, booking.fee_cents) == (slot.doctor, "PENDING", 12_000)
    assert booking.reference != "BBBB-BBBB"


@pytest.mark.django_db(transaction=True)
def test_confirming_takes_five_round_trips() -> None:
    slot, browser = slot_in(), browser_of(make_patient().user)
    key = hidden(browser.get(new_address(slot)), "idempotency_key")
    with CaptureQueriesContext(connection) as statements:
        response = browser.post(new_address(slot), {"reason": "Knee", "notes": "", "idempotency_key": key})
    said = [query["sql"] for query in statements.captured_queries]
    assert response.status_code == 302
    # Session with its user; BEGIN; locks and facts; all that is written; COMMIT.
    assert len(said) == 5, "\n".join(said)


# Bad answers


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("reason", "x" * 201, "at most 200 characters"),
        ("reason", "x" * 10_000, "at most 200 characters"),
        ("reason", "two\nlines", "on one line"),
        ("notes", "x" * 2_001, "at most 2,000 characters"),
    ],
)
def test_a_bad_answer_gets_a_sentence_and_the_other_is_kept(
    browser: Client, field: str, typed: str, sentence: str
) -> None:
    other = {"reason": "notes", "notes": "reason"}[field]
    response = browser.post(new_address(slot_in()), {field: typed, other: "Kept as it is", "idempotency_key": "k"})
    page = text_of(response)
    assert response.status_code == 200
    assert sentence in page
    assert f'id="id_{field}_error"' in page
    assert "Kept as it is" in page
    assert "<title>Error: " in page
    assert hidden(response, "idempotency_key") == "k"
    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        "Knee 🦵 since May",
        "ركبة مؤلمة",
        "膝が痛い",
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "=HYPERLINK(1)",
        "Robert'); DROP TABLE bookings_booking;--",
        "{{ 7|add:7 }}{% debug %}",
        "x" * 200,
    ],
)
def test_whatever_people_type_is_kept_and_shown_harmlessly(browser: Client, typed: str) -> None:
    response = browser.post(new_address(slot_in()), {"reason": typed, "notes": typed})
    assert Booking.objects.get().reason == typed
    page = text_of(browser.get(response["Location"]))
    assert shown(typed) in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_two_thousand_characters_count_as_the_browser_counts_them(browser: Client) -> None:
    notes = "\r\n".join(["x" * 9] * 200)  # 1,999 as typed, 2,198 as sent
    assert browser.post(new_address(slot_in()), {"notes": notes}).status_code == 302


@pytest.mark.parametrize("key", ["x" * 65, "two\nlines"])
def test_a_garbled_key_is_a_sentence_not_an_error_page(browser: Client, key: str) -> None:
    response = browser.post(new_address(slot_in()), {"reason": "Kept as it is", "idempotency_key": key})
    assert response.status_code == 200
    assert "Kept as it is" in text_of(response)
    assert not Booking.objects.exists()


def test_the_clock_is_the_servers(browser: Client, set_clock: Callable[[datetime], None]) -> None:
    slot = slot_in()
    set_clock(slot.starts_at - timedelta(seconds=1))
    assert browser.get(new_address(slot)).status_code == 200
    set_clock(slot.starts_at)
    assert browser.get(new_address(slot)).status_code == 409


def test_the_service_is_asked_whatever_the_page_said(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def book(**facts: Any) -> Booking:
        asked.append(facts)
        raise SlotTaken

    monkeypatch.setattr("bookings.new.views.book", book)
    slot = slot_in()
    browser.post(new_address(slot), {"reason": " Knee ", "idempotency_key": "k"})
    assert [(facts["slot_id"], facts["reason"], facts["now"]) for facts in asked] == [(slot.pk, "Knee", NOW)]
