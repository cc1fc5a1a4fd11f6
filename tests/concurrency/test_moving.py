"""Moves against moves, cancels and bookings (C7): the old time is free exactly when the new one is taken."""

from __future__ import annotations

from collections import Counter
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection

from bookings import locks, rules
from bookings.choices import MOVED, Status
from bookings.models import Booking
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Crowd, outcomes, values
from tests.concurrency.support.doses import MANY, ROUNDS
from tests.concurrency.support.guards import PATIENCE, meet_after, unlock, without_constraint
from tests.concurrency.support.steps import books, cancels, diary, moves


def live() -> int:
    return Booking.objects.live().count()


def test_two_moves_of_one_booking_one_wins(crowd: Crowd, patients: list[PatientProfile]) -> None:
    times = diary(make_doctor(), 3 * ROUNDS)
    for n in range(ROUNDS):
        old, one, other = times[3 * n : 3 * n + 3]
        booking = books(patients[0], old)()

        answers = crowd.rush([moves(booking, one), moves(booking, other, by_doctor=True)])

        assert outcomes(answers) == Counter(done=1, AlreadyMoved=1)
        new = values(answers)[0]
        assert new.slot_id in {one.pk, other.pk}
        assert [slot.is_free for slot in Slot.objects.filter(pk__in=[old.pk, one.pk, other.pk])].count(True) == 2
        booking.refresh_from_db()
        assert (booking.status, booking.cancellation_reason) == (Status.CANCELLED, MOVED)
    assert invariants.broken() == {}


def test_one_form_sent_sixteen_times_moves_once(crowd: Crowd, patients: list[PatientProfile]) -> None:
    times = diary(make_doctor(), 20)
    for n in range(10):
        booking = books(patients[0], times[2 * n])()

        answers = crowd.rush([moves(booking, times[2 * n + 1], key=f"form-{n}")] * 16)

        assert outcomes(answers) == Counter(done=16)
        assert len({new.pk for new in values(answers)}) == 1
    assert OutgoingMessage.objects.filter(action="BOOKING_RESCHEDULED").count() == 20
    assert invariants.broken() == {}


def test_a_to_b_against_b_to_a_never_deadlocks(crowd: Crowd, patients: list[PatientProfile]) -> None:
    """Both times are taken, so both are refused; two more want a third time, and one of them gets it."""
    times = diary(make_doctor(), 3 * MANY)
    deadlocks = deadlocks_so_far()
    for n in range(MANY):
        a, b, c = times[3 * n : 3 * n + 3]
        on_a, on_b = books(patients[0], a)(), books(patients[1], b)()

        crossed = [moves(on_a, b), moves(on_b, a)] * 2
        answers = crowd.rush([*crossed, moves(on_a, c), moves(on_b, c, by_doctor=True)])

        # Whoever went to c leaves their time behind, and the other may have come after into it.
        assert set(outcomes(answers)) <= {"done", "SlotTaken", "AlreadyMoved"}, outcomes(answers)
        assert 1 <= outcomes(answers)["done"] <= 2
        for booking in Booking.objects.live():
            cancels(booking, by_doctor=True)()
    assert deadlocks_so_far() == deadlocks
    assert invariants.broken() == {}


def deadlocks_so_far() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_move_against_cancel_against_book(crowd: Crowd, patients: list[PatientProfile]) -> None:
    """An acknowledged cancel stays (C6): either it came first, or there was a new appointment to cancel no more."""
    times = diary(make_doctor(), 2 * MANY)
    for n in range(MANY):
        old, new = times[2 * n : 2 * n + 2]
        booking = books(patients[0], old)()

        moved, cancelled, *booked = crowd.rush(
            [
                moves(booking, new),
                cancels(booking, by_doctor=True),
                *(books(patient, slot) for patient, slot in zip(patients[1:7], [old, new] * 3, strict=True)),
            ]
        )

        assert (moved.error is None) + (cancelled.error is None) <= 1
        assert set(outcomes([moved])) <= {"done", "SlotTaken", "TransitionRefused"}
        assert set(outcomes([cancelled])) <= {"done", "TransitionRefused"}
        assert set(outcomes(booked)) <= {"done", "SlotTaken"}
        if moved.error is None:
            assert Booking.objects.get(slot=new, status__in=["PENDING"]).patient_id == patients[0].pk
        elif cancelled.error is None:
            assert not Booking.objects.live().filter(patient=patients[0], starts_at=old.starts_at).exists()
    assert invariants.broken() == {}


def test_many_move_to_one_time_and_one_gets_it(crowd: Crowd, patients: list[PatientProfile]) -> None:
    times = diary(make_doctor(), 17)
    bookings = [books(patient, slot)() for patient, slot in zip(patients[:16], times, strict=False)]

    answers = crowd.rush([moves(booking, times[16]) for booking in bookings])

    assert outcomes(answers) == Counter(done=1, SlotTaken=15)
    assert live() == 16
    assert invariants.broken() == {}


# Controls: the same races with a guard taken away are seen to go wrong.


def test_without_locks_and_constraint_a_booking_is_moved_twice(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, one, other = diary(make_doctor(), 3)
    booking = books(patients[0], old)()
    unlock(monkeypatch)
    meet_after(monkeypatch, rules, "check_can_book", parties=2)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE bookings_booking DROP CONSTRAINT bookings_booking_moved_from_id_key")
    try:
        with without_constraint(Booking, "booking_slot_once"):
            answers = crowd.rush([moves(booking, one), moves(booking, other)])

            assert outcomes(answers) == Counter(done=2)
            assert {"two live appointments are one to a calendar", "a history does not hang together"} <= set(
                invariants.broken()
            )
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE bookings_booking ADD CONSTRAINT bookings_booking_moved_from_id_key UNIQUE (moved_from_id)"
            )


def test_locks_in_the_order_they_are_asked_for_deadlock(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order by key is what keeps A→B and B→A apart: taken own time first, the two wait for each other."""
    a, b = diary(make_doctor(), 2)
    on_a, on_b = books(patients[0], a)(), books(patients[1], b)()
    both_have_one = Barrier(2)

    def own_first(booking: Booking, other: UUID) -> dict[UUID, Slot | None]:
        own = booking.slot_id
        held = {own: locks.slot(own)}
        both_have_one.wait(timeout=PATIENCE)
        return {**held, other: locks.slot(other)}

    monkeypatch.setattr(locks, "slots_of", own_first)
    answers = crowd.rush([moves(on_a, b), moves(on_b, a)])

    assert outcomes(answers)["Busy"] >= 1
