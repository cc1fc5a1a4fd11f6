"""Other times are offered while the patient changes the appointment (B6): none of them stays held for nobody."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from bookings import locks
from bookings.models import Booking, Hold
from bookings.time_off import offers
from bookings.time_off.rules import TimeOffDecision
from core import clock
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Crowd, outcomes
from tests.concurrency.support.guards import start_inside
from tests.concurrency.support.steps import books, cancels, diary, moves
from tests.concurrency.test_diary_changes import goes_on_leave

RULE = "a time is held in place of a cancelled appointment, which gave its own back"
LENGTH = 6  # the appointment, three times to be offered, one to spare, and the one it is moved to


def declines(booking: Booking, _: Slot) -> Callable[[], Any]:
    return partial(offers.decline_all, booking=booking, by=booking.patient.user, now=clock.now())


CHANGES: dict[str, Callable[[Booking, Slot], Callable[[], Any]]] = {
    "cancel": lambda booking, _: cancels(booking),
    "move": moves,
    "decline": declines,
}


def rush(
    crowd: Crowd, patient: PatientProfile, monkeypatch: pytest.MonkeyPatch, change: str
) -> tuple[Booking, dict[str, int]]:
    """The doctor's time off begins when the patient has looked what is offered, and has locked nothing yet."""
    slot, *_, last = diary(make_doctor(), LENGTH)
    booking = books(patient, slot)()
    away = goes_on_leave(slot, **{booking.reference: TimeOffDecision.OFFER})
    answers = crowd.rush([CHANGES[change](booking, last), start_inside(monkeypatch, locks, "slots", away)])
    return booking, dict(outcomes(answers))


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_offered_meanwhile_is_let_go_as_well(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    booking, said = rush(crowd, patients[0], monkeypatch, change)

    assert said == {"done": 2}
    assert Hold.objects.filter(booking=booking).count() == 3  # it was offered: the race did happen
    assert not Hold.objects.filter(booking=booking, state="OPEN").exists()
    assert not Slot.objects.filter(held_until__isnull=False).exists()
    assert invariants.broken() == {}


@pytest.mark.parametrize("change", CHANGES)
def test_looking_once_leaves_times_held_for_nobody(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """The control: what was offered is asked for before the locks, and not again."""

    def look_once(booking: Booking, *others: UUID) -> dict[UUID, Slot]:
        offered = Hold.objects.filter(booking=booking, state="OPEN").values_list("slot_id", flat=True)
        return locks.slots({booking.slot_id, *offered, *others})

    monkeypatch.setattr(locks, "slots_of", look_once)

    booking, said = rush(crowd, patients[0], monkeypatch, change)

    assert said == {"done": 2}
    assert Hold.objects.filter(booking=booking, state="OPEN").count() == 3
    assert set(invariants.broken()) == ({RULE} if change != "decline" else set())
