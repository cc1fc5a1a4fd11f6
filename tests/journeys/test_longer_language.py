"""A language half as long again: pages keep their shape on a phone, and every word is one that can be translated."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.models import Booking
from bookings.tests.factories import make_booking
from patients.tests.factories import make_patient
from tests.journeys.conftest import PHONE, Arrives
from tests.journeys.support.hospital import doctor_with_times, slots_of
from tests.journeys.support.longer_language import english_of, longer, speak

# Words wider than their button, link or label, and words that a box with hidden overflow cuts off.
CUT = """() => {
  const shown = (on) => on.getClientRects().length && !on.closest(".visually-hidden, .visually-hidden-focusable");
  const pressed = [...document.querySelectorAll("main .btn, main button, main label, main .pills a")].filter(shown);
  const boxes = [...document.querySelectorAll("main *")].filter(shown)
    .filter((on) => ["hidden", "clip"].includes(getComputedStyle(on).overflowX) && on.textContent.trim());
  const cut = (on) => on.scrollWidth > on.clientWidth + 1 && getComputedStyle(on).display !== "inline";
  return [...pressed, ...boxes].filter(cut).map((on) => `${on.localName}.${on.className}: ${on.textContent.trim()}`);
}"""
# The days of the week strip can be moved sideways by a finger.
OFF_SCREEN = """() => [...document.querySelectorAll("main .btn, main button, main a")]
  .filter((on) => on.getClientRects().length && !on.closest(".visually-hidden, .visually-hidden-focusable, .week ol"))
  .filter((on) => { const box = on.getBoundingClientRect(); return box.left < -1 || box.right > innerWidth + 1; })
  .map((on) => on.textContent.trim())"""

# Typed by people, or the names of things: the same in every language.
DATA = {
    *("Ana", "Heart", "and", "vessels", "listen", "first", "Building", "room", "What", "here", "Cardiology"),
    *("Ada", "Byron", "Riverside", "Hospital", "Walk", "London"),
}


def pages(booking: Booking) -> list[tuple[str, str]]:
    """Who sees which page."""
    free = booking.doctor.slots.filter(state="FREE").earliest("starts_at")
    return [
        ("nobody", "/"),
        ("nobody", "/doctors/"),
        ("nobody", f"/doctors/{booking.doctor.slug}/"),
        ("nobody", "/accounts/login/"),
        ("nobody", "/accounts/signup/patient/"),
        ("patient", "/patient/"),
        ("patient", f"/bookings/new/?slot={free.pk}"),
        ("patient", reverse("bookings:detail", args=[booking.reference])),
        ("patient", reverse("bookings:cancel", args=[booking.reference])),
        ("doctor", "/doctor/"),
        ("doctor", "/doctor/availability/"),
        ("reception", "/staff/desk/"),
        ("reception", f"/staff/book/?patient={booking.patient.pk}&doctor={booking.doctor.slug}"),
    ]


@pytest.fixture
def booking(now: datetime) -> Booking:
    doctor = doctor_with_times(now)
    patient = make_patient(full_name="Ada Byron")
    return make_booking(slot=slots_of(doctor)[0], patient=patient, now=now)


@pytest.mark.parametrize("number", range(13))
def test_a_page_half_as_long_again_fits_a_phone_and_every_word_is_marked(
    arrives: Arrives, booking: Booking, settings: Any, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    who, path = pages(booking)[number]
    people = {"patient": booking.patient.user, "doctor": booking.doctor.user}
    visitor = arrives(width=PHONE)
    if who != "nobody":
        visitor.signs_in_as(people.get(who) or make_staff(StaffRole.RECEPTION))
    visitor.goes_to(path)  # what a process remembers of it is in English
    speak(settings, monkeypatch)

    visitor.goes_to(path)

    words = visitor.page.locator("main").inner_text()
    assert visitor.page.url.endswith(path)
    assert longer("o") in words
    assert visitor.page.evaluate(CUT) == []
    assert visitor.page.evaluate(OFF_SCREEN) == []
    assert english_of(words) - DATA - {*booking.reference.split("-")} == set()


def test_a_word_that_is_not_marked_would_be_found() -> None:
    assert english_of(f"{longer('Book an appointment')} with Dr Smith, 10:00am") == {"with", "Smith"}
    assert longer("%(count)s times <b>free</b>") == "%(count)s tíímééss <b>fréééé</b>".replace("éss", "és")
