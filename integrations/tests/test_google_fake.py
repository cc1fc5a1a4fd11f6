"""The stand-in is held to what Google's own client library says of the interface, and to the protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import requests

from integrations.google_calendar import config
from integrations.google_calendar.fake import FakeGoogle, running
from integrations.google_calendar.fake import calendar as fake_calendar
from integrations.google_calendar.fake.store import Consent
from integrations.tests.google import ACCOUNT, make_facts

FIELDS = {"calendarId", "eventId", "privateExtendedProperty", "singleEvents", "timeMin", "timeMax", "pageToken"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """What the installed library itself is built from."""
    text = (resources.files("googleapiclient") / "discovery_cache/documents/calendar.v3.json").read_text()
    return dict(json.loads(text))


@pytest.fixture
def fake() -> Iterator[FakeGoogle]:
    with running() as one:
        yield one


@pytest.fixture
def bearer(fake: FakeGoogle) -> dict[str, str]:
    token = fake.store.access_token_for(ACCOUNT, "stand-in", [config.EVENTS_SCOPE, config.BUSY_SCOPE])
    return {"Authorization": f"Bearer {token}"}


def methods(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    events = document["resources"]["events"]["methods"]
    used = {f"events.{name}": events[name] for name in ("insert", "get", "update", "patch", "delete", "list")}
    return used | {"freebusy.query": document["resources"]["freebusy"]["methods"]["query"]}


def test_every_operation_stands_where_the_document_says(document: dict[str, Any], fake: FakeGoogle) -> None:
    for name, method in methods(document).items():
        path = method["path"].format(calendarId="primary", eventId="abcde")
        requests.request(method["httpMethod"], f"{fake.url}/{document['servicePath']}{path}", timeout=60)
        assert fake.store.calls[-1] == name


def test_our_scopes_are_enough_by_the_document_and_no_wider_than_asked(document: dict[str, Any]) -> None:
    for name, method in methods(document).items():
        assert (config.BUSY_SCOPE if name == "freebusy.query" else config.EVENTS_SCOPE) in method["scopes"]
    described = document["auth"]["oauth2"]["scopes"]
    assert {config.EVENTS_SCOPE, config.BUSY_SCOPE} <= set(described)
    assert config.scopes(busy_times=False) == [config.EVENTS_SCOPE]


def test_the_stand_ins_scopes_are_the_documents(document: dict[str, Any]) -> None:
    known = {
        name: {scope.rpartition("/")[2] for scope in method["scopes"]} for name, method in methods(document).items()
    }

    assert fake_calendar.WRITES == known["events.insert"] == known["events.update"] == known["events.delete"]
    assert known["events.list"] >= fake_calendar.READS
    assert known["freebusy.query"] == fake_calendar.LOOKS


def test_what_we_send_and_ask_for_is_in_the_document(document: dict[str, Any]) -> None:
    schemas = document["schemas"]
    event = make_facts().as_event()

    assert set(event) <= set(schemas["Event"]["properties"])
    assert set(event["start"]) | set(event["end"]) <= set(schemas["EventDateTime"]["properties"])
    assert set(event["source"]) <= set(schemas["Event"]["properties"]["source"]["properties"])
    assert set(event["extendedProperties"]) <= set(schemas["Event"]["properties"]["extendedProperties"]["properties"])
    assert {"timeMin", "timeMax", "items"} <= set(schemas["FreeBusyRequest"]["properties"])
    asked = methods(document)["events.list"]["parameters"]
    assert {*FIELDS, "maxResults", "showDeleted"} - {"eventId"} <= set(asked)


def test_what_the_stand_in_answers_is_in_the_document(
    document: dict[str, Any], fake: FakeGoogle, bearer: dict[str, str]
) -> None:
    events = f"{fake.url}/calendar/v3/calendars/primary/events"
    made = requests.post(events, json=make_facts().as_event(), headers=bearer, timeout=60).json()
    listed = requests.get(events, params={"maxResults": 0}, headers=bearer, timeout=60).json()
    schemas = document["schemas"]

    assert set(made) <= set(schemas["Event"]["properties"])
    assert set(made["organizer"]) <= set(schemas["Event"]["properties"]["organizer"]["properties"])
    assert set(listed) <= set(schemas["Events"]["properties"])
    assert "nextPageToken" in listed


def test_patch_keeps_what_put_would_drop(fake: FakeGoogle, bearer: dict[str, str]) -> None:
    facts = make_facts()
    events = f"{fake.url}/calendar/v3/calendars/primary/events"
    made = requests.post(events, json=facts.as_event(), headers=bearer, timeout=60).json()
    one, edges = f"{events}/{facts.event_id}", {edge: made[edge] for edge in ("start", "end")}

    patched = requests.patch(one, json={"location": "Elsewhere"}, headers=bearer, timeout=60).json()
    assert (patched["summary"], patched["location"]) == (facts.summary, "Elsewhere")
    stale = requests.put(one, json=edges, headers={**bearer, "If-Match": made["etag"]}, timeout=60)
    assert stale.status_code == 412
    put = requests.put(one, json=edges, headers={**bearer, "If-Match": patched["etag"]}, timeout=60).json()
    assert "summary" not in put


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eA=="}])
def test_nobody_gets_in_without_a_token(fake: FakeGoogle, headers: dict[str, str]) -> None:
    answer = requests.get(f"{fake.url}/calendar/v3/calendars/primary/events", headers=headers, timeout=60)

    assert answer.status_code == 401
    assert answer.json()["error"]["errors"][0]["reason"] == "authError"


REQUEST = {
    "client_id": "stand-in",
    "redirect_uri": "http://localhost:8000/oauth2callback",
    "response_type": "code",
    "scope": config.EVENTS_SCOPE,
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",  # RFC 7636 appendix B
    "code_challenge_method": "S256",
    "state": "s",
}
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://evil.example/oauth2callback"},
        {"response_type": "token"},
        {"scope": ""},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
    ],
)
def test_a_wrong_request_gets_a_page_and_no_redirect(fake: FakeGoogle, wrong: dict[str, str]) -> None:
    for method in ("get", "post"):
        ask = getattr(requests, method)
        answer = ask(f"{fake.url}/o/oauth2/v2/auth", params=REQUEST | wrong, timeout=60, allow_redirects=False)

        assert answer.status_code == 400
        assert "Access blocked" in answer.text


def exchange(fake: FakeGoogle, code: str, **changed: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": "stand-in",
        "client_secret": "stand-in-secret",
        "redirect_uri": REQUEST["redirect_uri"],
        "code": code,
        "code_verifier": VERIFIER,
    }
    return requests.post(f"{fake.url}/token", data=form | changed, timeout=60)


def code_of(fake: FakeGoogle, *, made_at: float = 9e9) -> str:
    consent = Consent(
        ACCOUNT, "stand-in", REQUEST["redirect_uri"], REQUEST["code_challenge"], [config.EVENTS_SCOPE], True, made_at
    )
    return fake.store.allow(consent)


def test_a_code_is_good_once_and_only_with_its_verifier_and_address(fake: FakeGoogle) -> None:
    code = code_of(fake)
    assert exchange(fake, code).json()["refresh_token"].startswith("1//")
    assert exchange(fake, code).json()["error"] == "invalid_grant"
    assert exchange(fake, code_of(fake), code_verifier="x" * 43).json()["error"] == "invalid_grant"
    assert exchange(fake, code_of(fake), redirect_uri="http://localhost/").json()["error"] == "redirect_uri_mismatch"
    assert exchange(fake, code_of(fake), client_secret="guess").json()["error"] == "invalid_client"
    assert exchange(fake, code_of(fake, made_at=0)).json()["error"] == "invalid_grant"


def test_a_revoked_token_refreshes_no_more(fake: FakeGoogle) -> None:
    token = exchange(fake, code_of(fake)).json()["refresh_token"]
    refresh = {"grant_type": "refresh_token", "refresh_token": token}
    refresh |= {"client_id": "stand-in", "client_secret": "stand-in-secret"}
    assert requests.post(f"{fake.url}/token", data=refresh, timeout=60).json()["token_type"] == "Bearer"

    assert requests.post(f"{fake.url}/revoke", data={"token": token}, timeout=60).status_code == 200
    assert requests.post(f"{fake.url}/revoke", data={"token": token}, timeout=60).status_code == 400
    assert requests.post(f"{fake.url}/token", data=refresh, timeout=60).json()["error"] == "invalid_grant"


def test_a_person_sees_each_calendar_and_can_disturb_it(fake: FakeGoogle, bearer: dict[str, str]) -> None:
    june = datetime(2027, 6, 8, 9, 0, tzinfo=UTC)
    facts = make_facts(summary="<script>alert(1)</script>", starts_at=june, ends_at=june + timedelta(hours=1))
    events = f"{fake.url}/calendar/v3/calendars/primary/events"
    requests.post(events, json=facts.as_event(), headers=bearer, timeout=60)

    page = requests.get(fake.url, timeout=60).text
    assert "Stand-in for Google" in page
    assert ACCOUNT in page
    assert "&lt;script&gt;alert(1)" in page
    assert "2027-06-08 10:00 Europe/London" in page  # summer time
    assert "<script>" not in page

    span = {"email": ACCOUNT, "start": "2027-03-08T12:00", "end": "2027-03-08T13:00"}
    assert "Busy" in requests.post(f"{fake.url}/stand-in/busy", data=span, timeout=60).text
    requests.post(f"{fake.url}/stand-in/faults", data={"kind": "500", "times": "1"}, timeout=60)
    assert requests.get(events, headers=bearer, timeout=60).status_code == 500
    requests.post(f"{fake.url}/stand-in/revoke", data={"email": ACCOUNT}, timeout=60)
    assert requests.get(events, headers=bearer, timeout=60).status_code == 401


def test_it_remembers_across_a_restart_when_given_a_file(tmp_path: Path) -> None:
    path = tmp_path / "calendars.json"
    with running(path=path) as fake:
        token = fake.store.access_token_for(ACCOUNT, "stand-in", [config.EVENTS_SCOPE])
        events = f"{fake.url}/calendar/v3/calendars/primary/events"
        requests.post(events, json=make_facts().as_event(), headers={"Authorization": f"Bearer {token}"}, timeout=60)

    with running(path=path) as fake:
        assert len(fake.calendar(ACCOUNT)) == 1
    assert path.stat().st_mode & 0o077 == 0
