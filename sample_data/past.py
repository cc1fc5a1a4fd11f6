"""The last four weeks of the sample hospital, written in bulk: in the demo only.

Everywhere else an appointment is written by bookings/services/, step by step. A thousand of them would make the first
start wait for half a minute, so here each row is written once, as the services leave it in the end: the appointment,
one row of its history for each step, the state of its time. `test_past.py` holds it against what the services write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import uuid4

from django.db import connection, transaction

from accounts.models import User
from bookings.calendars import events as calendar_events
from bookings.choices import MOVED, Status
from bookings.models import Booking, BookingStatusChange
from bookings.rules import PatientRef
from bookings.services.book import first_status
from bookings.services.idempotency import fingerprint_of
from core.clock import hospital_day
from core.text.names import name_key
from core.text.phones import kept_or_typed
from doctors.choices import SlotState
from doctors.models import Slot
from patients.models import PatientProfile
from sample_data import diary, people
from sample_data.cast import Cast
from sample_data.past_days import CANCELLED, DAYS, PastOutcome, Taken, chance_of, day_of, drawn, outpatients, share_of
from sample_data.times import zone
from sample_data.visits import HEROES, KEY

PAST = f"{KEY}past-"
_HOURS = {person.username: person.hours for person in people.DOCTORS if person.hours and person.is_approved}
_WITH_ACCOUNT = 5  # visits a day by people who also sign in; all others book by telephone
_HAS_ACCOUNT = 0.04
_REASONS = {
    PastOutcome.CANCELLED_BY_DOCTOR: "I am called to an emergency. I am sorry.",
    PastOutcome.CANCELLED_BY_HOSPITAL: "Cancelled by telephone, as you asked.",
}


@dataclass
class PendingRows:
    """What is about to be written."""

    bookings: list[Booking] = field(default_factory=list)
    changes: list[BookingStatusChange] = field(default_factory=list)
    booked: list[Slot] = field(default_factory=list)


def keep_past(keys: set[str], cast: Cast, *, now: datetime) -> int:
    """Appointments for each working day of the last four weeks that has none of these; says how many are new."""
    today = hospital_day(now)
    days = [diary.working_day(today, -distance) for distance in range(DAYS, 0, -1)]
    lived = {key.removeprefix(PAST)[:10] for key in keys if key.startswith(PAST)}
    missing = [day for day in days if day.isoformat() not in lived]
    if not missing:
        return 0
    times = _regular_times(missing[0], today, cast)
    rows = PendingRows()
    with transaction.atomic():
        callers = _outpatients() if times else []
        for day in missing:
            _live(day, times.get(day, {}), callers, cast, rows)
        _write(rows)
    return len(rows.bookings)


def _regular_times(first: date, today: date, cast: Cast) -> dict[date, dict[str, list[Slot]]]:
    """Times in the doctors' usual hours, by day and doctor; what stands in the diary at other hours stays as it is."""
    names = {cast.doctors[name].pk: name for name in _HOURS}
    found: dict[date, dict[str, list[Slot]]] = defaultdict(lambda: defaultdict(list))
    within = Slot.objects.within(diary.at(first, "00:00", zone()), diary.at(today, "00:00", zone()))
    for slot in within.filter(doctor__in=names).select_related("doctor__user").order_by("starts_at", "pk"):
        name, day = names[slot.doctor_id], hospital_day(slot.starts_at)
        if (slot.starts_at, slot.ends_at) in diary.times_of_day(_HOURS[name], day, zone()):
            found[day][name].append(slot)
    return found


def _outpatients() -> list[PatientProfile]:
    """Registered by telephone, each once."""
    wanted = list(outpatients())
    without = PatientProfile.objects.filter(user__isnull=True, guardian__isnull=True)
    known = {(person.own_name, person.date_of_birth): person for person in without}
    new = [
        PatientProfile(
            own_name=person.full_name,
            own_search_name=name_key(person.full_name),
            own_phone=kept_or_typed(person.phone),
            date_of_birth=person.born,
        )
        for person in wanted
        if (person.full_name, person.born) not in known
    ]
    made = {(person.own_name, person.date_of_birth): person for person in PatientProfile.objects.bulk_create(new)}
    everybody = known | made
    return [everybody[person.full_name, person.born] for person in wanted]


def _live(
    day: date, times: dict[str, list[Slot]], callers: list[PatientProfile], cast: Cast, rows: PendingRows
) -> None:
    """One day of the whole hospital; nobody has two appointments on it."""
    dice = chance_of(day)
    midnight = diary.at(day, "00:00", zone())
    here = Booking.objects.within(midnight, midnight + timedelta(days=1)).values_list("patient", flat=True)
    taken = set(here) if times else set()
    accounts = [one for name in drawn(_signing_in(), dice) if (one := cast.patients[name]).pk not in taken]
    telephone = iter(dice.sample(callers, len(callers)))
    signed_in = iter(accounts[:_WITH_ACCOUNT])
    reception = cast.reception
    for name, slots in times.items():
        own = chance_of(day, name)
        free = [slot for slot in slots if slot.is_free]
        share = share_of(name, own)
        for visit in day_of(len(free), already=len(slots) - len(free), share=share, dice=own):
            patient = _who(visit, signed_in, telephone, own)
            if patient is not None:
                key = f"{PAST}{day.isoformat()}-{len(rows.bookings)}"
                _tell(rows, visit, free, patient, reception, key=key, dice=own)


def _signing_in() -> list[str]:
    return [person.username for person in people.PATIENTS if person.username not in HEROES]


def _who(
    taken: Taken, signed_in: Iterator[PatientProfile], telephone: Iterator[PatientProfile], dice: Random
) -> PatientProfile | None:
    """Who cancels on the page has an account, and so have a few others; None when all of them are here today."""
    if taken.fate is PastOutcome.CANCELLED_BY_PATIENT:
        return next(signed_in, None)
    if taken.fate is PastOutcome.KEPT and dice.random() < _HAS_ACCOUNT:
        return next(signed_in, None) or next(telephone, None)
    return next(telephone, None)


def _tell(
    rows: PendingRows,
    taken: Taken,
    free: list[Slot],
    patient: PatientProfile,
    reception: User,
    *,
    key: str,
    dice: Random,
) -> None:
    """One appointment from booking to its end; a moved one with the one it was before."""
    slot, by = free[taken.place], patient.user or reception
    story = Story(slot, patient, by, reception, dice)
    if taken.other is not None:
        before = Story(free[taken.other], patient, by, reception, dice)
        before.book(at=booked_at(before.slot, taken.lead, dice))
        at = min(before.some_time_before(), slot.starts_at - timedelta(hours=2))
        old = before.cancelled(rows, reception, at, MOVED, key=f"{key}-old")
        story = Story(slot, patient, reception, reception, dice, old=old)
        story.book(at=at, first=Status.CONFIRMED)
    else:
        story.book(at=booked_at(slot, taken.lead, dice))
    story.end(rows, taken.fate, key=key)


def booked_at(slot: Slot, lead: int, dice: Random) -> datetime:
    """When somebody books `lead` days ahead: by day, or on the day itself within the hours before."""
    if lead == 0:
        return slot.starts_at - timedelta(minutes=dice.randint(45, 200))
    day = hospital_day(slot.starts_at) - timedelta(days=lead)
    return diary.at(day, f"{dice.randint(8, 18):02}:{dice.randint(0, 59):02}", zone())


class Step(NamedTuple):
    """One row of a history to come."""

    to: Status
    by: User
    at: datetime
    reason: str = ""


@dataclass
class Story:
    """The steps of one appointment, as the services take them, and in the end what they would have written."""

    slot: Slot
    patient: PatientProfile
    by: User
    reception: User
    dice: Random
    old: Booking | None = None  # what it was moved from
    steps: list[Step] = field(default_factory=list)

    def book(self, *, at: datetime, first: Status | None = None) -> None:
        """Booked, and the doctor's yes where it waits for one."""
        status = first or first_status(self.slot.doctor)
        self.steps.append(Step(status, self.by, at))
        if status == Status.PENDING:
            minutes = min(self.dice.randint(5, 240), (self.slot.starts_at - at) // timedelta(minutes=2))
            self.steps.append(Step(Status.CONFIRMED, self.slot.doctor.user, at + timedelta(minutes=minutes)))

    def end(self, rows: PendingRows, fate: PastOutcome, *, key: str) -> None:
        """What became of it; whatever is not cancelled keeps its time."""
        starts_at, doctor = self.slot.starts_at, self.slot.doctor.user
        if fate in CANCELLED:
            by_outcome = {PastOutcome.CANCELLED_BY_PATIENT: self.by, PastOutcome.CANCELLED_BY_DOCTOR: doctor}
            by = by_outcome.get(fate, self.reception)
            self.cancelled(rows, by, self.some_time_before(), _REASONS.get(fate, ""), key=key)
            return
        if fate is PastOutcome.MISSED:
            self.steps.append(Step(Status.NO_SHOW, doctor, starts_at + timedelta(minutes=20)))
        else:
            arrived = starts_at - timedelta(minutes=self.dice.randint(1, 12))
            over = self.slot.ends_at + timedelta(minutes=self.dice.randint(-2, 9))
            self.steps += [Step(Status.CHECKED_IN, self.reception, arrived), Step(Status.COMPLETED, doctor, over)]
        self._write(rows, key)
        rows.booked.append(self.slot)

    def cancelled(self, rows: PendingRows, by: User, at: datetime, reason: str, *, key: str) -> Booking:
        self.steps.append(Step(Status.CANCELLED, by, at, reason))
        facts = {"cancelled_at": at, "cancelled_by": by, "cancellation_reason": reason}
        return self._write(rows, key, **facts)

    def some_time_before(self) -> datetime:
        """Between the last step and the cut-off, rather late than early."""
        began = self.steps[-1].at
        last = self.slot.starts_at - max(self.slot.doctor.booking_policy.cancel_cutoff, timedelta(hours=2))
        passed: timedelta = max(last - began, timedelta()) * self.dice.random() ** 0.5
        return began + passed

    def _write(self, rows: PendingRows, key: str, **facts: Any) -> Booking:
        """The appointment as it stands in the end, and the rows of its history."""
        said = ("moved", self.old.reference) if self.old else ("", "")
        uid = self.old.calendar_uid if self.old else uuid4()
        booking = Booking(
            slot=self.slot,
            doctor=self.slot.doctor,
            patient=self.patient,
            booked_by=self.by,
            starts_at=self.slot.starts_at,
            ends_at=self.slot.ends_at,
            status=self.steps[-1].to,
            fee_cents=self.slot.doctor.consultation_fee_cents,
            created_at=self.steps[0].at,
            idempotency_key=key,
            request_fingerprint=fingerprint_of(self.slot.pk, PatientRef.of(self.patient), *said),
            moved_from=self.old,
            calendar_uid=uid,
            calendar_sequence=len(self.steps) - 1 + (self.old.calendar_sequence + 1 if self.old else 0),
            **calendar_events.event_ids(uid),
            **facts,
        )
        rows.bookings.append(booking)
        before = ""
        for step in self.steps:
            rows.changes.append(
                BookingStatusChange(
                    booking=booking, from_status=before, to_status=step.to, by=step.by, reason=step.reason, at=step.at
                )
            )
            before = step.to
        return booking


def _write(rows: PendingRows) -> None:
    """In the order in which it happened; what was moved after what it was moved from."""
    Booking.objects.bulk_create([booking for booking in rows.bookings if booking.moved_from is None])
    moved = [booking for booking in rows.bookings if booking.moved_from is not None]
    for booking in moved:
        booking.moved_from = booking.moved_from  # its key is known only now
    Booking.objects.bulk_create(moved)
    for change in rows.changes:
        change.booking = change.booking
    BookingStatusChange.objects.bulk_create(sorted(rows.changes, key=lambda one: one.at))
    Slot.objects.filter(pk__in=[slot.pk for slot in rows.booked]).update(state=SlotState.BOOKED)
    with connection.cursor() as cursor:  # empty tables a moment ago: until it looks, the planner takes them for such
        cursor.execute("ANALYZE bookings_booking, bookings_bookingstatuschange, doctors_slot, patients_patientprofile")
