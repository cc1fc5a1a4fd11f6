"""32 patients want the same time at the same moment (C2, C3)."""

from __future__ import annotations

import logging
import os
import statistics
from collections import Counter

from bookings.models import Booking, BookingStatusChange
from doctors.choices import SlotState
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from tests.concurrency import invariants
from tests.concurrency.crowd import Answer, Crowd, outcomes, values
from tests.concurrency.steps import books, diary

ROUNDS = 100
SLOWEST = 1.0  # seconds, on a machine that has a core for whoever wants one

logger = logging.getLogger(__name__)


def patience() -> float:
    """Seconds an answer may take: longer by as much as more wants to run on this machine than it has cores."""
    return SLOWEST * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def told(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100)
    return f"p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, max {max(seconds) * 1000:.0f} ms"


def test_one_of_32_rivals_wins_each_time_and_the_others_are_told_within_a_second(
    crowd: Crowd, patients: list[PatientProfile]
) -> None:
    slots = diary(make_doctor(), ROUNDS)

    rounds = [crowd.rush([books(patient, slot) for patient in patients]) for slot in slots]

    everyone = [answer for answers in rounds for answer in answers]
    seconds = [answer.seconds for answer in everyone]
    assert [outcomes(answers) for answers in rounds] == [Counter(done=1, SlotTaken=31)] * ROUNDS
    _assert_history_names_the_winners(slots, everyone)
    assert invariants.broken() == {}
    logger.info("32 rivals, %s rounds: %s", ROUNDS, told(seconds))
    assert max(seconds) < patience(), told(seconds)


def _assert_history_names_the_winners(slots: list[Slot], everyone: list[Answer]) -> None:
    """Judged by the rows that were written, not by the answers alone: no phantom, none lost."""
    created = BookingStatusChange.objects.filter(from_status="").values_list("booking__slot_id", "booking_id")
    assert sorted(created) == sorted((booking.slot_id, booking.pk) for booking in values(everyone))
    assert Counter(slot_id for slot_id, _ in created) == Counter(slot.pk for slot in slots)
    assert BookingStatusChange.objects.count() == Booking.objects.count() == len(slots)
    assert not Slot.objects.filter(state=SlotState.FREE).exists()
