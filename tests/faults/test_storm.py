"""1,000 bookings while workers are killed at work and the function misbehaves in every way it can (D3)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from accounts.tests.factories import StaffFactory
from bookings.models import Booking
from bookings.rules import PatientRef, SlotTaken
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.steps import confirm
from core import clock
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_doctor
from integrations.email_gateway.fake import FakeEmailFunction
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from tests.concurrency.support import invariants
from tests.faults.support import judge
from tests.faults.support.processes import wait_until
from tests.faults.support.worker import Worker, running
from tests.faults.test_requests_stay_fast import after_each_writing, send_while_asked

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.django_db(transaction=True)
BOOKINGS, DOCTORS, PATIENTS, THREADS = 1_000, 10, 40, 8
CALLS_A_KILL, FLEET = 120, 2  # workers that are there at any moment, so that the next is up when one dies
MODES = ("error", "ok", "busy", "drop", "garbage", "ok", "endless", "drop", "redirect", "ok", "hang", "drop")
CHANGE_EVERY = 0.7  # seconds
SENT_IN_THE_STORM = 500  # messages at least, so that it is not all left for the calm after it
_doomed = threading.local()


class Doomed(Exception):
    """Something breaks behind the booking, in its transaction."""


def break_the_doomed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that is marked fails after its messages were written, before the commit."""

    def fail(_now: datetime) -> None:
        if getattr(_doomed, "now", False):
            raise Doomed

    after_each_writing(monkeypatch, fail)


class Crowd:
    """Patients who book, and what befalls their bookings."""

    def __init__(self, bookings: int) -> None:
        doctors = [make_doctor(confirms_automatically=number % 2 == 0) for number in range(DOCTORS)]
        self._patients = [make_patient() for _ in range(PATIENTS)]
        self._staff = StaffFactory()
        self._slots = _slots(doctors, bookings)
        OutgoingMessage.objects.all().delete()  # the mails of welcome are not what is judged here
        self._pool = ThreadPoolExecutor(THREADS)

    def books(self) -> list[Future[int]]:
        """Each thread takes every eighth of the times; its result is the number of bookings it made."""
        return [self._pool.submit(self._share, first) for first in range(THREADS)]

    def close(self) -> None:
        self._pool.shutdown()

    def _share(self, first: int) -> int:
        try:
            share = range(first, len(self._slots), THREADS)
            for number in share:
                self._book(number, self._slots[number])
            return len(share)
        finally:
            connections.close_all()

    def _book(self, number: int, slot: Slot) -> None:
        """One in ten breaks before its commit and is tried again by a rival, one in ten has a rival who comes too
        late, one in five is confirmed, one in five cancelled."""
        patient, rival = (self._patients[(number + shift) % PATIENTS] for shift in (0, PATIENTS // 2))
        if number % 10 == 3:
            self._breaks(slot, patient)
            patient = rival
        booking = book(slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=patient.user, now=clock.now())
        if number % 10 == 5:
            with pytest.raises(SlotTaken):
                book(slot_id=slot.pk, patient_ref=PatientRef.of(rival), by=rival.user, now=clock.now())
        if number % 5 == 1 and booking.status == "PENDING":
            confirm(booking=booking, by=booking.doctor.user, now=clock.now())
        if number % 5 == 2:
            cancel(booking=booking, by=self._staff, now=clock.now())

    def _breaks(self, slot: Slot, patient: PatientProfile) -> None:
        _doomed.now = True
        try:
            with pytest.raises(Doomed):
                book(slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=patient.user, now=clock.now())
        finally:
            _doomed.now = False


def _slots(doctors: list[DoctorProfile], wanted: int) -> list[Slot]:
    """Hour by hour, every doctor once: neighbours in the list are at one time with different doctors."""
    begin = (clock.now() + clock.timezone.timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    hour, half = clock.timezone.timedelta(hours=1), clock.timezone.timedelta(minutes=30)
    times = [(doctors[n % len(doctors)], begin + (n // len(doctors)) * hour) for n in range(wanted)]
    return Slot.objects.bulk_create(Slot(doctor=doctor, starts_at=at, ends_at=at + half) for doctor, at in times)


@contextmanager
def weather(function: FakeEmailFunction, seconds: float) -> Iterator[None]:
    """The function changes its mood every so many seconds until the block ends, and is well afterwards."""
    over = threading.Event()

    def change() -> None:
        for mode in cycle(MODES):
            function.mode = mode
            if over.wait(seconds):
                return

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        function.mode = "ok"


def kill_workers_while(folder: Path, is_storm: Callable[[], bool], calls: Sequence[object], **how: Any) -> int:
    """Each time the world outside was called so often, the oldest worker dies and a new one starts; how many died.

    Counted rather than timed: however slowly a worker starts on this machine, it is killed in the middle of its work.
    """
    fleet = [Worker(folder, name=f"worker{number}", **how) for number in range(FLEET)]
    killed = 0

    def has_worked(oldest: Worker, before: int) -> bool:
        return not is_storm() or (oldest.is_ready and len(calls) >= before + CALLS_A_KILL)

    try:
        while is_storm():
            oldest, before = fleet[0], len(calls)
            later_at_once()
            wait_until(partial(has_worked, oldest, before), what="the oldest worker is in the middle of its work")
            fleet.pop(0).kill()
            killed += 1
            fleet.append(Worker(folder, name=f"worker{killed + FLEET}", **how))
    finally:
        for worker in fleet:
            worker.kill()
    return killed


def later_at_once() -> None:
    """The pauses after failures are over: the clock is moved for the waiting messages instead of waited for."""
    OutgoingMessage.objects.filter(status="QUEUED").update(due_at=clock.now())


@contextmanager
def crowd(bookings: int) -> Iterator[Crowd]:
    people = Crowd(bookings)
    try:
        yield people
    finally:
        people.close()


def test_a_thousand_bookings_are_each_told_once_in_order_and_nothing_else(
    folders: None, function: FakeEmailFunction, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    break_the_doomed(monkeypatch)
    began = time.monotonic()
    with crowd(BOOKINGS) as people, weather(function, CHANGE_EVERY):
        visits = people.books()
        killed = kill_workers_while(
            tmp_path,
            lambda: not all(visit.done() for visit in visits) or function.sends < SENT_IN_THE_STORM,
            function.calls,
        )
    storm, sent_in_it = time.monotonic() - began, function.sends
    assert sum(visit.result() for visit in visits) == Booking.objects.count() == BOOKINGS
    with running(tmp_path, name="last"):
        later_at_once()
        wait_until(lambda: not OutgoingMessage.objects.open().exists(), what="all is delivered")

    facts = (storm, killed, sent_in_it, function.sends, len(function.calls), time.monotonic() - began - storm)
    logger.info("storm of %.0f s, %s workers killed, %s of %s messages sent in it, %s calls; then %.0f s", *facts)
    assert killed >= 3
    assert judge.verdict(function) == {}
    assert {str(key) for key in OutgoingMessage.objects.values_list("message_id", flat=True)} == set(function.sent)
    assert invariants.broken() == {}


def test_sending_inside_the_request_loses_some_and_tells_of_what_never_happened(
    folders: None, function: FakeEmailFunction, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same crowd, the same weather, the same judge."""
    settings.EMAIL_SERVICE_TIMEOUT_SECONDS = 0.2
    send_while_asked(monkeypatch)
    break_the_doomed(monkeypatch)
    with crowd(BOOKINGS // 5) as people, weather(function, CHANGE_EVERY / 5):
        made = sum(visit.result() for visit in people.books())

    assert made == BOOKINGS // 5
    assert {"lost", "told of what never happened, or too often"} <= set(judge.verdict(function))
