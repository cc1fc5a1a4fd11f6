"""The same races with a guard taken away: each must be seen to go wrong, or the tests beside this one show nothing."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from bookings import rules, states
from bookings.choices import Status
from bookings.models import Booking
from core import clock
from doctors import services as diaries
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Crowd, outcomes
from tests.concurrency.support.guards import (
    insert_slots_slowly,
    meet_after,
    unlock,
    without_constraint,
)
from tests.concurrency.support.steps import books, cancels, diary, later

RIVALS = 8


def test_without_lock_and_constraint_rivals_are_all_booked(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = make_slot()
    unlock(monkeypatch, Slot)
    meet_after(monkeypatch, rules, "check_can_book", parties=RIVALS)
    with without_constraint(Booking, "booking_slot_once"):
        answers = crowd.rush([books(patient, slot) for patient in patients[:RIVALS]])

        assert outcomes(answers) == Counter(done=RIVALS)
        assert {"two bookings hold one slot", "two bookings held one time, says the history"} <= set(
            invariants.broken()
        )


def test_without_lock_and_constraint_the_rush_itself_oversells(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No staged meeting here: the plain rush of 32, as in the rivals test, is enough to oversell."""
    slots = diary(make_doctor(), 10)
    unlock(monkeypatch, Slot)
    with without_constraint(Booking, "booking_slot_once"):
        won = [outcomes(crowd.rush([books(patient, slot) for patient in patients]))["done"] for slot in slots]

        assert max(won) > 1, won
        assert "two bookings hold one slot" in invariants.broken()


def test_without_the_lock_the_constraint_stands_behind(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = make_slot()
    unlock(monkeypatch, Slot)
    meet_after(monkeypatch, rules, "check_can_book", parties=RIVALS)

    answers = crowd.rush([books(patient, slot) for patient in patients[:RIVALS]])

    assert outcomes(answers) == Counter(done=1, SlotTaken=RIVALS - 1)
    assert invariants.broken() == {}


def test_without_the_constraint_the_lock_is_enough(crowd: Crowd, patients: list[PatientProfile]) -> None:
    slots = diary(make_doctor(), 10)
    with without_constraint(Booking, "booking_slot_once"):
        rounds = [crowd.rush([books(patient, slot) for patient in patients]) for slot in slots]

        assert [outcomes(answers) for answers in rounds] == [Counter(done=1, SlotTaken=31)] * len(slots)
        assert invariants.broken() == {}


def test_without_lock_and_constraint_a_patient_is_in_two_places(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = make_slot()
    overlapping = make_slot(starts_at=later(slot, minutes=15)[0])
    unlock(monkeypatch, PatientProfile)
    meet_after(monkeypatch, rules, "check_can_book", parties=2)
    with without_constraint(Booking, "booking_patient_no_overlap"):
        answers = crowd.rush([books(patients[0], slot), books(patients[0], overlapping)])

        assert outcomes(answers) == Counter(done=2)
        assert list(invariants.broken()) == ["a patient is in two places at once"]


def test_without_the_patients_lock_the_constraint_stands_behind(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = make_slot()
    overlapping = make_slot(starts_at=later(slot, minutes=15)[0])
    unlock(monkeypatch, PatientProfile)
    meet_after(monkeypatch, rules, "check_can_book", parties=2)

    answers = crowd.rush([books(patients[0], slot), books(patients[0], overlapping)])

    # Without the lock PostgreSQL may also see a deadlock between the two inserts: told as Busy.
    assert outcomes(answers) in (Counter(done=1, PatientBusy=1), Counter(done=1, Busy=1))
    assert invariants.broken() == {}


def test_without_the_constraint_the_patients_lock_is_enough(crowd: Crowd, patients: list[PatientProfile]) -> None:
    slots = diary(make_doctor(), 5)
    doctors = [make_doctor() for _ in patients]
    with without_constraint(Booking, "booking_patient_no_overlap"):
        assert len(patients) >= 5
        for patient, slot in zip(patients, slots, strict=False):
            wishes = [make_slot(doctor, starts_at=slot.starts_at) for doctor in doctors]

            answers = crowd.rush([books(patient, wish) for wish in wishes])

            assert outcomes(answers) == Counter(done=1, PatientBusy=31)
        assert invariants.broken() == {}


@pytest.mark.parametrize("locked", [True, False])
def test_without_the_doctors_lock_two_overlapping_days_deadlock(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch, *, locked: bool
) -> None:
    """The constraint keeps the diary right either way; the lock is what spares people the deadlock."""
    doctor, times = make_doctor(), [(slot.starts_at, slot.ends_at) for slot in diary(make_doctor(), 2)]
    insert_slots_slowly(monkeypatch)
    if not locked:
        unlock(monkeypatch, DoctorProfile)

    creates = [partial(diaries.create_slots, doctor=doctor, times=day, now=clock.now()) for day in (times, times[::-1])]

    assert outcomes(crowd.rush(creates)) == (Counter(done=1, OverlapsDiary=1) if locked else Counter(done=1, Busy=1))
    assert invariants.broken() == {}


def test_without_lock_and_constraint_a_diary_overlaps(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = make_doctor()
    start, end = later(make_slot(), minutes=0)
    unlock(monkeypatch, DoctorProfile)
    with without_constraint(Slot, "slot_no_overlap"):
        creates = [partial(diaries.create_slots, doctor=doctor, times=[(start, end)], now=clock.now())] * 2

        assert outcomes(crowd.rush(creates)) == Counter(done=2)
        assert list(invariants.broken()) == ["two slots of a doctor overlap"]


def test_without_locks_a_deleted_time_leaves_a_patient_without_one(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = make_doctor()
    slot = make_slot(doctor)
    unlock(monkeypatch, Slot)
    with without_constraint(Booking, "booking_live_has_slot"):
        own_free_slot = diaries._own_free_slot

        def read_then_let_the_patient_book(*args: object) -> Slot:
            found = own_free_slot(*args)  # type: ignore[arg-type]
            crowd.rush([books(patients[0], slot)])
            return found

        monkeypatch.setattr(diaries, "_own_free_slot", read_then_let_the_patient_book)
        diaries.delete_slot(doctor=doctor, slot_id=slot.pk, by=doctor.user, now=clock.now())

        assert list(invariants.broken()) == ["a live booking has no slot"]


def test_without_locks_a_booking_is_cancelled_twice(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = books(patients[0], make_slot())()
    unlock(monkeypatch)
    meet_after(monkeypatch, states, "check", parties=2)

    answers = crowd.rush([cancels(booking), cancels(booking, by_doctor=True)])

    assert outcomes(answers) == Counter(done=2)
    assert booking.changes.filter(to_status=Status.CANCELLED).count() == 2
    assert list(invariants.broken()) == ["a history does not hang together"]


def test_without_locks_a_late_cancel_frees_the_next_patients_time(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = make_slot()
    booking = books(patients[0], slot)()
    unlock(monkeypatch)
    check = states.check

    def decide_then_let_the_others_act(**facts: object) -> None:
        check(**facts)  # type: ignore[arg-type]
        monkeypatch.setattr(states, "check", check)
        crowd.rush([cancels(booking, by_doctor=True)])
        crowd.rush([books(patients[1], slot)])

    monkeypatch.setattr(states, "check", decide_then_let_the_others_act)
    cancels(booking)()

    assert set(invariants.broken()) == {
        "a slot's state does not agree with its bookings",
        "a history does not hang together",
    }
