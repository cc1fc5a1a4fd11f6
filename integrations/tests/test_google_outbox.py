"""Events travel by the outbox (E2), and a broken connection is told of once."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from accounts.models import User
from core import clock
from integrations import delivery
from integrations.choices import Channel, ConnectionStatus, MessageStatus
from integrations.google_calendar import client, config, selectors, services
from integrations.google_calendar.fake import FakeGoogle
from integrations.google_calendar.services import EventChange
from integrations.models import GoogleConnection, OutgoingMessage
from integrations.outbox import enqueue
from integrations.tests.google import ACCOUNT, make_connection, make_facts, make_grant, make_user

pytestmark = pytest.mark.django_db(transaction=True)
LATER = timedelta(minutes=5)


def write(*changes: EventChange) -> None:
    with transaction.atomic():
        enqueue(services.google_events(changes), now=clock.now())


def upsert(user: User, **facts: Any) -> EventChange:
    return EventChange(user_id=user.pk, operation="upsert", facts=make_facts(**facts))


def drain(after: timedelta = timedelta(0)) -> int:
    """What a worker does, `after` from now; mails are not its business here."""
    channels = {Channel.GOOGLE: delivery.CHANNELS[Channel.GOOGLE], Channel.EMAIL: lambda _: None}
    return delivery.drain(seconds=20, per_second=10_000, clock=lambda: clock.now() + after, channels=channels)


def states() -> list[str]:
    rows = OutgoingMessage.objects.filter(channel=Channel.GOOGLE).order_by("pk")
    return list(rows.values_list("status", flat=True))


def notices() -> list[dict[str, Any]]:
    """What the owner is told, but that they have connected it."""
    told = [message.data for message in OutgoingMessage.objects.filter(action="ACCOUNT_NOTICE")]
    return [data for data in told if data["notice"] != "CALENDAR_CONNECTED"]


@pytest.fixture
def owner(google: FakeGoogle) -> User:
    owner = make_connection(google).user
    [told] = OutgoingMessage.objects.all()
    assert told.data["notice"] == "CALENDAR_CONNECTED"
    told.delete()  # what is delivered below is for the calendar
    return owner


def test_an_event_reaches_the_calendar_and_leaves_it(google: FakeGoogle, owner: User) -> None:
    change = upsert(owner)
    write(change)
    drain()
    assert list(google.calendar(ACCOUNT)) == [change.facts.event_id]

    write(EventChange(user_id=owner.pk, operation="delete", facts=change.facts))
    drain()

    assert google.calendar(ACCOUNT) == {}
    assert states() == [MessageStatus.SENT] * 2


def test_who_has_not_connected_costs_one_query_and_no_message(
    google: FakeGoogle, owner: User, django_assert_num_queries: Any
) -> None:
    other = make_user()

    with django_assert_num_queries(1):
        drafts = services.google_events([upsert(owner), upsert(other)])

    assert [draft.data["user_id"] for draft in drafts] == [owner.pk]


def test_switched_off_it_costs_nothing(owner: User, settings: Any, django_assert_num_queries: Any) -> None:
    settings.GOOGLE_CLIENT_ID = ""

    with django_assert_num_queries(0):
        assert services.google_events([upsert(owner)]) == []


def test_each_change_is_sent_once_and_after_connecting_anew_again(google: FakeGoogle, owner: User) -> None:
    change = upsert(owner)
    write(change)
    write(change)
    assert len(states()) == 1

    write(EventChange(user_id=owner.pk, operation="upsert", facts=change.facts, occasion="repair:2027-03-08"))
    GoogleConnection.objects.update(connected_at=clock.now() + timedelta(hours=1))
    write(change)

    assert len(states()) == 3


@pytest.mark.parametrize("kind", ["500", "403", "429", "hang", "drop"])
def test_after_any_fault_the_event_arrives_once(google: FakeGoogle, owner: User, kind: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(config, "TIMEOUT_SECONDS", 0.3)
    google.fail(kind, times=2, on="events.insert")
    change = upsert(owner)
    write(change)

    assert drain() == 1
    assert states() == [MessageStatus.QUEUED]
    google.release.set()
    google.store.faults.clear()
    drain(LATER)

    assert states() == [MessageStatus.SENT]
    assert list(google.calendar(ACCOUNT)) == [change.facts.event_id]
    assert len(google.store.calendars[ACCOUNT]) == 1


@pytest.mark.parametrize("kind", ["404", "410"])
def test_what_somebody_took_out_at_google_counts_as_deleted(google: FakeGoogle, owner: User, kind: str) -> None:
    google.fail(kind, on="events.delete")
    write(EventChange(user_id=owner.pk, operation="delete", facts=make_facts()))

    drain()

    assert states() == [MessageStatus.SENT]


def test_no_connection_is_open_to_the_database_transaction_while_google_is_asked(
    google: FakeGoogle, owner: User, monkeypatch: Any
) -> None:
    inside: list[bool] = []
    connect = socket.socket.connect

    def watch(self: socket.socket, address: Any) -> None:
        if self.family == socket.AF_INET:
            inside.append(database.in_atomic_block)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watch)
    write(upsert(owner))
    drain()

    assert inside
    assert not any(inside)


def test_a_withdrawn_consent_breaks_the_connection_and_is_told_once(google: FakeGoogle, owner: User) -> None:
    google.store.revoke(ACCOUNT)
    write(upsert(owner), upsert(owner), upsert(owner))

    drain()

    row = GoogleConnection.objects.get()
    assert row.status == ConnectionStatus.BROKEN
    assert row.told_at == row.broken_at is not None
    (notice,) = notices()
    assert notice["notice"] == "CALENDAR_DISCONNECTED"
    assert notice["to"]["email"] == owner.email
    assert notice["url"] == "http://testserver/calendar/"
    assert states() == [MessageStatus.DROPPED] * 3
    assert google.store.calls.count("token.refresh_token") == 1  # the others were not even tried
    assert services.google_events([upsert(owner)]) == []


def test_a_failure_of_an_earlier_grant_does_not_break_the_new_one(google: FakeGoogle, owner: User) -> None:
    seen = GoogleConnection.objects.get()
    services.connect(user=owner, grant=make_grant(google), busy_times=False, now=clock.now())

    services.mark_broken(seen, now=clock.now())

    assert GoogleConnection.objects.get().status == ConnectionStatus.CONNECTED
    assert notices() == []


def test_connecting_again_mends_it_and_a_second_break_is_told_again(google: FakeGoogle, owner: User) -> None:
    services.mark_broken(GoogleConnection.objects.get(), now=clock.now())
    first = GoogleConnection.objects.get()
    services.mark_broken(first, now=clock.now())
    assert GoogleConnection.objects.get().told_at == first.told_at
    assert len(notices()) == 1

    services.connect(user=owner, grant=make_grant(google), busy_times=False, now=clock.now())
    write(upsert(owner))
    drain()

    assert len(google.calendar(ACCOUNT)) == 1
    assert GoogleConnection.objects.get().google_email == ACCOUNT
    services.mark_broken(GoogleConnection.objects.get(), now=clock.now())
    assert len(notices()) == 2


def test_leaving_takes_our_events_out_and_the_permission_back(google: FakeGoogle, owner: User) -> None:
    write(upsert(owner), upsert(owner))
    drain()
    private = {**next(iter(google.calendar(ACCOUNT).values())), "id": "party", "extendedProperties": {}}
    google.store.calendars[ACCOUNT]["party"] = private

    services.disconnect(user=owner, keep_events=False, now=clock.now())
    assert selectors.own_connection(owner) is None
    assert services.google_events([upsert(owner)]) == []
    drain()

    assert list(google.calendar(ACCOUNT)) == ["party"]
    assert google.store.refresh_tokens == {}
    assert GoogleConnection.objects.count() == 0


def test_leaving_may_keep_the_events(google: FakeGoogle, owner: User) -> None:
    write(upsert(owner))
    drain()

    services.disconnect(user=owner, keep_events=True, now=clock.now())
    drain()

    assert len(google.calendar(ACCOUNT)) == 1
    assert google.store.refresh_tokens == {}
    assert GoogleConnection.objects.count() == 0


@pytest.mark.parametrize("operation", ["events.list", "events.delete", "revoke"])
def test_leaving_is_finished_when_google_is_back(google: FakeGoogle, owner: User, operation: str) -> None:
    write(upsert(owner))
    drain()
    google.fail("500", on=operation)
    services.disconnect(user=owner, keep_events=False, now=clock.now())

    drain()
    assert selectors.is_leaving(owner)
    drain(LATER)

    assert google.calendar(ACCOUNT) == {}
    assert google.store.refresh_tokens == {}
    assert GoogleConnection.objects.count() == 0


def test_leaving_where_the_permission_is_gone_already(google: FakeGoogle, owner: User) -> None:
    google.store.revoke(ACCOUNT)
    services.disconnect(user=owner, keep_events=False, now=clock.now())

    drain()

    assert GoogleConnection.objects.count() == 0
    assert notices() == []


def test_leaving_does_not_take_a_connection_made_meanwhile(google: FakeGoogle, owner: User) -> None:
    services.disconnect(user=owner, keep_events=False, now=clock.now())
    services.connect(user=owner, grant=make_grant(google), busy_times=False, now=clock.now())

    drain()

    assert GoogleConnection.objects.get().status == ConnectionStatus.CONNECTED
    assert states() == [MessageStatus.DROPPED]


def test_who_is_not_connected_can_not_leave() -> None:
    with pytest.raises(services.NotConnected):
        services.disconnect(user=make_user(), keep_events=False, now=clock.now())


def test_clearing_a_full_calendar_takes_more_than_one_try(google: FakeGoogle, owner: User, monkeypatch: Any) -> None:
    write(*(upsert(owner) for _ in range(3)))
    drain()
    monkeypatch.setattr(client, "_LONGEST_CLEARING", 0.0)

    services.disconnect(user=owner, keep_events=False, now=clock.now())
    left = []
    for round_ in range(1, 5):
        drain(round_ * LATER)
        left.append(len(google.calendar(ACCOUNT)))

    assert left == [2, 1, 0, 0]
    assert GoogleConnection.objects.count() == 0


def test_while_switched_off_messages_wait(owner: User, google: FakeGoogle, settings: Any) -> None:
    write(upsert(owner))
    settings.GOOGLE_CLIENT_ID = ""
    drain()
    assert states() == [MessageStatus.QUEUED]

    settings.GOOGLE_CLIENT_ID = "stand-in"
    drain(LATER)

    assert len(google.calendar(ACCOUNT)) == 1


def test_connections_wait_to_be_filled_until_somebody_did(google: FakeGoogle, owner: User) -> None:
    (row,) = selectors.connections_to_backfill()
    assert row.user == owner

    services.mark_backfilled(row, now=clock.now())
    assert selectors.connections_to_backfill() == []

    services.connect(user=owner, grant=make_grant(google), busy_times=False, now=clock.now())
    assert len(selectors.connections_to_backfill()) == 1
