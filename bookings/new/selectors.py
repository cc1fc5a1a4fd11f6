"""What the pages about one time need to know, in one statement without a lock.

Hand-written, because in a rush each of two hundred asks it: to build its text and to plan it would cost more than all
else they are answered with. bookings/tests/new/ holds it against the same questions asked by the ORM.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from accounts.models import User
from bookings.choices import LIVE
from core.intervals import Interval, interval_of, overlaps
from core.postgres.prepared import Columns, Prepared, related, rows_of
from doctors.models import Department, DoctorProfile, Slot
from integrations.models import GoogleConnection
from patients.models import PatientProfile


class Appointment(NamedTuple):
    """As much of a coming appointment as tells what is in its way."""

    pk: int
    slot_id: UUID | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A time, for whom the reader can book, and what each of them has to come, as things stood at one moment.

    `slot` is None when no listed doctor has it in the diary (any more). `is_answered`: the reader has booked something
    with this very form. `coming` has the appointments of each person by their key, the earliest first.
    """

    slot: Slot | None
    people: list[PatientProfile]
    coming: Mapping[int, list[Appointment]]
    is_answered: bool = False

    def clash_of(self, person: PatientProfile) -> Appointment | None:
        """Their earliest appointment that shares a moment with the time."""
        slot = self.slot
        shared = (one for one in self.coming[person.pk] if slot and overlaps(interval_of(one), interval_of(slot)))
        return next(shared, None)

    @property
    def busy_people(self) -> set[int]:
        """By key, who of them is elsewhere at the time."""
        return {person.pk for person in self.people if self.clash_of(person)}

    def busy_times(self, person: PatientProfile | None) -> list[Interval]:
        return [interval_of(one) for one in self.coming[person.pk]] if person else []


def snapshot(reader: User, slot_id: UUID, *, key: str = "", now: datetime) -> Snapshot:
    """What `reader`, a patient, sees; `key`: of the form that was sent. One query.

    What is over by `now` is in nobody's way: a time that has begun can't be booked.
    """
    rows = rows_of(_look().call(slot_id, reader.pk, key or None, now))
    slot, is_answered = None, False
    people: dict[int, PatientProfile] = {}
    coming: dict[int, list[Appointment]] = {}
    for row in rows:  # a row for each coming appointment, or for a person without any
        values = iter(row)
        appointment, person_id = Appointment(*(next(values) for _ in Appointment._fields)), next(values)
        coming.setdefault(person_id, []).extend([] if appointment.pk is None else [appointment])
        if person_id in people:
            continue
        people[person_id] = _person(values, reader)
        if len(people) == 1:
            is_answered, slot = next(values), _slot(values)
    return Snapshot(slot, list(people.values()), coming, is_answered)


_PERSON = Columns(
    PatientProfile,
    "person",
    but_not=(
        *("blood_group", "address", "emergency_contact_name", "emergency_contact_phone"),
        *("medical_history", "allergies", "own_search_name", "own_phone", "own_email", "created_at"),
    ),
)
_SLOT = Columns(Slot, "slot", but_not=("source", "created_at"))
_DOCTOR = Columns(
    DoctorProfile,
    "doctor",
    but_not=(
        *("search_specialization", "qualification", "licence_number", "years_of_experience", "biography"),
        *("marks_no_shows", "rating_count", "rating_sum", "approved_by", "created_at"),
    ),
)
_DEPARTMENT = Columns(Department, "department", but_not=("description",))
_ACCOUNT = Columns(
    User,
    "account",
    but_not=(
        *("password", "last_login", "is_superuser", "is_staff", "date_joined", "username", "email", "phone"),
        *("email_verified", "erased_at", "security_stamp", "search_name"),
    ),
)
_CALENDAR = Columns(
    GoogleConnection,
    "calendar",
    but_not=("sealed_token", "scopes", "google_email", "connected_at", "broken_at", "told_at", "backfilled_at"),
)
_LIVE = ", ".join(f"'{status}'" for status in LIVE)


@cache
def _look() -> Prepared:
    """People in the order of `patients.selectors.people_to_book_for`; the time is the same in every row."""
    text = f"""
        SELECT
            {", ".join(f"coming.{name}" for name in ("id", *Appointment._fields[1:]))},
            person.id, {_PERSON},
            EXISTS (SELECT FROM bookings_booking WHERE booked_by_id = $2 AND idempotency_key = $3),
            {_SLOT}, {_DOCTOR}, {_DEPARTMENT}, {_ACCOUNT}, {_CALENDAR}
        FROM patients_patientprofile person
        LEFT JOIN bookings_booking coming
            ON coming.patient_id = person.id AND coming.ends_at > $4 AND coming.status IN ({_LIVE})
        LEFT JOIN (
            doctors_slot slot
            JOIN doctors_doctorprofile doctor ON doctor.id = slot.doctor_id AND doctor.approved_at IS NOT NULL
            JOIN doctors_department department ON department.id = doctor.department_id
            JOIN accounts_user account ON account.id = doctor.user_id AND account.is_active
            LEFT JOIN integrations_googleconnection calendar ON calendar.user_id = account.id
        ) ON slot.id = $1
        WHERE person.user_id = $2 OR (person.guardian_id = $2 AND person.removed_at IS NULL)
        ORDER BY person.user_id NULLS LAST, person.own_search_name, person.id, coming.starts_at
    """  # noqa: S608 - names of columns and constants of this module
    return Prepared("new_look", ["uuid", "bigint", "text", "timestamptz"], text)


def _person(values: Iterator[object], reader: User) -> PatientProfile:
    """Either account is the reader's own, or there is none: nobody asks for it."""
    person = _PERSON.read(values)
    if person is None:
        raise PatientProfile.DoesNotExist
    related(person, "user", reader if person.user_id == reader.pk else None)
    related(person, "guardian", reader if person.guardian_id == reader.pk else None)
    return person


def _slot(values: Iterator[object]) -> Slot | None:
    slot, doctor, department = _SLOT.read(values), _DOCTOR.read(values), _DEPARTMENT.read(values)
    account, calendar = _ACCOUNT.read(values), _CALENDAR.read(values)
    related(slot, "doctor", doctor)
    related(doctor, "department", department)
    related(doctor, "user", account)
    related(account, "google_connection", calendar)
    return slot
