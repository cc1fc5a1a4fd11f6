"""A doctor's own calendar closes free times (E3): hidden from patients while it says "busy", never deleted.

Booked times and those held for somebody are never touched. Nothing waits for Google: what the last look said counts,
and the doctor is told how old it is. Our own events make a calendar busy, too; where one of them stands, only a later
look can tell, so such a time stays as it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Max

from core.batches import in_batches, process_each
from core.db import short_transaction
from core.errors import translated
from core.intervals import Interval, interval_of, overlaps_any
from doctors import locks
from doctors.models import DoctorProfile, Slot, SlotQuerySet
from integrations import outbox
from integrations.choices import ConnectionStatus
from integrations.errors import TimedOut
from integrations.google_calendar import selectors as calendars
from integrations.google_calendar import services as google
from integrations.models import GoogleConnection

LOOK_TASK = "doctors.tasks.look_at_busy_times_of"
LOOKS_EVERY = timedelta(minutes=9)  # a little less than the schedule, so that none is left out
LONGEST_QUESTION = timedelta(days=60)  # Google answers no questions about very long spans
AT_ONCE = 500
ASKED_AGAIN_AFTER = 60.0  # seconds
_asked: dict[int, float] = {}


def look_at_all(*, now: datetime) -> int:
    """Look into every calendar that may close times, the longest unseen first; says how many answered."""
    reopen_abandoned(now=now)
    if not google.is_on():
        return 0
    return process_each(
        calendars.connections_with_busy_times(now - LOOKS_EVERY),
        lambda connection: _look(connection, now),
        what="The busy times of calendar",
        ends_on=TimedOut,
    )


def look_at_one(user_id: int, *, now: datetime) -> None:
    """Look into one doctor's calendar, unless somebody else just has."""
    connection = calendars.connection_of(user_id)
    if google.is_on() and connection is not None and is_stale(connection, now):
        process_each([connection], lambda one: _look(one, now), what="The busy times of calendar")


def is_stale(connection: GoogleConnection, now: datetime) -> bool:
    """Whether its busy times count and were last looked at too long ago."""
    if connection.status != ConnectionStatus.CONNECTED or not connection.closes_busy_times:
        return False
    looked, oldest = connection.busy_looked_at, timedelta(minutes=settings.BUSY_LOOK_MAX_AGE_MINUTES)
    return looked is None or looked < now - oldest


def ask_for_a_look(doctor: DoctorProfile, *, now: datetime) -> None:
    """Have a worker look when the last look is old; at most once a minute from each process. Waits for nothing.

    The doctor must have been read with their connection (`user__google_connection`).
    """
    connection = calendars.live_connection_of(doctor.user)
    if connection is None or not google.is_on() or not is_stale(connection, now):
        return
    moment = time.monotonic()
    if moment - _asked.get(doctor.user_id, -ASKED_AGAIN_AFTER) >= ASKED_AGAIN_AFTER:
        _asked[doctor.user_id] = moment
        outbox.wake_workers(LOOK_TASK, doctor.user_id)


def _look(connection: GoogleConnection, now: datetime) -> bool:
    """Whether Google has answered all that was asked. Raises Busy, and TimedOut when Google hangs."""
    slots = _slots_of(connection, now)
    last = slots.aggregate(last=Max("ends_at"))["last"]
    busy: list[Interval] = []
    for since, until in _questions(now, last):
        answer = google.busy_times(connection, since=since, until=until, now=now)
        if answer is None:
            return False
        busy += [(span.starts_at, span.ends_at) for span in answer]
    ours = google.own_events(connection, since=now, now=now) if busy else []
    if ours is None:
        return False
    own = [(event.starts_at, event.ends_at) for event in ours if event.starts_at and event.ends_at]
    _apply(list(slots), busy, own, now)
    google.set_busy_looked_at(connection, now=now)
    return True


def _slots_of(connection: GoogleConnection, now: datetime) -> SlotQuerySet:
    return SlotQuerySet(Slot).free().future(now).filter(doctor__user=connection.user_id).order_by("starts_at")


def _questions(since: datetime, until: datetime | None) -> Iterator[Interval]:
    while until is not None and since < until:
        end = min(since + LONGEST_QUESTION, until)
        yield since, end
        since = end


def _apply(slots: list[Slot], busy: list[Interval], own: list[Interval], now: datetime) -> None:
    """`slots`: the free times as just read. Raises Busy."""
    to_close, to_open = [], []
    for slot in slots:
        if not _meets(slot, busy):
            if slot.closed_by_calendar:
                to_open.append(slot.pk)
        elif not slot.closed_by_calendar and not slot.is_held(now) and not _meets(slot, own):
            to_close.append(slot.pk)
    for some in _batches(to_close):
        with translated({}), short_transaction():
            Slot.objects.filter(pk__in=locks.free_slots(some, now)).update(closed_by_calendar=True)
    for some in _batches(to_open):
        _open(some)


def _meets(slot: Slot, spans: Iterable[Interval]) -> bool:
    return overlaps_any(interval_of(slot), spans)


def reopen_abandoned(*, now: datetime) -> None:
    """Open what calendars had closed that no longer say anything: disconnected, or the doctor wants it so.

    A grant that is lost says nothing of whether its doctor is free: what was last known counts on for
    `BUSY_TIMES_KEPT_HOURS`, in which the doctor, who is told at once, can connect again.
    """
    closed = SlotQuerySet(Slot).filter(closed_by_calendar=True)
    asked = GoogleConnection.objects.closing_times(now)
    abandoned = closed.exclude(doctor__user__in=asked.values("user")).values_list("pk", flat=True)
    in_batches(sorted(abandoned), _open, size=AT_ONCE, what="The closed time")


def _open(slot_ids: Sequence[UUID]) -> int:
    with translated({}), short_transaction():
        return Slot.objects.filter(pk__in=locks.closed_slots(slot_ids)).update(closed_by_calendar=False)


def _batches(slot_ids: list[UUID]) -> Iterator[list[UUID]]:
    ordered = sorted(slot_ids)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]
