"""The doctor changes the diary while patients book from it (B4, C2)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

from bookings.choices import Status
from bookings.models import Booking
from bookings.services.steps import confirm
from core import clock
from doctors import services as diaries
from doctors.models import Slot
from doctors.rules import MOST_AT_ONCE
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Crowd, outcomes, values
from tests.concurrency.support.doses import MANY, ROUNDS
from tests.concurrency.support.steps import books, cancels, diary, later


def test_a_time_is_cancelled_while_others_book_it(crowd: Crowd, patients: list[PatientProfile]) -> None:
    """The freed time is booked once more or stays free; never twice, at no moment of its history."""
    holder, *others = patients[:5]
    for slot in diary(make_doctor(), ROUNDS):
        first = books(holder, slot)()

        cancelled, *rest = crowd.rush([cancels(first), *(books(other, slot) for other in others)])

        assert cancelled.error is None
        assert cancelled.value.status == Status.CANCELLED
        assert outcomes(rest)["done"] <= 1
        assert set(outcomes(rest)) <= {"done", "SlotTaken"}, outcomes(rest)
        held = Booking.objects.filter(slot=slot).live()
        assert [booking.pk for booking in held] == [booking.pk for booking in values(rest)]
        assert Slot.objects.get(pk=slot.pk).is_free == (not held)
    assert invariants.broken() == {}


def test_a_time_is_deleted_while_patients_book_it(crowd: Crowd, patients: list[PatientProfile]) -> None:
    doctor = make_doctor()
    for slot in diary(doctor, MANY):
        acts = [books(patient, slot) for patient in patients[:3]]

        deleted, *rest = crowd.rush(
            [partial(diaries.delete_slot, doctor=doctor, slot_id=slot.pk, by=doctor.user, now=clock.now()), *acts]
        )

        if deleted.error is None:
            assert outcomes(rest) == Counter(SlotTaken=3)
        else:
            assert isinstance(deleted.error, diaries.SlotIsBooked)
            assert outcomes(rest) == Counter(done=1, SlotTaken=2)
        assert Slot.objects.filter(pk=slot.pk).exists() == (deleted.error is not None)
    assert invariants.broken() == {}


def test_a_time_is_moved_while_patients_book_it(crowd: Crowd, patients: list[PatientProfile]) -> None:
    doctor = make_doctor()
    for slot in diary(doctor, ROUNDS):
        starts_at, ends_at = later(slot, minutes=20)
        acts = [books(patient, slot) for patient in patients[:3]]

        move = partial(
            diaries.edit_slot, doctor=doctor, slot_id=slot.pk, starts_at=starts_at, ends_at=ends_at, by=doctor.user
        )
        moved, *rest = crowd.rush([partial(move, now=clock.now()), *acts])

        if moved.error is None:
            assert outcomes(rest) == Counter(SlotTaken=3)  # nobody is booked at hours they have not seen
        else:
            assert isinstance(moved.error, diaries.SlotIsBooked)
            assert outcomes(rest) == Counter(done=1, SlotTaken=2)
    assert invariants.broken() == {}


def test_overlapping_times_put_into_one_diary_at_once_leave_one(crowd: Crowd, patients: list[PatientProfile]) -> None:
    doctor, times = make_doctor(), [(slot.starts_at, slot.ends_at) for slot in diary(make_doctor(), 20)]
    for time in times:
        creates = partial(diaries.create_slots, doctor=doctor, times=[time], now=clock.now())

        assert outcomes(crowd.rush([creates] * 8)) == Counter(done=1, OverlapsDiary=7)
    assert Slot.objects.filter(doctor=doctor).count() == len(times)
    assert invariants.broken() == {}


def test_a_whole_day_put_into_one_diary_by_16_at_once_is_there_once(crowd: Crowd) -> None:
    doctor, length = make_doctor(), timedelta(minutes=10)
    for morning in (slot.starts_at for slot in diary(make_doctor(), 5 * 24)[::24]):
        day = [(morning + number * length, morning + (number + 1) * length) for number in range(MOST_AT_ONCE)]
        forwards = partial(diaries.create_slots, doctor=doctor, times=day, now=clock.now())
        backwards = partial(diaries.create_slots, doctor=doctor, times=day[::-1], now=clock.now())

        assert outcomes(crowd.rush([forwards, backwards] * 8)) == Counter(done=1, OverlapsDiary=15)
    assert Slot.objects.filter(doctor=doctor).count() == 5 * MOST_AT_ONCE
    assert invariants.broken() == {}


def test_a_booking_confirmed_twice_at_once_is_confirmed_once(crowd: Crowd, patients: list[PatientProfile]) -> None:
    doctor = make_doctor()
    for slot in diary(doctor, 20):
        booking = books(patients[0], slot)()
        confirms = partial(confirm, booking=booking, by=doctor.user, now=clock.now())

        assert outcomes(crowd.rush([confirms] * 4)) == Counter(done=1, TransitionRefused=3)
        assert booking.changes.filter(to_status=Status.CONFIRMED).count() == 1
    assert invariants.broken() == {}


def test_a_booking_cancelled_by_both_sides_while_others_wait_for_it(
    crowd: Crowd, patients: list[PatientProfile]
) -> None:
    """The second cancel must not free the time under the next patient."""
    holder, *others = patients[:5]
    for slot in diary(make_doctor(), ROUNDS):
        booking = books(holder, slot)()
        both = [cancels(booking), cancels(booking, by_doctor=True)]

        answers = crowd.rush([*both, *(books(other, slot) for other in others)])

        assert outcomes(answers[:2]) == Counter(done=1, TransitionRefused=1)
        assert outcomes(answers[2:])["done"] <= 1
        assert booking.changes.filter(to_status=Status.CANCELLED).count() == 1
    assert invariants.broken() == {}


def test_confirm_and_cancel_at_once_leave_a_cancelled_booking(crowd: Crowd, patients: list[PatientProfile]) -> None:
    """An acknowledged cancel stays (C6), whichever came first."""
    doctor = make_doctor()
    for slot in diary(doctor, 20):
        booking = books(patients[0], slot)()

        confirms = partial(confirm, booking=booking, by=doctor.user, now=clock.now())

        confirmed, cancelled = crowd.rush([confirms, cancels(booking)])

        assert cancelled.error is None
        assert confirmed.error is None or type(confirmed.error).__name__ == "TransitionRefused"
        booking.refresh_from_db()
        assert booking.status == Status.CANCELLED
    assert invariants.broken() == {}
