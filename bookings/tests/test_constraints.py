"""The database's own word: raw SQL that breaks a rule is refused, whatever the code above says (C2, C5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from bookings.choices import Status
from bookings.models import Booking
from bookings.tests.people import booked, cancelled, confirmed, slot_in
from core.errors import constraint_name
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db

# Every column, also those to come: what is not said otherwise is copied as it stands.
COLUMNS = [field.column for field in Booking._meta.concrete_fields if not field.primary_key]
OF_ITS_OWN = {
    "uid": "gen_random_uuid()",
    "reference": "'BBBB-BBBB'",
    "idempotency_key": "NULL",
    "starts_at": "starts_at + %(later)s",
    "ends_at": "ends_at + %(later)s",
}


def run(sql: str, values: Sequence[Any] | Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@contextmanager
def refused(by: str) -> Iterator[None]:
    """By the constraint of that name, or by a trigger that says these words."""
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        yield
    assert by == constraint_name(error.value) or by in str(error.value)


def copy(booking: Booking, *, later: timedelta = timedelta(0), **changed: str) -> None:
    """A second row like the first, `later`, with SQL for the columns that are `changed`."""
    values = ", ".join((OF_ITS_OWN | changed).get(column, column) for column in COLUMNS)
    sql = f"INSERT INTO bookings_booking ({', '.join(COLUMNS)}) SELECT {values} FROM bookings_booking WHERE id = %(id)s"
    run(sql, {"id": booking.pk, "later": later})


def copy_elsewhere(booking: Booking, *, later: timedelta) -> None:
    """The same patient again, at another doctor's time."""
    copy(booking, later=later, slot_id=f"'{slot_in(days=9).pk}'::uuid")


@pytest.mark.parametrize("status", [Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN, Status.COMPLETED])
def test_a_time_is_booked_once(status: Status) -> None:
    booking = booked()
    with refused("booking_slot_once"):
        copy(booking, patient_id=str(make_patient().pk), status=f"'{status}'")


def test_a_cancelled_booking_does_not_block_its_time() -> None:
    first = cancelled()
    assert first.slot is not None
    assert booked(slot=first.slot).status == Status.PENDING


@pytest.mark.parametrize("minutes", [-29, 0, 29])
def test_a_patients_live_bookings_do_not_overlap(minutes: int) -> None:
    booking = booked()
    with refused("booking_patient_no_overlap"):
        copy_elsewhere(booking, later=timedelta(minutes=minutes))


def test_half_open_neighbours_do_not_overlap() -> None:
    booking = booked()
    copy_elsewhere(booking, later=timedelta(minutes=30))
    assert Booking.objects.count() == 2


def test_a_history_row_is_never_rewritten() -> None:
    change = booked().changes.get()
    with refused("history_is_immutable"):
        run("UPDATE bookings_bookingstatuschange SET to_status = 'COMPLETED' WHERE id = %s", [change.pk])
    with refused("history_is_kept"):
        run("DELETE FROM bookings_bookingstatuschange WHERE id = %s", [change.pk])


def test_a_booking_is_never_deleted() -> None:
    booking = cancelled()
    with refused("booking_is_kept"):
        run("DELETE FROM bookings_booking WHERE id = %s", [booking.pk])


@pytest.mark.parametrize("column", ["patient_id", "doctor_id", "booked_by_id"])
def test_the_people_of_a_booking_stay(column: str) -> None:
    booking, other = booked(), booked(days=2)
    with refused("booking_facts_stay"):
        others = f"(SELECT {column} FROM bookings_booking WHERE id = %s)"
        run(f"UPDATE bookings_booking SET {column} = {others} WHERE id = %s", [other.pk, booking.pk])


@pytest.mark.parametrize("column", ["starts_at", "ends_at", "created_at"])
def test_the_times_of_a_booking_stay(column: str) -> None:
    booking = booked()
    with refused("booking_facts_stay"):
        run(f"UPDATE bookings_booking SET {column} = {column} - interval '1 minute' WHERE id = %s", [booking.pk])


@pytest.mark.parametrize("column", ["reference", "uid"])
def test_the_names_of_a_booking_stay(column: str) -> None:
    booking = booked()
    value = "'CCCC-CCCC'" if column == "reference" else "gen_random_uuid()"
    with refused("booking_facts_stay"):
        run(f"UPDATE bookings_booking SET {column} = {value} WHERE id = %s", [booking.pk])


@pytest.mark.parametrize(
    "assignments",
    [
        "status = 'CANCELLED'",
        "status = 'CANCELLED', cancelled_at = now()",
        "status = 'CANCELLED', cancelled_by_id = booked_by_id",
        "cancelled_at = now()",
        "cancelled_by_id = booked_by_id",
        "cancellation_reason = 'Ill'",
    ],
)
def test_the_facts_of_a_cancellation_come_together(assignments: str) -> None:
    booking = booked()
    with refused("booking_cancelled_facts"):
        run(f"UPDATE bookings_booking SET {assignments} WHERE id = %s", [booking.pk])


def test_a_cancellation_can_not_lose_who_and_when() -> None:
    booking = cancelled()
    with refused("booking_cancelled_facts"):
        run("UPDATE bookings_booking SET cancelled_by_id = NULL WHERE id = %s", [booking.pk])


def test_a_live_booking_holds_a_time() -> None:
    booking = confirmed()
    with refused("booking_live_has_slot"):
        run("UPDATE bookings_booking SET slot_id = NULL WHERE id = %s", [booking.pk])


def test_an_unknown_status_is_refused() -> None:
    booking = booked()
    with refused("booking_status_known"):
        run("UPDATE bookings_booking SET status = 'LOST' WHERE id = %s", [booking.pk])


def test_a_booking_ends_after_it_begins() -> None:
    booking = cancelled()
    with refused("booking_ends_after_start"):
        copy(booking, ends_at="starts_at")


def test_one_person_uses_a_key_once() -> None:
    patient = make_patient()
    first, second = booked(patient=patient), booked(patient=patient, days=2)
    run("UPDATE bookings_booking SET idempotency_key = 'k' WHERE id = %s", [first.pk])
    with refused("booking_idempotency_key"):
        run("UPDATE bookings_booking SET idempotency_key = 'k' WHERE id = %s", [second.pk])


def test_a_booked_time_does_not_move_from_under_its_patient() -> None:
    booking = booked()
    with refused("booked_slot_stays"):
        run("UPDATE doctors_slot SET starts_at = starts_at + interval '5 minutes' WHERE id = %s", [booking.slot_id])
