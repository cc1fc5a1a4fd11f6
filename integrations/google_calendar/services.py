"""Connecting and disconnecting a person's Google Calendar, and what other rooms write into it.

    enqueue(google_events([EventChange(user_id=…, operation="upsert", facts=EventFacts(…)), …]), now=now)

inside the transaction of the change. Nothing here speaks to Google: that is done by `deliver`, afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.access import Access, AccessKind
from accounts.models import User
from accounts.services import ERASED_ERRORS, lock_as_seen
from core.db import short_transaction
from core.errors import DomainError, translated
from core.web.links import absolute_url
from integrations.choices import Channel, ConnectionStatus
from integrations.errors import PermanentFailure, TemporaryFailure, TimedOut
from integrations.google_calendar import client, config, locks, selectors
from integrations.google_calendar.config import is_on
from integrations.google_calendar.errors import GrantRevoked
from integrations.google_calendar.events import BusyTime, EventFacts, SeenEvent, event_id_for
from integrations.google_calendar.oauth import Grant
from integrations.models import GoogleConnection
from integrations.outbox import Draft, email, enqueue

logger = logging.getLogger(__name__)

__all__ = [
    "BusyTime",
    "EventChange",
    "EventFacts",
    "SeenEvent",
    "busy_times",
    "connect",
    "disconnect",
    "event_drafts",
    "event_id_for",
    "forget",
    "google_events",
    "has_calendar",
    "is_on",
    "leave",
    "mark_backfilled",
    "mark_broken",
    "note_address",
    "own_events",
    "set_busy_looked_at",
]


_ALL_BUT_USER = [
    "sealed_token",
    "scopes",
    "google_email",
    "status",
    "connected_at",
    "broken_at",
    "told_at",
    "backfilled_at",
    "closes_busy_times",
    "busy_looked_at",
]


class NotConnected(DomainError):
    message = _("Your calendar isn’t connected.")
    code = "calendar_not_connected"


@dataclass(frozen=True, kw_only=True)
class EventChange:
    """What one person's calendar is to show, or no longer to show.

    `occasion` tells apart changes of one sequence, such as repairs; without it each sequence is sent once.
    """

    user_id: int
    operation: Literal["upsert", "delete"]
    facts: EventFacts
    occasion: str = ""


def google_events(changes: Iterable[EventChange]) -> list[Draft]:
    """Drafts for those whose calendar is connected: one query for all of them, none when Google is switched off.

    Changes of one event leave in the order they were written.
    """
    wanted = list(changes)
    if not wanted or not is_on():
        return []
    since = selectors.connected_since(change.user_id for change in wanted)
    return [_draft(change, since[change.user_id]) for change in wanted if change.user_id in since]


def has_calendar(user: User) -> bool:
    """Whether anything is written into a calendar of theirs; no query for an account loaded with its connection."""
    return is_on() and selectors.live_connection_of(user) is not None


def event_drafts(changes: Iterable[tuple[User, EventChange]]) -> list[Draft]:
    """The same without any query, for accounts loaded together with their connection.

    Say `select_related("…__google_connection")` where they are read: otherwise each costs a query of its own.
    """
    if not is_on():
        return []
    found = [(change, selectors.live_connection_of(user)) for user, change in changes]
    return [_draft(change, connection.connected_at) for change, connection in found if connection]


def _draft(change: EventChange, connected_at: datetime) -> Draft:
    event_id, stamp = change.facts.event_id, int(connected_at.timestamp())
    told = f"{change.facts.sequence}:{change.operation}:{change.occasion}"
    return Draft(
        channel=Channel.GOOGLE,
        action=f"EVENT_{change.operation.upper()}",
        data={"user_id": change.user_id, "operation": change.operation, "event": change.facts.as_data()},
        dedupe_key=f"google:{change.user_id}:{stamp}:{event_id}:{told}",
        stream=selectors.event_stream(change.user_id, event_id),
    )


def connect(*, user: User, grant: Grant, busy_times: bool, now: datetime) -> None:
    """Keep what Google granted, in place of what there was, and tell the owner by mail.

    Busy times close free ones only if granted as well. Raises AccountChanged, Busy.
    """
    row = GoogleConnection(
        user=user,
        sealed_token=GoogleConnection.seal_token(user.pk, grant.refresh_token),
        scopes=" ".join(sorted(grant.scopes)),
        status=ConnectionStatus.CONNECTED,
        connected_at=now,
        closes_busy_times=busy_times and config.BUSY_SCOPE in grant.scopes,
    )
    with translated(ERASED_ERRORS), short_transaction():
        GoogleConnection.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["user"], update_fields=_ALL_BUT_USER
        )
        enqueue([_connected_mail(row)], now=now)
        lock_as_seen(user)


def _connected_mail(connection: GoogleConnection) -> Draft:
    return email(
        to=connection.user,
        action="ACCOUNT_NOTICE",
        data={"notice": "CALENDAR_CONNECTED", "url": absolute_url("accounts:security")},
        dedupe_key=f"google-connected:{connection.user_id}:{connection.connected_at.isoformat()}",
        stream=f"account-mail:{connection.user_id}",
    )


def disconnect(*, user: User, keep_events: bool, now: datetime) -> None:
    """Stop at once; Google is told, and our events are taken out there, as soon as it answers.

    Raises NotConnected, Busy.
    """
    with translated({}), short_transaction():
        if not leave(user=user, keep_events=keep_events, now=now):
            raise NotConnected


def leave(*, user: User, keep_events: bool, now: datetime) -> bool:
    """`disconnect` inside the caller's transaction: an account is being closed. Says whether there was a connection."""
    found = selectors.own_connection(user)
    connection = locks.connection(found.pk) if found else None
    if connection is None or connection.status == ConnectionStatus.LEAVING:
        return False
    connection.status, connection.broken_at = ConnectionStatus.LEAVING, None
    connection.save(update_fields=["status", "broken_at"])
    enqueue([_leave_draft(user, keep_events=keep_events, now=now)], now=now)
    return True


def _leave_draft(user: User, *, keep_events: bool, now: datetime) -> Draft:
    return Draft(
        channel=Channel.GOOGLE,
        action="CALENDAR_LEAVE",
        data={"user_id": user.pk, "operation": "leave", "keep_events": keep_events},
        dedupe_key=f"google-leave:{user.pk}:{now.isoformat()}",
        stream=selectors.leaving_stream(user.pk),
    )


def _held_by(user: User) -> list[Access]:
    connection = selectors.own_connection(user)
    if connection is None:
        return []
    title, where = gettext("Google Calendar"), reverse("calendar:settings")
    return [Access(title=title, since=connection.connected_at, end_url=where)]


def _end(*, user: User, now: datetime, besides: str | None) -> None:
    leave(user=user, keep_events=False, now=now)


ACCESS = AccessKind(name="Google Calendar", held_by=_held_by, end=_end)


def forget(connection: GoogleConnection) -> None:
    """Delete what was kept of a connection that is being left, unless its owner has connected again meanwhile."""
    GoogleConnection.objects.filter(
        pk=connection.pk, status=ConnectionStatus.LEAVING, sealed_token=connection.sealed_token
    ).delete()


def mark_broken(connection: GoogleConnection, *, now: datetime) -> None:
    """Google refuses us: stop, and tell the owner, once. Nothing when another grant has taken its place."""
    with short_transaction():
        fresh = locks.connection(connection.pk)
        if fresh is None or not _is_same_live(fresh, connection):
            return
        fresh.status, fresh.broken_at, fresh.told_at = ConnectionStatus.BROKEN, now, now
        fresh.save(update_fields=["status", "broken_at", "told_at"])
        enqueue([_broken_mail(fresh)], now=now)


def _is_same_live(fresh: GoogleConnection, seen: GoogleConnection) -> bool:
    return fresh.status == ConnectionStatus.CONNECTED and fresh.connected_at == seen.connected_at


def _broken_mail(connection: GoogleConnection) -> Draft:
    until = connection.busy_times_kept_until
    data = {"notice": "CALENDAR_DISCONNECTED", "url": absolute_url("calendar:settings")}
    return email(
        to=connection.user,
        action="ACCOUNT_NOTICE",
        data=data
        | ({"busy_times": {"kept_until": until.isoformat(), "time_zone": settings.TIME_ZONE}} if until else {}),
        dedupe_key=f"google-broken:{connection.user_id}:{connection.connected_at.isoformat()}",
        stream=f"google-broken:{connection.user_id}",
    )


def note_address(connection: GoogleConnection, address: str) -> None:
    """Remember whose calendar it is, as Google's answer to our own event says, so that its owner can tell."""
    if address and address != connection.google_email:
        _same(connection).update(google_email=address[:254])


def mark_backfilled(connection: GoogleConnection, *, now: datetime) -> None:
    """Its owner's coming appointments have been written to the outbox."""
    _same(connection).update(backfilled_at=now)


def set_busy_looked_at(connection: GoogleConnection, *, now: datetime) -> None:
    _same(connection).update(busy_looked_at=now)


Found = TypeVar("Found")


def own_events(connection: GoogleConnection, *, since: datetime, now: datetime) -> list[SeenEvent] | None:
    """Our events that end after `since`, as they stand at Google; None when Google can't say now.

    Speaks to Google: never in a transaction. A grant that was taken back is noted, and its owner told.
    Raises TimedOut: who goes through many calendars must be able to stop.
    """
    return _asked(connection, lambda: client.list_events(connection, since), now)


def busy_times(
    connection: GoogleConnection, *, since: datetime, until: datetime, now: datetime
) -> list[BusyTime] | None:
    """When the calendar says "busy", our own events included; None when Google can't say now.

    Speaks to Google: never in a transaction. A grant that was taken back is noted, and its owner told.
    Raises TimedOut: who goes through many calendars must be able to stop.
    """
    return _asked(connection, lambda: client.busy_times(connection, since, until), now)


def _asked(connection: GoogleConnection, ask: Callable[[], Found], now: datetime) -> Found | None:
    try:
        return ask()
    except GrantRevoked:
        mark_broken(connection, now=now)
    except TimedOut:
        raise
    except (TemporaryFailure, PermanentFailure) as failure:
        logger.warning("Looking into calendar %s: %s", connection.pk, failure.reason)
    return None


def _same(connection: GoogleConnection) -> QuerySet[GoogleConnection]:
    """This very grant: nothing when its owner has connected anew meanwhile."""
    return GoogleConnection.objects.filter(pk=connection.pk, connected_at=connection.connected_at)
