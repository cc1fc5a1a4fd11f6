"""The function is away for an hour of application time; the clock is moved, everything else is real (D3, D4)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection

from bookings import messages
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services import reminders
from bookings.services.book import book
from bookings.services.cancel import cancel
from core import clock
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from integrations import delivery
from integrations.choices import Channel, MessageStatus
from integrations.email_gateway.client import deliver_email
from integrations.email_gateway.fake import FakeEmailFunction
from integrations.errors import TemporaryFailure
from integrations.models import OutgoingMessage
from integrations.tasks import DRAIN_SECONDS
from patients.tests.factories import make_patient
from tests.faults.support import judge

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.django_db(transaction=True)
BOOKINGS, CANCELLED_EACH = 60, 5
OUTAGE, BACK_WITHIN = timedelta(hours=1), timedelta(minutes=5)
SWEEP = timedelta(seconds=5)  # as beat's schedule says
SOON, LATER = timedelta(minutes=40), timedelta(hours=4)  # appointments with a reminder, after the outage began
PER_SECOND = 2  # so slow that minutes pass until all that waited is out


@pytest.fixture
def _alone() -> None:
    """Nothing here is timed by the real clock: others may run at the same time."""


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(transactional_db: None) -> None:
    """Thousands of small commits; nothing crashes here, so none has to reach the disk at once."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")


class MovedClock:
    """Application time: moves only when told, and takes the place of the `time` module where deliveries are paced."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Hospital:
    """Patients who book evenly over the hour, and one worker thread that sweeps every five seconds."""

    def __init__(self, clock_: MovedClock) -> None:
        self.clock, self.begin = clock_, clock_.at
        self.handed_over: list[datetime] = []
        self.is_cut_off = True
        self._patients = [make_patient() for _ in range(20)]
        self._slots = _slots_from(self.begin + timedelta(days=5))
        self._events = self._plan()

    def reminded_before(self, starts_at: datetime) -> Booking:
        """An appointment whose reminder was written just before the outage, and waits since."""
        doctor, patient = make_doctor(), make_patient()
        slot = Slot.objects.create(doctor=doctor, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30))
        booking = book(
            slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=patient.user, now=self.begin - timedelta(days=2)
        )
        assert reminders.remind(now=self.begin - timedelta(minutes=30)) == 1
        return booking

    def run_until(self, done: Callable[[], bool]) -> None:
        while not done():
            while self._events and self._events[0][0] <= self.clock.at:
                self._events.pop(0)[1]()
            delivery.drain(
                seconds=DRAIN_SECONDS,
                per_second=PER_SECOND,
                clock=self.clock.now,
                channels={Channel.EMAIL: self._hand_over},
            )
            self.clock.at += SWEEP

    def _plan(self) -> list[tuple[datetime, Callable[[], None]]]:
        """What people do when: each books, every fifth cancels ten minutes later."""
        step, pause = OUTAGE / BOOKINGS, timedelta(minutes=10)
        booked: dict[int, Booking] = {}

        def books(number: int) -> None:
            patient = self._patients[number % len(self._patients)]
            booked[number] = book(
                slot_id=self._slots[number].pk, patient_ref=PatientRef.of(patient), by=patient.user, now=self.clock.at
            )

        def cancels(number: int) -> None:
            booking = booked[number]
            cancel(booking=booking, by=booking.patient.user, now=self.clock.at)

        starts = [self.begin + number * step for number in range(BOOKINGS)]
        plan = [(at, lambda n=number: books(n)) for number, at in enumerate(starts)]
        plan += [(starts[number] + pause, lambda n=number: cancels(n)) for number in range(0, BOOKINGS, CANCELLED_EACH)]
        return sorted((event for event in plan if event[0] < self.begin + OUTAGE), key=lambda event: event[0])

    def _hand_over(self, message: OutgoingMessage) -> None:
        self.handed_over.append(self.clock.at)
        if self.is_cut_off:
            raise TemporaryFailure("the e-mail function could not be reached")
        deliver_email(message)


def _slots_from(begin: datetime) -> list[Slot]:
    doctor, half = make_doctor(), timedelta(minutes=30)
    times = [begin + number * half for number in range(BOOKINGS)]
    return Slot.objects.bulk_create(Slot(doctor=doctor, starts_at=at, ends_at=at + half) for at in times)


def test_after_an_hour_without_the_function_all_is_delivered_within_five_minutes(
    function: FakeEmailFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Noon of tomorrow: later than everything made for this test, and an hour at which reminders go out.
    tomorrow = clock.hospital_day(clock.now()) + timedelta(days=1)
    moved = MovedClock(clock.start_of_day(tomorrow) + timedelta(hours=12))
    monkeypatch.setattr(delivery, "time", moved)
    hospital = Hospital(moved)
    begun, ahead = (hospital.reminded_before(moved.at + later) for later in (SOON, LATER))
    hospital.run_until(lambda: moved.at >= hospital.begin + OUTAGE)
    assert function.sends == 0
    waiting, tried = OutgoingMessage.objects.open().count(), len(hospital.handed_over)

    hospital.is_cut_off, back_at = False, moved.at
    hospital.run_until(lambda: moved.at > back_at + BACK_WITHIN or not OutgoingMessage.objects.open().exists())

    took = (hospital.handed_over[-1] - back_at).total_seconds()
    logger.info("outage: %s messages waited, %s vain tries; all out %.0f s after it", waiting, tried, took)
    assert not OutgoingMessage.objects.open().exists()
    assert Booking.objects.count() == BOOKINGS + 2
    reminded = (ahead.reference, "APPOINTMENT_REMINDER", ahead.patient.user.email)
    assert judge.verdict(function, besides=[reminded]) == {}
    dropped = OutgoingMessage.objects.get(status=MessageStatus.DROPPED)
    assert (dropped.stream, dropped.action) == (messages.stream_of_patient(begun), "APPOINTMENT_REMINDER")
    assert fastest_second(hospital.handed_over) <= PER_SECOND


def fastest_second(moments: list[datetime]) -> int:
    """The most that was handed over in any one second."""
    second, first, most = timedelta(seconds=1), 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= second - timedelta(milliseconds=1):
            first += 1
        most = max(most, last - first + 1)
    return most


def test_pauses_grow_but_never_beyond_two_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes five minutes enough: nothing waits longer for its next try, however long the function was away."""
    moved = MovedClock(clock.now())
    monkeypatch.setattr(delivery, "time", moved)
    hospital = Hospital(moved)
    OutgoingMessage.objects.all().delete()
    hospital.run_until(lambda: Booking.objects.count() == 1)
    OutgoingMessage.objects.exclude(pk=OutgoingMessage.objects.earliest("pk").pk).delete()
    hospital._events.clear()
    hospital.run_until(lambda: moved.at > hospital.begin + OUTAGE)

    pauses = [after - before for before, after in pairwise(hospital.handed_over)]
    assert pauses[0] <= timedelta(seconds=2) + SWEEP
    assert timedelta(minutes=1) <= max(pauses) <= timedelta(minutes=2) + SWEEP
    assert len(pauses) < 70
