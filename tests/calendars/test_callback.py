"""Attacks on /oauth2callback, and accidents that look like them: refused in words, and no secret told (E1)."""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from core import clock
from integrations.google_calendar import config
from integrations.google_calendar.fake import FakeGoogle
from integrations.models import GoogleConnection
from integrations.tests.google import press
from integrations.tests.test_google_tokens import everything_stored
from patients.tests.factories import make_patient
from tests.calendars.browser import Browser, changed, connected

pytestmark = pytest.mark.django_db(transaction=True)
START_AGAIN = "Start again."
NOT_FINISHED = "Google couldn’t finish connecting your calendar."
NOT_ALLOWED = "You didn’t allow it"


def refused(browser: Browser, address: str, words: str) -> None:
    page = browser.come_back(address)
    assert words in page
    assert 'href="/calendar/connect/"' in page  # a way on
    assert connected() == []


def test_a_refusal_is_taken_as_one(patient: Browser) -> None:
    refused(patient, press(patient.start(), decision="refuse"), NOT_ALLOWED)


def test_an_answer_nobody_asked_for(patient: Browser) -> None:
    refused(patient, "/oauth2callback?state=made-up&code=4/made-up", START_AGAIN)


def test_an_answer_without_a_state(patient: Browser) -> None:
    refused(patient, changed(press(patient.start()), state=None), START_AGAIN)


def test_an_answer_without_anything(patient: Browser) -> None:
    refused(patient, "/oauth2callback", START_AGAIN)


def test_an_attackers_own_answer_slipped_to_somebody_else(patient: Browser) -> None:
    """Else the victim's appointments would go to the attacker's calendar (RFC 6749 section 10.12)."""
    attacker = Browser(make_patient().user)
    patient.start()

    refused(patient, press(attacker.start(), account="evil@stand-in.example"), START_AGAIN)


def test_an_attackers_code_under_the_victims_state(patient: Browser) -> None:
    """PKCE: the code belongs to another verifier."""
    attacker = Browser(make_patient().user)
    code = dict(parse_qsl(urlsplit(press(attacker.start())).query))["code"]

    refused(patient, changed(press(patient.start()), code=code), NOT_FINISHED)


def test_the_same_answer_twice(patient: Browser) -> None:
    answer = press(patient.start())
    assert "is connected" in patient.come_back(answer)
    before = GoogleConnection.objects.get().sealed_token

    assert START_AGAIN in patient.come_back(answer)
    assert GoogleConnection.objects.get().sealed_token == before


def test_a_code_that_was_used_before_under_a_fresh_state(patient: Browser) -> None:
    used = dict(parse_qsl(urlsplit(press(patient.start())).query))
    patient.come_back("/oauth2callback?" + urlencode(used))
    GoogleConnection.objects.all().delete()

    refused(patient, changed(press(patient.start()), code=used["code"]), NOT_FINISHED)


def test_an_answer_after_more_than_ten_minutes(patient: Browser, monkeypatch: Any) -> None:
    answer = press(patient.start())
    late = clock.now() + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: late)

    refused(patient, answer, START_AGAIN)


def test_an_answer_to_another_person_in_the_same_browser(patient: Browser) -> None:
    answer = press(patient.start())
    patient.client.force_login(make_patient().user)

    refused(patient, answer, START_AGAIN)


def test_an_attempt_carried_into_another_persons_session(patient: Browser) -> None:
    """The session itself says whose attempt it was."""
    answer = press(patient.start())
    other = Browser(make_patient().user)
    session = other.client.session
    session["google_calendar"] = patient.client.session["google_calendar"]
    session.save()

    refused(other, answer, START_AGAIN)


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable", "<script>alert(1)</script>"])
def test_an_error_in_place_of_a_code(patient: Browser, error: str) -> None:
    refused(patient, changed(press(patient.start()), code=None, error=error), NOT_FINISHED)
    assert "alert(1)" not in patient.pages[-1]


@pytest.mark.parametrize("code", [None, "", "x" * 5_000, "4/nonsense", "é\u202e"])
def test_a_code_that_is_none(patient: Browser, code: str | None) -> None:
    refused(patient, changed(press(patient.start()), code=code), NOT_FINISHED)


@pytest.mark.parametrize("kind", ["500", "503", "404", "hang", "drop", "garbage", "list", "invalid_grant"])
def test_google_in_trouble_while_the_code_is_exchanged(
    patient: Browser, google: FakeGoogle, kind: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(config, "TIMEOUT_SECONDS", 0.3)
    answer = press(patient.start())
    google.fail(kind, on="token")

    refused(patient, answer, NOT_FINISHED)
    google.release.set()


def test_an_answer_without_a_lasting_permission(patient: Browser) -> None:
    refused(patient, press(changed(patient.start(), access_type="online")), "didn’t give us lasting permission")


def test_signed_out_meanwhile_the_code_is_left_behind(patient: Browser) -> None:
    answer = press(patient.start())
    code = dict(parse_qsl(urlsplit(answer).query))["code"]
    patient.client.logout()

    page = patient.come_back(answer)

    assert "You’ve been signed out" in page
    assert 'value="/calendar/"' in page
    assert code not in page + "".join(patient.pages)
    assert connected() == []


def test_the_callback_takes_only_what_a_redirect_brings(patient: Browser) -> None:
    answer = urlsplit(press(patient.start()))
    path = f"{answer.path}?{answer.query}"

    assert patient.client.post(path).status_code == 405
    assert patient.client.head(path).status_code == 405
    assert "is connected" in patient.see(path)


def test_only_so_many_attempts_are_kept(patient: Browser) -> None:
    first, *others = [press(patient.start()) for _ in range(6)]

    refused(patient, first, START_AGAIN)
    assert "is connected" in patient.come_back(others[0])


# Secrets


def test_no_token_and_no_code_is_shown_logged_or_stored_in_clear(
    patient: Browser, google: FakeGoogle, caplog: Any
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = press(patient.start())
        verifier = next(iter(patient.client.session["google_calendar"].values()))["verifier"]
        patient.come_back(answer)
        patient.come_back(answer)
        patient.see("/calendar/")
    code = dict(parse_qsl(urlsplit(answer).query))["code"]
    (refresh,), (access, *_) = google.store.refresh_tokens, google.store.access_tokens
    secrets = [refresh, access, code, verifier, "stand-in-secret"]

    cookies = "".join(cookie.output() for cookie in patient.client.cookies.values())
    logged = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert caplog.records
    for place in ("".join(patient.pages), logged, everything_stored(), cookies):
        assert [secret for secret in secrets if secret in place] == []


def test_a_refused_code_is_not_logged_either(patient: Browser, caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        patient.come_back(changed(press(patient.start()), code="4/secret-code"))

    assert "Google refused a code: invalid_grant" in caplog.text
    assert "secret-code" not in caplog.text


def test_plain_http_is_allowed_only_when_all_of_it_stays_on_this_machine(
    google: FakeGoogle, monkeypatch: Any, settings: Any
) -> None:
    monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT", raising=False)
    local = settings.GOOGLE_TOKEN_URI
    settings.GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"
    config.allow_plain_http_at_home()
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ

    settings.GOOGLE_TOKEN_URI = local
    config.allow_plain_http_at_home()
    assert os.environ["OAUTHLIB_INSECURE_TRANSPORT"] == "1"
