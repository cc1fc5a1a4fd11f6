"""Bringing Google Calendars into line with the appointments here: after connecting, and every hour (E2).

Appointments here are the truth: none is changed or cancelled for anything that stands at Google. Each writing locks
the appointments it is about, so that a repair never leaves after the news of a later change.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from bookings import locks
from bookings.calendars import events as calendar_events
from bookings.calendars.rules import Differences, compare, moved_words
from bookings.choices import LIVE, Status
from bookings.models import Booking, BookingQuerySet
from core.batches import process_each
from core.db import short_transaction
from core.errors import translated
from integrations import outbox
from integrations.errors import TimedOut
from integrations.google_calendar import selectors as calendars
from integrations.google_calendar import services as google
from integrations.google_calendar.services import EventChange, EventFacts, SeenEvent
from integrations.models import GoogleConnection
from integrations.outbox import Draft

logger = logging.getLogger(__name__)

AT_ONCE = 100
# An event its owner moved into the past is found, too, and not taken for a deleted one.
LOOKS_BACK = timedelta(days=7)


def backfill(*, now: datetime) -> int:
    """Write the coming appointments of those who have just connected to the outbox; says for how many accounts.

    Speaks to nobody. Twice is as good as once: what was told already is not told again.
    """
    connections = calendars.connections_to_backfill() if google.is_on() else []
    return process_each(connections, lambda connection: _backfill(connection, now), what="The new calendar")


def _backfill(connection: GoogleConnection, now: datetime) -> bool:
    last = 0
    while batch := _fill_some(connection, last, now):
        last = batch[-1].pk
    google.mark_backfilled(connection, now=now)
    return True


def _fill_some(connection: GoogleConnection, last: int, now: datetime) -> list[Booking]:
    with short_transaction():
        batch = locks.lock_upcoming(connection.user, now, last, AT_ONCE)
        outbox.enqueue(_drafts(batch, connection.user_id), now=now)
    return batch


def _drafts(bookings: Iterable[Booking], user_id: int, occasion: str = "") -> list[Draft]:
    changes = [change for booking in bookings for change in calendar_events.changes(booking, "upsert", occasion)]
    return google.event_drafts((user, change) for user, change in changes if user.pk == user_id)


def reconcile_all(*, now: datetime) -> int:
    """`reconcile` for every live connection; one that is in use or can't be reached waits for the next hour."""
    if not google.is_on():
        return 0
    connections = calendars.live_connections().select_related("user").iterator(chunk_size=200)
    return process_each(
        connections,
        lambda connection: reconcile(connection, now=now),
        what="Appointments of calendar",
        ends_on=TimedOut,
    )


def reconcile(connection: GoogleConnection, *, now: datetime) -> int:
    """Compare one calendar with the coming appointments of its owner, and put right what was changed outside.

    What was deleted or changed there is put back. A time its doctor has changed is put back as well, and becomes a
    note to the doctor. An event of ours without an appointment is taken out. Says how many events were put right.
    Speaks to Google. Raises Busy, TimedOut.
    """
    seen = google.own_events(connection, since=now - LOOKS_BACK, now=now)
    if seen is None or connection.backfilled_at is None:
        return 0
    found = _compared(connection, seen, now)
    repaired = _put_back(connection, found, now) + _take_out(connection, found.orphans.values(), now)
    if repaired:
        logger.info("Calendar %s: %s events put right.", connection.pk, repaired)
    return repaired


def _compared(connection: GoogleConnection, seen: list[SeenEvent], now: datetime) -> Differences:
    """Without what is on its way already: that is about to be put right by itself."""
    pending = calendars.events_on_their_way(connection.user_id)
    bookings = BookingQuerySet(Booking).with_people()
    coming = bookings.upcoming(now).in_calendar_of(connection.user)
    expected = {
        change.facts.event_id: change.facts
        for booking in coming
        for user, change in calendar_events.changes(booking, "upsert")
        if user.pk == connection.user_id
    }
    return compare(
        {key: facts for key, facts in expected.items() if key not in pending},
        {*pending, *expected, *_standing(connection, seen)},
        [event for event in seen if event.event_id not in pending],
    )


def _standing(connection: GoogleConnection, seen: list[SeenEvent]) -> set[str]:
    """Of the events seen, those of appointments that were not cancelled, of all who share this calendar."""
    keys = [event.event_id for event in seen]
    standing: set[str] = set()
    for user in calendars.sharing_calendar_with(connection):
        rows = BookingQuerySet(Booking).in_calendar_of(user).exclude(status=Status.CANCELLED)
        for column in ("doctor_event_id", "patient_event_id"):
            standing |= set(rows.filter(**{f"{column}__in": keys}).values_list(column, flat=True))
    return standing


def _put_back(connection: GoogleConnection, found: Differences, now: datetime) -> int:
    wrong = {*found.missing, *found.changed, *found.moved}
    rows = BookingQuerySet(Booking).upcoming(now).in_calendar_of(connection.user)
    known = Q(doctor_event_id__in=wrong) | Q(patient_event_id__in=wrong)
    keys = list(rows.filter(known).order_by().values_list("pk", flat=True))
    with translated({}), short_transaction():
        standing = [booking for booking in locks.bookings(keys) if booking.status in LIVE and booking.ends_at > now]
        outbox.enqueue(_drafts(standing, connection.user_id, _occasion(now)), now=now)
        for booking in standing:
            if event := found.moved.get(booking.doctor_event_id):
                booking.calendar_note = moved_words(event, booking.doctor.time_zone)
                booking.save(update_fields=["calendar_note"])
    return len(standing)


def _take_out(connection: GoogleConnection, orphans: Iterable[SeenEvent], now: datetime) -> int:
    drafts = google.event_drafts(
        (
            connection.user,
            EventChange(
                user_id=connection.user_id, operation="delete", facts=_facts_of(event, now), occasion=_occasion(now)
            ),
        )
        for event in orphans
    )
    with short_transaction():
        outbox.enqueue(drafts, now=now)
    return len(drafts)


def _occasion(now: datetime) -> str:
    """Tells this repair from the one an hour ago, and not from one by another worker in the same minute."""
    return f"{now:%Y%m%dT%H%M}"


def _facts_of(event: SeenEvent, now: datetime) -> EventFacts:
    """All that a deletion needs is the id."""
    return EventFacts(
        event_id=event.event_id,
        sequence=event.sequence,
        summary=event.summary,
        location=event.location,
        description="",
        url="",
        starts_at=event.starts_at or now,
        ends_at=event.ends_at or now,
        time_zone="UTC",
    )


def read_note(*, booking: Booking) -> None:
    """Its doctor has read what they did to the event at Google. Raises Busy."""
    with translated({}), short_transaction():
        fresh = locks.booking(booking.pk)
        fresh.calendar_note = ""
        fresh.save(update_fields=["calendar_note"])
