"""32 patients want the same time at the same moment (C2, C3)."""

from __future__ import annotations

import logging
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from bookings.models import Booking, BookingStatusChange
from doctors.choices import SlotState
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Answer, Crowd, outcomes, values
from tests.concurrency.support.doses import MANY
from tests.concurrency.support.steps import books, diary

SAMPLE = 5  # so many more times are wanted by the same patients one after the other
AS_LONG = 4  # times as long as one after the other; rivals who deadlock need a second and more for each of them

logger = logging.getLogger(__name__)


def one_after_the_other(crowd: Crowd, acts: Sequence[Callable[[], Any]]) -> list[Answer]:
    """The same acts without any rush: how long they take together is what a rush is compared with, on this machine."""
    return [answer for act in acts for answer in crowd.rush([act])]


def assert_nobody_waits_in_vain(rushes: list[list[Answer]], calm: list[list[Answer]]) -> None:
    """Of half of the rushes the slowest answer comes in good time, measured by what the same work takes in calm."""
    slowest = statistics.median(max(answer.seconds for answer in answers) for answers in rushes)
    together = statistics.median(sum(answer.seconds for answer in answers) for answers in calm)
    logger.info("slowest of a rush %.0f ms; one after the other %.0f ms", slowest * 1000, together * 1000)
    assert slowest < AS_LONG * together


def test_one_of_32_rivals_wins_each_time_and_the_others_are_told_without_waiting_in_vain(
    crowd: Crowd, patients: list[PatientProfile]
) -> None:
    slots = diary(make_doctor(), MANY + SAMPLE)
    acts = [[books(patient, slot) for patient in patients] for slot in slots]

    rushes = [crowd.rush(one_round) for one_round in acts[:MANY]]
    calm = [one_after_the_other(crowd, one_round) for one_round in acts[MANY:]]

    rounds = rushes + calm
    everyone = [answer for answers in rounds for answer in answers]
    assert [outcomes(answers) for answers in rounds] == [Counter(done=1, SlotTaken=31)] * len(slots)
    _assert_history_names_the_winners(slots, everyone)
    assert invariants.broken() == {}
    assert_nobody_waits_in_vain(rushes, calm)


def _assert_history_names_the_winners(slots: list[Slot], everyone: list[Answer]) -> None:
    """Judged by the rows that were written, not by the answers alone: no phantom, none lost."""
    created = BookingStatusChange.objects.filter(from_status="").values_list("booking__slot_id", "booking_id")
    assert sorted(created) == sorted((booking.slot_id, booking.pk) for booking in values(everyone))
    assert Counter(slot_id for slot_id, _ in created) == Counter(slot.pk for slot in slots)
    assert BookingStatusChange.objects.count() == Booking.objects.count() == len(slots)
    assert not Slot.objects.filter(state=SlotState.FREE).exists()
