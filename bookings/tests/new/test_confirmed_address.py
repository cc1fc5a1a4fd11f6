"""Who has not confirmed their e-mail address does so before they book, and comes back to the chosen time (A6)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailConfirmationHMAC
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import address_of, change_email
from accounts.tests.factories import StaffFactory, verify
from bookings.models import Booking
from bookings.tests.people import browser_of, new_address, slot_in, text_of
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def slot() -> Slot:
    return slot_in()


@pytest.fixture
def newcomer() -> User:
    return make_patient(verified=False).user


def asked_first(slot: Slot) -> str:
    return f"/accounts/verify/?{urlencode({'next': new_address(slot)})}"


def link(user: User) -> str:
    return reverse("account_confirm_email", args=[EmailConfirmationHMAC(address_of(user)).key])


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_the_address_comes_first(newcomer: User, slot: Slot, method: str) -> None:
    browser = browser_of(newcomer)
    assert getattr(browser, method)(new_address(slot))["Location"] == asked_first(slot)
    page = text_of(browser.get(asked_first(slot)))
    assert "Confirm your e-mail address first" in page
    assert newcomer.email in page
    slot.refresh_from_db()
    assert (slot.is_free, Booking.objects.exists()) == (True, False)


def test_the_link_leads_back_to_the_chosen_time_in_any_tab(newcomer: User, slot: Slot) -> None:
    browser = browser_of(newcomer)
    browser.get(new_address(slot))
    assert browser.post(link(newcomer))["Location"] == new_address(slot)
    assert "Check your appointment" in text_of(browser.get(new_address(slot)))
    assert browser.post(new_address(slot))["Location"] == f"/bookings/{Booking.objects.get().reference}/"


def test_the_first_tab_goes_on_when_the_link_was_followed_elsewhere(newcomer: User, slot: Slot) -> None:
    browser = browser_of(newcomer)
    browser.get(new_address(slot))
    Client().post(link(newcomer))
    assert browser.get(asked_first(slot))["Location"] == new_address(slot)


def test_the_way_back_is_used_once(newcomer: User, slot: Slot) -> None:
    browser = browser_of(newcomer)
    browser.get(new_address(slot))
    verify(newcomer)
    assert browser.get("/accounts/verify/")["Location"] == new_address(slot)
    assert browser.get("/accounts/verify/")["Location"] == "/patient/"


def test_another_address_has_to_be_confirmed_again(slot: Slot) -> None:
    user = make_patient().user
    browser = browser_of(user)
    assert browser.get(new_address(slot)).status_code == 200
    change_email(user=user, email="new@example.org")
    assert browser.get(new_address(slot))["Location"] == asked_first(slot)


def test_a_hospital_that_does_not_ask_books_at_once(newcomer: User, slot: Slot, settings: Any) -> None:
    settings.EMAIL_VERIFICATION_REQUIRED = False
    assert browser_of(newcomer).post(new_address(slot)).status_code == 302
    assert Booking.objects.get().slot == slot


@pytest.mark.parametrize("role", ["doctor", "staff"])
def test_who_may_not_book_is_told_that_and_asked_nothing(slot: Slot, role: str) -> None:
    user = make_doctor().user if role == "doctor" else StaffFactory()
    assert browser_of(user).get(new_address(slot)).status_code == 403
