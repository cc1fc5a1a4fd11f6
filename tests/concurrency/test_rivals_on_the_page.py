"""The same rush through the pages: 32 patients press "Confirm appointment" at the same moment (C3)."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path

import requests
from django.conf import settings
from django.test import Client
from django.urls import reverse

from bookings.models import Booking
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import PATIENCE, Answer, Crowd, values
from tests.concurrency.support.steps import diary
from tests.concurrency.test_rivals import assert_nobody_waits_in_vain, one_after_the_other
from tests.web_server import web_server

ROUNDS, SAMPLE = 10, 2
TIMES_SENT = 16
FOUND, CONFLICT = HTTPStatus.FOUND, HTTPStatus.CONFLICT
TOKEN = "k" * 32
logger = logging.getLogger(__name__)


def signed_in(patient: PatientProfile) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(patient.user)
    return client


def form_for(slot: Slot, key: str) -> dict[str, str]:
    return {"reason": "Cough", "notes": "I take aspirin", "doctor": slot.doctor.slug, "idempotency_key": key}


def path_of(slot: Slot) -> str:
    return f"{reverse('bookings:new')}?slot={slot.pk}"


def browser_of(patient: PatientProfile) -> requests.Session:
    """Somebody signed in who has the form before them; what a browser would send, no more."""
    session = requests.Session()
    name = settings.SESSION_COOKIE_NAME
    session.cookies.set(name, signed_in(patient).cookies[name].value)
    session.cookies.set(settings.CSRF_COOKIE_NAME, TOKEN)
    return session


def presses_confirm(browser: requests.Session, site: str, slot: Slot) -> Callable[[], requests.Response]:
    form = form_for(slot, f"form for {slot.pk}") | {"csrfmiddlewaretoken": TOKEN}
    return lambda: browser.post(site + path_of(slot), form, allow_redirects=False, timeout=PATIENCE)


def statuses(answers: list[Answer]) -> Counter[int | str]:
    """How many got which status; no answer at all counts under the error's name."""
    return Counter(type(answer.error).__name__ if answer.error else answer.value.status_code for answer in answers)


def test_one_of_32_is_booked_and_31_see_the_friendly_page_without_waiting_in_vain(
    crowd: Crowd, patients: list[PatientProfile], tmp_path: Path
) -> None:
    browsers = [browser_of(patient) for patient in patients]
    slots = diary(make_doctor(), ROUNDS + SAMPLE + 1)  # the last time stays free: there is something to offer

    with web_server(tmp_path, workers=2, threads=16) as site:
        crowd.rush([partial(browser.get, f"{site}/doctors/") for browser in browsers])  # its connections stand
        acts = [[presses_confirm(browser, site, slot) for browser in browsers] for slot in slots[:-1]]
        rushes = [crowd.rush(one_round) for one_round in acts[:ROUNDS]]
        calm = [one_after_the_other(crowd, one_round) for one_round in acts[ROUNDS:]]

    rounds = rushes + calm
    assert [statuses(answers) for answers in rounds] == [Counter({FOUND: 1, CONFLICT: 31})] * len(acts)
    losers = [page.text for answers in rounds for page in values(answers) if page.status_code == CONFLICT]
    assert len(losers) == 31 * len(acts)
    assert all("Someone has just taken this time" in text and "I take aspirin" in text for text in losers)
    assert invariants.broken() == {}
    assert_nobody_waits_in_vain(rushes, calm)


def test_the_same_form_pressed_16_times_leads_everyone_to_the_same_booking(
    crowd: Crowd, patients: list[PatientProfile]
) -> None:
    assert len(patients) >= ROUNDS
    for patient, slot in zip(patients, diary(make_doctor(), ROUNDS), strict=False):
        browsers = [signed_in(patient) for _ in range(TIMES_SENT)]

        answers = crowd.rush([partial(browser.post, path_of(slot), form_for(slot, "form")) for browser in browsers])

        assert statuses(answers) == Counter({FOUND: TIMES_SENT})
        booking = Booking.objects.get(slot=slot)
        assert {page["Location"] for page in values(answers)} == {reverse("bookings:detail", args=[booking.reference])}
    assert invariants.broken() == {}
