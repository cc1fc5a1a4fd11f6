"""Google's own client library against the stand-in, over HTTP (E2)."""

from __future__ import annotations

import base64
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest

from integrations.errors import PermanentFailure, TemporaryFailure
from integrations.google_calendar import client, config
from integrations.google_calendar.errors import GrantRevoked
from integrations.google_calendar.events import BusyTime, EventFacts, event_id_for
from integrations.google_calendar.fake import FakeGoogle, server
from integrations.models import GoogleConnection
from integrations.tests.google import ACCOUNT, STARTS, make_connection, make_facts, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BOTH = (config.EVENTS_SCOPE, config.BUSY_SCOPE)


@pytest.fixture
def connection(google: FakeGoogle) -> GoogleConnection:
    return make_connection(google)


def test_an_event_says_what_it_was_told(google: FakeGoogle, connection: GoogleConnection) -> None:
    facts = make_facts()

    assert client.upsert_event(connection, facts) == ACCOUNT

    event = google.calendar(ACCOUNT)[facts.event_id]
    assert event["summary"] == "Appointment with Dr Smith"
    assert event["location"] == "1 Riverside Walk"
    assert event["start"] == {"dateTime": "2027-03-08T09:00:00+00:00", "timeZone": "Europe/London"}
    assert event["end"] == {"dateTime": "2027-03-08T09:30:00+00:00", "timeZone": "Europe/London"}
    assert event["source"]["url"] == "http://testserver/bookings/ABC/"
    assert event["visibility"] == "private"


def test_writing_it_twice_makes_one_event(google: FakeGoogle, connection: GoogleConnection) -> None:
    facts = make_facts()

    client.upsert_event(connection, facts)
    client.upsert_event(connection, facts)

    assert list(google.calendar(ACCOUNT)) == [facts.event_id]


def test_a_move_changes_the_event(google: FakeGoogle, connection: GoogleConnection) -> None:
    key = uuid.uuid4()
    client.upsert_event(connection, make_facts(key=key))

    client.upsert_event(connection, make_facts(key=key, sequence=1, starts_at=STARTS + HOUR, ends_at=STARTS + 2 * HOUR))

    (event,) = google.calendar(ACCOUNT).values()
    assert event["start"]["dateTime"] == "2027-03-08T10:00:00+00:00"
    assert event["sequence"] == 1


def test_an_event_its_owner_has_moved_on_at_google_is_still_put_right(
    google: FakeGoogle, connection: GoogleConnection
) -> None:
    """Google refuses a sequence below the one it has."""
    facts = make_facts()
    client.upsert_event(connection, facts)
    google.store.calendars[ACCOUNT][facts.event_id] |= {"sequence": 7, "summary": "Mine"}

    client.upsert_event(connection, facts)

    event = google.calendar(ACCOUNT)[facts.event_id]
    assert (event["summary"], event["sequence"]) == ("Appointment with Dr Smith", 7)


def test_an_event_deleted_at_google_is_revived(google: FakeGoogle, connection: GoogleConnection) -> None:
    facts = make_facts()
    client.upsert_event(connection, facts)
    client.delete_event(connection, facts.event_id)
    assert google.calendar(ACCOUNT) == {}

    client.upsert_event(connection, facts)

    assert list(google.calendar(ACCOUNT)) == [facts.event_id]


def test_deleting_what_is_gone_is_done_already(google: FakeGoogle, connection: GoogleConnection) -> None:
    facts = make_facts()
    client.upsert_event(connection, facts)

    client.delete_event(connection, facts.event_id)
    client.delete_event(connection, facts.event_id)  # 410
    client.delete_event(connection, event_id_for(uuid.uuid4()))  # 404

    assert google.calendar(ACCOUNT) == {}
    assert google.store.calls.count("events.delete") == 3


def test_only_our_own_events_are_looked_at(google: FakeGoogle, connection: GoogleConnection) -> None:
    early, late = make_facts(), make_facts(starts_at=STARTS + 24 * HOUR, ends_at=STARTS + 25 * HOUR)
    for facts in (early, late):
        client.upsert_event(connection, facts)
    private = {"id": "privateparty", "status": "confirmed", "summary": "Party"}
    private |= {edge: {"dateTime": STARTS.isoformat()} for edge in ("start", "end")}
    google.store.calendars[ACCOUNT]["privateparty"] = private

    assert [event.event_id for event in client.list_events(connection)] == [early.event_id, late.event_id]
    (seen,) = client.list_events(connection, STARTS - HOUR, STARTS + HOUR)
    assert (seen.event_id, seen.starts_at, seen.summary) == (early.event_id, STARTS, early.summary)
    assert client.list_events(connection, STARTS + HOUR, STARTS + 2 * HOUR) == []


def test_long_lists_come_in_pages(google: FakeGoogle, connection: GoogleConnection, monkeypatch: Any) -> None:
    monkeypatch.setattr("integrations.google_calendar.fake.calendar.PAGE", 2)
    wanted = [make_facts(starts_at=STARTS + n * HOUR, ends_at=STARTS + n * HOUR + HOUR / 2) for n in range(5)]
    for facts in wanted:
        client.upsert_event(connection, facts)
    google.store.calls.clear()

    assert [event.event_id for event in client.list_events(connection)] == [facts.event_id for facts in wanted]
    assert google.store.calls.count("events.list") == 3


def test_an_event_made_to_last_all_day_is_seen_without_times(google: FakeGoogle, connection: GoogleConnection) -> None:
    facts = make_facts()
    client.upsert_event(connection, facts)
    google.store.calendars[ACCOUNT][facts.event_id] |= {"start": {"date": "2027-03-08"}, "end": {"date": "2027-03-09"}}

    (seen,) = client.list_events(connection)

    assert (seen.starts_at, seen.ends_at) == (None, None)


def test_busy_times_are_told_with_the_doctors_further_consent(google: FakeGoogle) -> None:
    connection = make_connection(google, scopes=BOTH)
    client.upsert_event(connection, make_facts())
    client.upsert_event(connection, make_facts(starts_at=STARTS + HOUR / 4, ends_at=STARTS + HOUR))

    busy = client.busy_times(connection, STARTS - HOUR, STARTS + 24 * HOUR)

    assert busy == [BusyTime(STARTS, STARTS + HOUR)]


def test_without_that_consent_the_grant_does_not_reach_so_far(google: FakeGoogle, connection: GoogleConnection) -> None:
    with pytest.raises(GrantRevoked, match="insufficientPermissions"):
        client.busy_times(connection, STARTS, STARTS + HOUR)


@pytest.mark.parametrize("kind", ["500", "503", "403", "429", "401", "hang", "drop", "garbage", "list"])
@pytest.mark.parametrize("operation", ["insert", "delete", "list"])
def test_what_can_pass_is_worth_another_try(
    google: FakeGoogle, connection: GoogleConnection, kind: str, operation: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(config, "TIMEOUT_SECONDS", 0.3)
    google.fail(kind, times=9, on=f"events.{operation}")

    if operation == "delete" and kind in {"garbage", "list"}:
        return _call(connection, operation)  # Google's answer to a deletion says nothing anyway
    monkeypatch.setattr(server, "HANG_SECONDS", None)  # whoever doesn't give up by themselves waits for ever
    with pytest.raises(TemporaryFailure) as raised:
        _call(connection, operation)

    assert raised.value.retry_after == (timedelta(seconds=7) if kind == "429" else None)
    google.release.set()
    return None


def _call(connection: GoogleConnection, operation: str) -> None:
    calls = {
        "insert": lambda: client.upsert_event(connection, make_facts()),
        "delete": lambda: client.delete_event(connection, event_id_for(uuid.uuid4())),
        "list": lambda: client.list_events(connection),
    }
    calls[operation]()


def test_a_call_that_hangs_is_given_up_after_five_seconds() -> None:
    assert config.TIMEOUT_SECONDS == 5


def test_a_retry_after_a_lost_answer_makes_no_second_event(google: FakeGoogle, connection: GoogleConnection) -> None:
    facts = make_facts()
    google.fail("drop", times=2, on="events.insert")  # the library itself tries a dropped call once more
    with pytest.raises(TemporaryFailure):
        client.upsert_event(connection, facts)
    assert list(google.calendar(ACCOUNT)) == [facts.event_id]

    client.upsert_event(connection, facts)

    assert list(google.calendar(ACCOUNT)) == [facts.event_id]


def test_what_google_will_never_take_is_not_tried_again(google: FakeGoogle, connection: GoogleConnection) -> None:
    with pytest.raises(PermanentFailure, match="400"):
        client.upsert_event(connection, make_facts(ends_at=STARTS))
    with pytest.raises(PermanentFailure, match="400"):
        client.upsert_event(connection, make_facts(event_id="WXYZ-not-base32hex"))
    google.fail("404", on="events.list")
    with pytest.raises(PermanentFailure, match="404"):
        client.list_events(connection)


def test_a_withdrawn_consent_is_told_apart(google: FakeGoogle, connection: GoogleConnection) -> None:
    google.store.revoke(ACCOUNT)

    with pytest.raises(GrantRevoked, match="invalid_grant"):
        client.upsert_event(connection, make_facts())


@pytest.mark.parametrize("kind", ["hang", "drop", "garbage", "list", "503"])
def test_a_token_endpoint_in_trouble_is_worth_another_try(
    google: FakeGoogle, connection: GoogleConnection, kind: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(config, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", lambda _: None)  # google-auth's own patience
    google.fail(kind, times=9, on="token")

    with pytest.raises(TemporaryFailure):
        client.list_events(connection)

    google.release.set()


def test_a_client_secret_that_is_wrong_does_not_break_peoples_connections(
    google: FakeGoogle, connection: GoogleConnection, settings: Any
) -> None:
    settings.GOOGLE_CLIENT_SECRET = "mistyped"

    with pytest.raises(TemporaryFailure, match="invalid_client"):
        client.list_events(connection)


def test_nobody_at_home_is_worth_another_try(connection: GoogleConnection, settings: Any) -> None:
    settings.GOOGLE_TOKEN_URI = "http://127.0.0.1:9/token"

    with pytest.raises(TemporaryFailure, match="couldn’t be reached"):
        client.list_events(connection)


def test_a_row_given_to_another_person_can_not_be_used(google: FakeGoogle, connection: GoogleConnection) -> None:
    GoogleConnection.objects.filter(pk=connection.pk).update(user=make_user())
    stolen = GoogleConnection.objects.get()

    with pytest.raises(GrantRevoked, match="someone else"):
        client.list_events(stolen)

    assert google.store.calls == []


def test_ids_are_what_google_takes_and_come_back_the_same_for_the_same_key() -> None:
    key = uuid.UUID("12345678-1234-5678-1234-567812345678")

    made = event_id_for(key)

    assert re.fullmatch("[a-v0-9]{5,1024}", made)
    assert base64.b32hexdecode(made.upper() + "======") == key.bytes
    assert len({event_id_for(uuid.uuid4()) for _ in range(100)}) == 100


def test_facts_pass_through_the_outbox_unchanged() -> None:
    facts = make_facts()

    assert EventFacts.from_data(facts.as_data()) == facts
