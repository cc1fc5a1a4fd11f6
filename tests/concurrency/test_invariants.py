"""The checker itself: every rule it knows is seen to find the fault it is for."""

from __future__ import annotations

import pytest
from django.db import connection

from bookings.choices import Status
from bookings.models import Booking, BookingStatusChange, Hold
from bookings.tests.factories import make_held
from core import clock
from doctors.models import Slot
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from tests.concurrency.support import invariants
from tests.concurrency.support.guards import without_constraint
from tests.concurrency.support.steps import books, cancels, later, moves


def by_hand(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_life_of_bookings_breaks_nothing(patients: list[PatientProfile]) -> None:
    slot = make_slot()
    cancels(books(patients[0], slot)())()
    books(patients[1], slot)()

    assert Booking.objects.count() == 2
    assert invariants.broken() == {}


def test_the_history_still_tells_of_a_double_booking_that_was_cancelled_since(patients: list[PatientProfile]) -> None:
    slot = make_slot()
    with without_constraint(Booking, "booking_slot_once"):
        books(patients[0], slot)()
        Slot.objects.update(state="FREE")
        double = books(patients[1], slot)()
        cancels(double)()
        Slot.objects.update(state="BOOKED")

        assert list(invariants.broken()) == ["two bookings held one time, says the history"]


@pytest.mark.parametrize("state", ["FREE", "BOOKED"])
def test_a_wrong_slot_state_is_found(patients: list[PatientProfile], state: str) -> None:
    slot = make_slot()
    if state == "FREE":
        books(patients[0], slot)()
    by_hand("UPDATE doctors_slot SET state = %s", state)

    assert list(invariants.broken()) == ["a slot's state does not agree with its bookings"]


def test_a_booking_that_lost_its_time_is_found(patients: list[PatientProfile]) -> None:
    slot = make_slot()
    books(patients[0], slot)()
    start, end = later(slot, minutes=45)
    by_hand("UPDATE doctors_slot SET state = 'FREE'")
    by_hand("UPDATE doctors_slot SET state = 'BOOKED', starts_at = %s, ends_at = %s", start, end)

    assert list(invariants.broken()) == ["a booking's time is not its slot's"]


def test_a_booking_without_history_is_found(patients: list[PatientProfile]) -> None:
    books(patients[0], make_slot())()
    by_hand("TRUNCATE bookings_bookingstatuschange")

    assert list(invariants.broken()) == ["a booking is not where its history ends"]


def test_a_status_changed_by_the_back_door_is_found(patients: list[PatientProfile]) -> None:
    books(patients[0], make_slot())()
    by_hand("UPDATE bookings_booking SET status = 'CONFIRMED'")

    assert list(invariants.broken()) == ["a booking is not where its history ends"]


def test_a_missing_step_of_the_history_is_found(patients: list[PatientProfile]) -> None:
    booking = books(patients[0], make_slot())()
    BookingStatusChange.objects.create(
        booking=booking, from_status=Status.CHECKED_IN, to_status=Status.PENDING, at=clock.now()
    )

    assert list(invariants.broken()) == ["a history does not hang together"]


def test_overlapping_times_of_one_doctor_are_found_and_touching_ones_are_not(transactional_db: None) -> None:
    doctor = make_doctor()
    slot = make_slot(doctor)
    make_slot(doctor, starts_at=slot.ends_at)
    assert invariants.broken() == {}

    with without_constraint(Slot, "slot_no_overlap"):
        make_slot(doctor, starts_at=later(slot, minutes=29)[0])

        assert list(invariants.broken()) == ["two slots of a doctor overlap"]


def test_a_moved_appointment_that_still_stands_is_found(patients: list[PatientProfile]) -> None:
    slot = make_slot()
    old = books(patients[0], slot)()
    new = moves(old, make_slot(slot.doctor, days=2))()
    assert invariants.broken() == {}
    by_hand("UPDATE bookings_booking SET cancellation_reason = 'No need' WHERE id = %s", old.pk)
    by_hand("UPDATE bookings_booking SET calendar_sequence = 0 WHERE id = %s", new.pk)

    assert list(invariants.broken()) == ["a moved appointment is not cancelled", "a move changed more than the time"]


def test_two_appointments_under_one_calendar_entry_are_found(patients: list[PatientProfile]) -> None:
    slot = make_slot()
    one, other = books(patients[0], slot)(), books(patients[1], make_slot(slot.doctor, days=2))()
    by_hand("UPDATE bookings_booking SET calendar_uid = %s WHERE id = %s", one.calendar_uid, other.pk)

    assert list(invariants.broken()) == ["two live appointments are one to a calendar"]


@pytest.mark.parametrize(
    ("fault", "rules"),
    [
        ("UPDATE doctors_slot SET held_until = NULL", ["an open hold and its slot do not agree"]),
        (
            "UPDATE bookings_hold SET state = 'LAPSED', answered_at = now()",
            ["a slot is kept for nobody"],
        ),
        (
            "UPDATE bookings_hold SET state = 'ACCEPTED', answered_at = now()",
            ["a slot is kept for nobody", "a hold was accepted, but not booked by its patient"],
        ),
    ],
)
def test_a_hold_and_a_slot_that_disagree_are_found(
    patients: list[PatientProfile], fault: str, rules: list[str]
) -> None:
    make_held(patients[0], make_slot())
    assert invariants.broken() == {}
    by_hand(fault)

    assert list(invariants.broken()) == rules


def test_a_wish_with_two_offers_or_granted_twice_is_found(patients: list[PatientProfile]) -> None:
    slot = make_slot()
    held = make_held(patients[0], slot)
    books(patients[0], slot)()
    again = books(patients[0], make_slot(slot.doctor, days=2))()
    Hold.objects.create(
        slot=again.slot,
        patient=again.patient,
        entry=held.entry,
        until=clock.now(),
        state="ACCEPTED",
        created_at=clock.now(),
        answered_at=clock.now(),
    )

    assert list(invariants.broken()) == ["a wish was granted twice"]
