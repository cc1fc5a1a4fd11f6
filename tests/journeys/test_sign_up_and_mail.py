"""What comes by mail on the way: confirming the address before the first booking, and a new password (A6, D2, D7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import PASSWORD
from bookings.models import Booking
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives
from tests.journeys.support.hospital import doctor_with_times, slots_of
from tests.journeys.support.post import Post, post_office
from tests.journeys.support.visitor import Visitor

TEN = "10:00am with Dr Ana Álvarez"
POLLS = 6_000  # milliseconds; the page that waits asks more often
NEW_PASSWORD = "quiet-harbour-at-dawn"


@pytest.fixture
def post(tmp_path: Path, settings: Any, live_server: Any) -> Iterator[Post]:
    settings.BASE_URL = live_server.url
    with post_office(tmp_path, settings) as post:
        yield post


def signs_up(visitor: Visitor) -> Visitor:
    visitor.fills(full_name="Wanda Wanderer", e_mail="wanda@example.org", phone_number="020 7946 0123")
    visitor.fills(day="31", month="3", year="1980", password=PASSWORD)
    return visitor.presses("Create account", within=visitor.page.locator("main"))


def opens_letter(visitor: Visitor, subject: str, *, to: str) -> Visitor:
    return visitor.goes_to(f"/dev/inbox/?to={to}").follows(subject).is_on(subject)


def follows_the_letters_button(visitor: Visitor, words: str) -> Visitor:
    """The button in the letter itself, which leads to the whole window."""
    button = visitor.page.frame_locator("iframe").get_by_role("link", name=words)
    with visitor.page.expect_navigation(wait_until="load"):
        button.click()
    return visitor.looks_around()


def subjects(visitor: Visitor, *, to: str) -> list[str]:
    visitor.goes_to(f"/dev/inbox/?to={to}")
    return [link.inner_text() for link in visitor.page.locator("#letters a[href^='/dev/inbox/']").all()]


def test_a_stranger_signs_up_confirms_the_address_and_books(
    arrives: Arrives, now: datetime, post: Post, width: int
) -> None:
    doctor = doctor_with_times(now, email="doctor@example.org")
    stranger = arrives(width=width)

    # When somebody nobody knows chooses a time and makes an account
    stranger.goes_to(f"/doctors/{doctor.slug}/").follows(TEN).follows("Create a patient account")
    signs_up(stranger)

    # Then their address comes first
    stranger.is_on("Check your e-mail").sees("wanda@example.org").sees("You’ll carry on where you left off")
    stranger.presses("I’ve confirmed it – continue").sees("Not confirmed yet")
    stranger.presses("Send it again").sees("We’ve already sent you one")

    # When they open the letter and follow its link
    post.goes_out()
    opens_letter(stranger, "Confirm your e-mail address", to="wanda")
    follows_the_letters_button(stranger, "Confirm my address").is_on("Confirm your e-mail address")
    assert not User.objects.get(email="wanda@example.org").email_verified
    stranger.presses("Yes, confirm")

    # Then they are where they wanted to be, and both are told of the appointment
    stranger.is_on("Check your appointment").sees("10:00am to 10:30am").sees("is confirmed")
    stranger.presses("Request this appointment").is_on("Request sent")
    assert Booking.objects.get().slot == slots_of(doctor)[0]
    post.goes_out()
    assert Booking.objects.get().reference in newest_letter(stranger, to="wanda")
    assert len(subjects(stranger, to="wanda")) == 3  # welcome, the link, the appointment
    assert any("10:00am" in subject for subject in subjects(stranger, to="doctor@"))


def newest_letter(visitor: Visitor, *, to: str) -> str:
    visitor.goes_to(f"/dev/inbox/?to={to}")
    visitor.goes_to(str(visitor.page.locator("#letters a[href^='/dev/inbox/']").first.get_attribute("href")))
    return visitor.page.locator(".letter-text").inner_text()


def test_the_page_left_open_goes_on_by_itself(arrives: Arrives, now: datetime, post: Post) -> None:
    doctor = doctor_with_times(now)
    patient = make_patient(verified=False, email="wanda@example.org")
    waiting = arrives().signs_in_as(patient.user)
    waiting.page.clock.install()
    waiting.goes_to(f"/doctors/{doctor.slug}/").follows(TEN).is_on("Confirm your e-mail address first")
    waiting.presses("Send it again").sees("We’ve sent a link to wanda@example.org")

    # When the link is followed on another device
    post.goes_out()
    phone = arrives(width=390)
    opens_letter(phone, "Confirm your e-mail address", to="wanda")
    follows_the_letters_button(phone, "Confirm my address").presses("Yes, confirm")
    phone.is_on("Sign in").sees("Your e-mail address wanda@example.org is confirmed")

    # Then the page at home notices
    with waiting.page.expect_navigation(wait_until="load"):
        waiting.page.clock.fast_forward(POLLS)
    waiting.looks_around().is_on("Check your appointment")


def test_without_javascript_the_address_is_confirmed_too(arrives: Arrives, now: datetime, post: Post) -> None:
    doctor = doctor_with_times(now)
    stranger = arrives(javascript=False)
    stranger.goes_to(f"/doctors/{doctor.slug}/").follows(TEN).follows("Create a patient account")
    signs_up(stranger).is_on("Check your e-mail")

    post.goes_out()
    opens_letter(stranger, "Confirm your e-mail address", to="wanda")
    follows_the_letters_button(stranger, "Confirm my address").presses("Yes, confirm")

    stranger.is_on("Check your appointment").presses("Request this appointment").is_on("Request sent")


def test_a_mistyped_address_is_changed_on_the_way(arrives: Arrives, now: datetime, post: Post, width: int) -> None:
    doctor = doctor_with_times(now)
    patient = make_patient(verified=False, email="wnada@example.org").user
    visitor = arrives(width=width).signs_in_as(patient)
    visitor.goes_to(f"/doctors/{doctor.slug}/").follows(TEN).is_on("Confirm your e-mail address first")

    visitor.follows("Change it").is_on("Change your e-mail address").fills(new_e_mail="wanda@example.org").presses(
        "Send the link"
    )

    visitor.is_on("Confirm your e-mail address first").sees("wanda@example.org")
    post.goes_out()
    opens_letter(visitor, "Confirm your e-mail address", to="wanda")
    follows_the_letters_button(visitor, "Confirm my address").presses("Yes, confirm").is_on("Check your appointment")


def test_a_forgotten_password_is_replaced(arrives: Arrives, now: datetime, post: Post, width: int) -> None:
    user = make_patient(full_name="Pia Patient", email="pia@example.org").user
    elsewhere = arrives().signs_in_as(user).goes_to("/patient/").is_on("Hello, Pia Patient")
    visitor = arrives(width=width)

    # When they ask for a link
    visitor.goes_to("/accounts/login/").follows("Forgotten your password?").is_on("Reset your password")
    visitor.fills(e_mail="pia@example.org").presses("Send the link").is_on("Check your e-mail")

    # Then the letter leads to a new password
    post.goes_out()
    opens_letter(visitor, "Reset your password", to="pia")
    follows_the_letters_button(visitor, "Choose a new password").is_on("Choose a new password")
    visitor.page.locator("input[name=password1]").fill(NEW_PASSWORD)
    visitor.page.locator("input[name=password2]").fill(NEW_PASSWORD)
    visitor.presses("Save new password").is_on("Password changed")

    # And every session ends, the owner is told, and the new one opens the door
    elsewhere.goes_to("/patient/").is_on("Sign in")
    post.goes_out()
    opens_letter(visitor, "Your password was reset", to="pia").goes_to("/accounts/login/")
    visitor.page.locator("input[name=login]").fill("pia@example.org")
    visitor.page.locator("input[name=password]").fill(NEW_PASSWORD)
    visitor.presses("Sign in", within=visitor.page.locator("main")).is_on("Hello, Pia Patient")


def test_the_remaining_pages_are_sound(arrives: Arrives, now: datetime, width: int) -> None:
    visitor = arrives(width=width)
    visitor.goes_to("/accounts/password/reset/key/1-abc/").is_on("This link no longer works")
    visitor.goes_to("/accounts/confirm-email/abc/").is_on("This link no longer works")
    visitor.goes_to("/accounts/password/reset/").fills(e_mail="no address").presses("Send the link")
    visitor.sees("Enter an e-mail address in the right form")
    owner = make_patient(email="pia@example.org").user
    visitor.signs_in_as(owner).goes_to("/accounts/email/").is_on("Change your e-mail address")
    visitor.fills(new_e_mail="new@example.org").presses("Send the link").sees("We’ve sent a link to new@example.org")
    visitor.goes_to("/accounts/email/").sees("hasn’t been confirmed yet")
    visitor.presses("Keep my current address").sees("Your e-mail address stays as it is")
