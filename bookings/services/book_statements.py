"""The booking in two round trips: all it decides by, locked and read; all it writes (docs/adr/0027).

Hand-written, because building these texts and planning them cost more than running them. The rules, the constraints
and the triggers are those of every other road; bookings/tests/services/test_book_statements.py holds what is read here
against the same questions asked by the ORM.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from accounts.choices import Role
from accounts.models import User
from bookings.choices import LIVE
from bookings.models import Booking
from bookings.rules import PatientRef
from core.postgres.prepared import Columns, Insert, Prepared, Row, SqlCall, related, run
from doctors.choices import SlotState
from doctors.models import Department, DoctorProfile, Slot
from integrations.models import GoogleConnection
from patients.models import PatientProfile

_DOCTOR_LEFT_OUT = ("search_specialization", "qualification", "licence_number", "biography")
_PATIENT_LEFT_OUT = (
    *("blood_group", "address", "emergency_contact_name", "emergency_contact_phone"),
    *("medical_history", "allergies", "own_search_name"),
)
_ACCOUNT_LEFT_OUT = ("password", "search_name", "last_login")
_SLOT = Columns(Slot, "slot")
_DOCTOR = Columns(DoctorProfile, "doctor", but_not=_DOCTOR_LEFT_OUT)
_DEPARTMENT = Columns(Department, "department", but_not=("description",))
_PATIENT = Columns(PatientProfile, "patient", but_not=_PATIENT_LEFT_OUT)
# The account of the doctor, the patient and the guardian, each with its calendar, so that no step asks for either.
_ACCOUNTS = {
    alias: (Columns(User, alias, but_not=_ACCOUNT_LEFT_OUT), Columns(GoogleConnection, f"{alias}_calendar"))
    for alias in ("doctors", "patients", "guardians")
}
_LIVE = ", ".join(f"'{status}'" for status in LIVE)

# Whom to book for, as `PatientRef` says it: which profiles are locked ($1 the account, $2 the person or patient), and
# which of them it is ($2 the account, $3 the person or patient). Whatever an account books for several people waits
# for its own profile, so that all of it can be counted.
_IN_THEIR_CARE = "guardian_id = {account} AND removed_at IS NULL"
_LOCKED = f"user_id = $1 OR (id = $2 AND {_IN_THEIR_CARE.format(account='$1')})"
_OWN, _PERSON, _KNOWN = "own", "person", "known"
_LOCKED_BY_WAY = {_OWN: _LOCKED, _PERSON: _LOCKED, _KNOWN: "id = $2 OR user_id = $1"}
_FOUND_BY_WAY = {
    _OWN: "patient.user_id = $2",
    _PERSON: "patient.id = $3 AND (patient.user_id = $2 OR (patient.guardian_id = $2 AND patient.removed_at IS NULL))",
    _KNOWN: "patient.id = $3",
}


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """What a booking decides by, as it is while its locks are held."""

    slot: Slot | None  # None: it has gone
    patient: PatientProfile | None  # None: a newcomer, or nobody of theirs
    earlier_id: int | None  # what was booked with this key before
    patient_is_busy: bool
    account_is_open: bool  # of whoever books
    cares_for_others: bool
    counts: dict[str, int]  # for services/limits.py; of what the hospital books nothing is counted


def lock_and_read(slot_id: UUID, ref: PatientRef, *, by: User, key: str | None, now: datetime) -> BookingFacts:
    """Lock the time, then its patient and who books for them; then read all that is decided by, in one round trip.

    The reading begins when the locks are held, and is as fresh as they are (docs/locking.md).
    """
    return facts_of(run(*locking(slot_id, ref, by), reading(slot_id, ref, by, key, now)))


def locking(slot_id: UUID, ref: PatientRef, by: User) -> list[SqlCall]:
    calls = [_BY_INDEX, _lock_slot().call(slot_id)]
    if ref.new is None:
        way, person_id = _way(ref)
        waits_for = by.pk if way != _KNOWN or by.is_patient else None
        calls.append(_lock_patients(way).call(waits_for, person_id))
    return calls


def reading(slot_id: UUID, ref: PatientRef, by: User, key: str | None, now: datetime) -> SqlCall:
    way, person_id = _way(ref)
    return _read(way).call(slot_id, by.pk, person_id, key or None, now)


def _way(ref: PatientRef) -> tuple[str, int | None]:
    if ref.patient_id is not None or ref.new is not None:
        return _KNOWN, ref.patient_id
    return (_OWN, None) if ref.person_id is None else (_PERSON, ref.person_id)


# Every table is entered by a key here, whichever it is: one plan fits all. One made while a table is small, and kept,
# would read all of it when it has grown. For this transaction alone.
_BY_INDEX = SqlCall(
    "SELECT set_config('enable_seqscan', 'off', TRUE), set_config('plan_cache_mode', 'force_generic_plan', TRUE)",
    [],
    reads=True,
)


@cache
def _lock_slot() -> Prepared:
    return Prepared("book_lock_slot", ["uuid"], "SELECT FROM doctors_slot WHERE id = $1 FOR NO KEY UPDATE")


@cache
def _lock_patients(way: str) -> Prepared:
    text = f"""
        SELECT FROM patients_patientprofile WHERE {_LOCKED_BY_WAY[way]} ORDER BY id FOR NO KEY UPDATE
    """
    return Prepared(f"book_lock_{way}", ["bigint", "bigint"], text)


@cache
def _read(way: str) -> Prepared:
    accounts = ", ".join(f"{user}, {calendar}" for user, calendar in _ACCOUNTS.values())
    text = f"""
        SELECT
            account.is_active,
            EXISTS (SELECT FROM patients_patientprofile WHERE {_IN_THEIR_CARE.format(account="account.id")}),
            (SELECT id FROM bookings_booking WHERE booked_by_id = account.id AND idempotency_key = $4),
            EXISTS (
                SELECT FROM bookings_booking
                WHERE patient_id = patient.id AND status IN ({_LIVE})
                    AND ends_at > slot.starts_at AND starts_at < slot.ends_at
            ),
            {_counted("patient_id = patient.id AND " + _COMING)},
            {_counted_of_account()},
            {_counted("booked_by_id = account.id AND created_at > $5 - interval '1 hour' AND created_at <= $5")},
            {_SLOT}, {_DOCTOR}, {_DEPARTMENT}, {_PATIENT}, {accounts}
        FROM accounts_user account
        LEFT JOIN doctors_slot slot ON slot.id = $1
        LEFT JOIN doctors_doctorprofile doctor ON doctor.id = slot.doctor_id
        LEFT JOIN doctors_department department ON department.id = doctor.department_id
        LEFT JOIN patients_patientprofile patient ON {_FOUND_BY_WAY[way]}
        LEFT JOIN accounts_user doctors ON doctors.id = doctor.user_id
        LEFT JOIN accounts_user patients ON patients.id = patient.user_id
        LEFT JOIN accounts_user guardians ON guardians.id = patient.guardian_id
        LEFT JOIN integrations_googleconnection doctors_calendar ON doctors_calendar.user_id = doctors.id
        LEFT JOIN integrations_googleconnection patients_calendar ON patients_calendar.user_id = patients.id
        LEFT JOIN integrations_googleconnection guardians_calendar ON guardians_calendar.user_id = guardians.id
        WHERE account.id = $2
    """  # noqa: S608 - names of columns and constants of this module
    return Prepared(f"book_read_{way}", ["uuid", "bigint", "bigint", "text", "timestamptz"], text)


_COUNTED = ("of_patient", "of_account", "within_hour")
_COMING = f"status IN ({_LIVE}) AND ends_at > $5"
# The hospital has no limit, and may have booked thousands: nothing is counted for it.
_IF_PATIENT = f"CASE account.role WHEN '{Role.PATIENT}' THEN ({{count}}) END"


def _counted(condition: str) -> str:
    return _IF_PATIENT.format(count=f"SELECT count(*) FROM bookings_booking WHERE {condition}")  # noqa: S608


def _counted_of_account() -> str:
    """Of the account's own profile and of each in its care, one after the other."""
    count = f"""
        SELECT coalesce(sum((SELECT count(*) FROM bookings_booking WHERE patient_id = own.id AND {_COMING})), 0)::bigint
        FROM (
            SELECT id FROM patients_patientprofile WHERE user_id = account.id
            UNION ALL
            SELECT id FROM patients_patientprofile WHERE {_IN_THEIR_CARE.format(account="account.id")}
        ) own
    """  # noqa: S608 - constants of this module
    return _IF_PATIENT.format(count=count)


def facts_of(found: Row | None) -> BookingFacts:
    if found is None:
        raise User.DoesNotExist
    values = iter(found)
    account_is_open, cares_for_others, earlier_id, patient_is_busy = (next(values) for _ in range(4))
    counts = {name: next(values) for name in _COUNTED}
    slot, doctor, department = _SLOT.read(values), _DOCTOR.read(values), _DEPARTMENT.read(values)
    patient = _PATIENT.read(values)
    of_doctor, of_patient, of_guardian = (
        _with_calendar(user.read(values), calendar.read(values)) for user, calendar in _ACCOUNTS.values()
    )
    related(slot, "doctor", doctor)
    related(doctor, "department", department)
    related(doctor, "user", of_doctor)
    related(patient, "user", of_patient)
    related(patient, "guardian", of_guardian)
    return BookingFacts(
        slot=slot,
        patient=patient,
        earlier_id=earlier_id,
        patient_is_busy=bool(patient_is_busy),
        account_is_open=bool(account_is_open),
        cares_for_others=bool(cares_for_others),
        counts={name: count for name, count in counts.items() if count is not None},
    )


def _with_calendar(user: User | None, calendar: GoogleConnection | None) -> User | None:
    related(user, "google_connection", calendar)
    return user


_BOOKING = Insert(Booking)
_TAKE = Prepared(
    "book_take",
    ["text", "uuid"],
    "UPDATE doctors_slot SET state = $1, held_until = NULL, closed_by_calendar = FALSE WHERE id = $2",
)
_FIRST_CHANGE = Prepared(
    "book_first_change",
    ["text", "bigint", "timestamptz", "uuid"],
    """
    INSERT INTO bookings_bookingstatuschange (booking_id, from_status, to_status, by_id, reason, at)
    SELECT id, '', $1, $2, '', $3 FROM bookings_booking WHERE uid = $4 RETURNING booking_id
    """,
)


def write(booking: Booking, *, now: datetime, also: Iterable[SqlCall] = ()) -> None:
    """Insert the row, take its time, write what comes with it (`also`) and the first step of its history."""
    change = _FIRST_CHANGE.call(booking.status, booking.booked_by_id, now, booking.uid)
    found = run(_BOOKING.call([booking]), _TAKE.call(SlotState.BOOKED, booking.slot_id), *also, change)
    if found is None:
        raise Booking.DoesNotExist
    (booking.pk,) = found
    booking._state.adding, booking._state.db = False, "default"  # noqa: SLF001 - as `save` leaves it
