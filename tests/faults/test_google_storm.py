"""200 bookings, moves and cancellations while Google fails in every way it can and workers are killed (E2)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings.calendars import events as calendar_events
from bookings.calendars import reconcile
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.services.steps import confirm
from core import clock
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_doctor
from integrations import delivery
from integrations.choices import ConnectionStatus
from integrations.email_gateway.fake import FakeEmailFunction
from integrations.google_calendar.events import EventFacts
from integrations.google_calendar.fake import FakeGoogle
from integrations.models import GoogleConnection, OutgoingMessage
from integrations.tests.google import google, make_grant
from patients.tests.factories import make_patient
from tests.concurrency.support import invariants
from tests.faults.support.worker import running, wait_until
from tests.faults.test_requests_stay_fast import watch_connections
from tests.faults.test_storm import kill_workers_while, later_at_once

__all__ = ["google"]

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.django_db(transaction=True)
BOOKINGS, DOCTORS, PATIENTS, THREADS = 200, 4, 10, 4
SETTINGS = "tests.faults.support.google_settings"
PATIENT = "a patient"  # as whose threads are called
IN_THE_STORM = 200  # calls of Google at least, so that it is not all left for the calm after it
# What fails, how many times in a row, and at which calls.
FAULTS = (
    ("500", 3, "events"),
    ("drop", 4, "events"),
    ("403", 3, "events"),
    ("429", 3, "events"),
    ("hang", 1, "events"),
    ("410", 2, "events"),
    ("drop", 4, "events"),
    ("503", 3, "token"),
    ("401", 2, "events"),
    ("garbage", 2, "events"),
    ("404", 2, "events"),
    ("list", 2, "token"),
    ("drop", 4, "events"),
    ("invalid_grant", 1, "token"),
)
CHANGE_EVERY = 0.4  # seconds

Shown = tuple[str, datetime, datetime, str]


class Crowd:
    """Patients who book, move and cancel; every account has a calendar of its own, named like its mail address."""

    def __init__(self, google: FakeGoogle, bookings: int) -> None:
        self.google = google
        self._doctors = [make_doctor(confirms_automatically=number % 2 == 0) for number in range(DOCTORS)]
        self._patients = [make_patient() for _ in range(PATIENTS)]
        self._staff = StaffFactory()
        for user in self.people():
            self.connects(user)
        self._slots = slots_of(self._doctors, bookings)
        self._spare = slots_of(self._doctors, bookings, hours_later=bookings + 24)
        OutgoingMessage.objects.all().delete()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix=PATIENT)

    def people(self) -> list[User]:
        return [person.user for person in (*self._doctors, *self._patients)]

    def connects(self, user: User) -> None:
        from integrations.google_calendar import services as calendars  # noqa: PLC0415

        grant = make_grant(self.google, account=user.email)
        calendars.connect(user=user, grant=grant, busy_times=False, now=clock.now())

    def acts(self) -> list[Future[None]]:
        return [self._pool.submit(self._share, first) for first in range(THREADS)]

    def close(self) -> None:
        self._pool.shutdown()

    def _share(self, first: int) -> None:
        try:
            for number in range(first, len(self._slots), THREADS):
                self._visit(number)
        finally:
            connections.close_all()

    def _visit(self, number: int) -> None:
        """One in five is cancelled, two in five moved, one of these cancelled after; one in five confirmed."""
        patient, slot = self._patients[number % PATIENTS], self._slots[number]
        booking = book(slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=patient.user, now=clock.now())
        if number % 5 in {2, 3}:
            to = self._spare[number]
            booking = move(booking=booking, to_slot_id=to.pk, by=patient.user, now=clock.now())
        if number % 5 in {1, 3}:
            cancel(booking=booking, by=self._staff, now=clock.now())
        if number % 5 == 4 and booking.status == "PENDING":
            confirm(booking=booking, by=booking.doctor.user, now=clock.now())


def slots_of(doctors: list[DoctorProfile], wanted: int, *, hours_later: int = 0) -> list[Slot]:
    """Hour by hour, doctor by doctor: nobody is ever in two places."""
    begin = (clock.now() + timedelta(days=3, hours=hours_later)).replace(minute=0, second=0, microsecond=0)
    times = [(doctors[n % len(doctors)], begin + timedelta(hours=n)) for n in range(wanted)]
    half = timedelta(minutes=30)
    return Slot.objects.bulk_create(Slot(doctor=doctor, starts_at=at, ends_at=at + half) for doctor, at in times)


@contextmanager
def crowd(google: FakeGoogle, bookings: int) -> Iterator[Crowd]:
    people = Crowd(google, bookings)
    try:
        yield people
    finally:
        people.close()


@contextmanager
def weather(google: FakeGoogle) -> Iterator[set[str]]:
    """One fault after the other until the block ends; yields those that have been had. Then all is well."""
    over, had = threading.Event(), set[str]()

    def change() -> None:
        for kind, times, on in cycle(FAULTS):
            google.fail(kind, times=times, on=on)
            if over.wait(CHANGE_EVERY):
                return
            had.add(kind)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield had
    finally:
        over.set()
        thread.join()
        with google.store.lock:
            google.store.faults.clear()
        google.release.set()


def differences(google: FakeGoogle, people: list[User]) -> dict[str, tuple[list[Shown], list[Shown]]]:
    """For each calendar that is not as it must be: what is missing from it, and what stands there wrongly or twice."""
    found = {}
    for user in people:
        due, stands = sorted(expected(user)), sorted(shown(google, user.email))
        if due != stands:
            found[user.email] = (
                [item for item in due if item not in stands],
                [item for item in stands if item not in due],
            )
    return found


def expected(user: User) -> list[Shown]:
    bookings = Booking.objects.with_people().live().in_calendar_of(user)  # type: ignore[attr-defined]
    changes = [
        change for booking in bookings for who, change in calendar_events.changes(booking, "upsert") if who == user
    ]
    facts = [change.facts for change in changes]
    return [(fact.event_id, fact.starts_at, fact.ends_at, fact.summary) for fact in facts]


def shown(google: FakeGoogle, email: str) -> list[Shown]:
    def edge(event: dict[str, Any], name: str) -> datetime:
        return datetime.fromisoformat(event[name]["dateTime"]).astimezone(UTC)

    events = google.calendar(email).values()
    return [(event["id"], edge(event, "start"), edge(event, "end"), event["summary"]) for event in events]


def lead_workers_to(google: FakeGoogle, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in google.settings.items():
        monkeypatch.setenv(name, value)


def is_quiet() -> bool:
    waiting = GoogleConnection.objects.live().filter(backfilled_at__isnull=True)
    return not OutgoingMessage.objects.open().exists() and not waiting.exists()


def calm(what: str) -> None:
    """The pauses after failures are over, and all that waits is delivered."""

    def delivered() -> bool:
        later_at_once()
        return is_quiet()

    wait_until(delivered, what=what)


def test_calendars_and_appointments_agree_after_the_storm(
    folders: None, function: FakeEmailFunction, google: FakeGoogle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lead_workers_to(google, monkeypatch)
    opened = watch_connections(monkeypatch)
    began = time.monotonic()
    with crowd(google, BOOKINGS) as people:
        with weather(google) as had:
            visits = people.acts()
            killed = kill_workers_while(
                tmp_path,
                lambda: (
                    not all(visit.done() for visit in visits)
                    or len(google.store.calls) < IN_THE_STORM
                    or had != {kind for kind, *_ in FAULTS}
                ),
                google.store.calls,
                settings_module=SETTINGS,
            )
        assert [visit.result() for visit in visits] == [None] * THREADS
        storm, calls = time.monotonic() - began, len(google.store.calls)
        with running(tmp_path, name="last", settings_module=SETTINGS):
            calm("all is delivered")
            broken = [row.user for row in GoogleConnection.objects.filter(status=ConnectionStatus.BROKEN)]
            told = OutgoingMessage.objects.filter(action="ACCOUNT_NOTICE").count()
            for user in broken:
                people.connects(user)
            calm("new calendars are filled")
            left = differences(google, people.people())
            reconcile.reconcile_all(now=clock.now())
            calm("the comparison is done")
        whole = time.monotonic() - began

        facts = (storm, killed, calls, len(google.store.calls), len(left), whole)
        logger.info("%.0f s of storm, %s kills, %s of %s calls in it, %s calendars off, %.0f s in all", *facts)
        assert differences(google, people.people()) == {}
        assert told == len(broken)
        assert Booking.objects.filter(moved_from=None).count() == BOOKINGS
        # Whoever books waits for nobody outside, so however long Google hangs, they don't notice.
        assert [thread for thread, _ in opened if thread.startswith(PATIENT)] == []
    assert killed >= 2
    assert invariants.broken() == {}


def test_without_ids_of_our_own_a_lost_answer_makes_a_second_event(
    google: FakeGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same judge, while Google chooses the ids as it does when nobody says one."""
    as_event = EventFacts.as_event
    monkeypatch.setattr(EventFacts, "as_event", lambda self: as_event(self) | {"id": None})
    with crowd(google, 5) as people:
        google.fail("drop", times=3, on="events.insert")
        acts = people.acts()
        assert len(acts) > 2
        assert all(visit.result() is None for visit in acts)
        for _ in range(3):
            later_at_once()
            delivery.drain(
                seconds=10,
                per_second=10_000,
                channels={"GOOGLE": delivery.CHANNELS["GOOGLE"], "EMAIL": lambda message: None},
            )
        stands = [event for user in people.people() for event in shown(google, user.email)]
        due = [event for user in people.people() for event in expected(user)]

        assert len(stands) > len(due)
        assert differences(google, people.people())
