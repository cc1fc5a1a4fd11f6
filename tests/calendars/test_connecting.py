"""Connecting and disconnecting one's Google Calendar, through the pages and the stand-in (E1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from core import clock
from integrations import delivery
from integrations.choices import ConnectionStatus
from integrations.google_calendar import config
from integrations.google_calendar.fake import FakeGoogle
from integrations.models import GoogleConnection
from integrations.tests.google import ACCOUNT, press
from tests.calendars.browser import Browser, connected

pytestmark = pytest.mark.django_db(transaction=True)


def drain() -> None:
    delivery.drain(seconds=10, per_second=10_000)


def test_a_patient_connects_and_sees_it(patient: Browser, google: FakeGoogle) -> None:
    assert "Connect Google Calendar" in patient.see("/calendar/")
    assert "Continue to Google" in patient.see("/calendar/connect/")

    page = patient.connect()

    assert "Your Google Calendar is connected" in page
    assert patient.user
    assert connected() == [patient.user.username]
    row = GoogleConnection.objects.get()
    assert row.scopes == config.EVENTS_SCOPE
    assert row.refresh_token in google.store.refresh_tokens
    assert not row.closes_busy_times
    assert "Continue to Google" in patient.see("/calendar/connect/")


def test_what_is_asked_of_google_is_least_and_bound_to_this_attempt(patient: Browser) -> None:
    query = parse_qs(urlsplit(patient.start()).query)

    assert query["scope"] == [config.EVENTS_SCOPE]
    assert query["code_challenge_method"] == ["S256"]
    assert query["access_type"] == ["offline"]
    assert query["redirect_uri"] == ["http://localhost:8000/oauth2callback"]
    assert len(query["state"][0]) > 40
    assert "code_verifier" not in query
    assert "client_secret" not in query


def test_only_a_doctor_is_asked_about_busy_times_and_may_say_so(doctor: Browser, patient: Browser) -> None:
    assert "busy_times" in doctor.see("/calendar/connect/")
    assert "busy_times" not in patient.see("/calendar/connect/")
    assert config.BUSY_SCOPE not in parse_qs(urlsplit(patient.start(busy_times="on")).query)["scope"][0]

    doctor.connect(busy_times="on")

    row = GoogleConnection.objects.get()
    assert row.closes_busy_times
    assert set(row.scopes.split()) == {config.EVENTS_SCOPE, config.BUSY_SCOPE}
    assert "Close my free times" in doctor.see("/calendar/")
    assert " checked" in doctor.see("/calendar/connect/")


def test_a_doctor_who_unticks_busy_times_at_google_is_connected_without(doctor: Browser) -> None:
    page = doctor.come_back(press(doctor.start(busy_times="on"), refuse=(config.BUSY_SCOPE,)))

    assert "Your Google Calendar is connected" in page
    assert not GoogleConnection.objects.get().closes_busy_times


def test_who_unticks_the_events_is_told_what_is_missing(doctor: Browser) -> None:
    page = doctor.come_back(press(doctor.start(busy_times="on"), refuse=(config.EVENTS_SCOPE,)))

    assert "leave the box about your events ticked" in page
    assert connected() == []


def test_two_tabs_each_have_their_own_attempt(patient: Browser) -> None:
    one, two = press(patient.start()), press(patient.start())

    assert "is connected" in patient.come_back(two)
    assert "is connected" in patient.come_back(one)
    assert len(connected()) == 1


def test_connecting_again_takes_the_place_of_what_was(patient: Browser) -> None:
    patient.connect()
    first = GoogleConnection.objects.get()
    GoogleConnection.objects.update(status=ConnectionStatus.BROKEN, broken_at=clock.now(), told_at=clock.now())
    assert "Connect again" in patient.see("/calendar/")

    patient.connect()

    row = GoogleConnection.objects.get()
    assert (row.pk, row.status, row.broken_at, row.told_at) == (first.pk, "CONNECTED", None, None)
    assert row.sealed_token != first.sealed_token


# Disconnecting


def test_disconnecting_asks_first_and_then_takes_all_back(patient: Browser, google: FakeGoogle) -> None:
    patient.connect()
    assert "Your appointments will stay booked" in patient.see("/calendar/disconnect/")
    assert len(connected()) == 1

    assert "has been disconnected" in patient.client.post("/calendar/disconnect/", follow=True).content.decode()
    assert "still disconnecting" in patient.see("/calendar/connect/")
    drain()

    assert GoogleConnection.objects.count() == 0
    assert google.store.refresh_tokens == {}
    assert "Connect Google Calendar" in patient.see("/calendar/")
    patient.connect()
    assert len(connected()) == 1


def test_disconnecting_works_while_google_does_not_answer(patient: Browser, google: FakeGoogle) -> None:
    patient.connect()
    google.store.calls.clear()

    patient.client.post("/calendar/disconnect/")

    assert google.store.calls == []
    assert connected() == []


def test_one_persons_connection_is_nothing_to_another(patient: Browser, doctor: Browser) -> None:
    patient.connect()

    assert "Disconnect" not in doctor.see("/calendar/")
    doctor.client.post("/calendar/disconnect/")

    assert len(connected()) == 1


# Switched off, and the way there


def test_without_a_client_id_the_page_says_who_can_switch_it_on(patient: Browser, settings: Any) -> None:
    settings.GOOGLE_CLIENT_ID = ""

    for path in ("/calendar/", "/calendar/connect/", "/oauth2callback?state=x&code=y"):
        page = patient.see(path)
        assert "GOOGLE_CLIENT_ID" in page
        assert 'href="/calendar/connect/"' not in page


def test_the_form_may_lead_to_google_and_no_other_page_may(patient: Browser, google: FakeGoogle) -> None:
    policies = {
        path: patient.client.get(path)["Content-Security-Policy"] for path in ("/calendar/", "/calendar/connect/")
    }

    assert f"form-action 'self' {google.url};" in policies["/calendar/connect/"] + ";"
    assert google.url not in policies["/calendar/"]


def test_the_way_leads_from_ones_own_details(patient: Browser, doctor: Browser) -> None:
    assert 'href="/calendar/"' in patient.see("/patient/profile/")
    assert 'href="/calendar/"' in doctor.see("/doctor/profile/")


def test_the_stand_in_is_asked_for_nothing_it_does_not_show(patient: Browser) -> None:
    page = requests.get(patient.start(), timeout=60).text

    assert "Allow (Stand-in for Google)" in page
    assert ACCOUNT in page
    assert "freebusy" not in page
