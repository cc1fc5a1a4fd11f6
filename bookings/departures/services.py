"""A doctor leaves the hospital (H3): the diary is closed, every appointment after it decided, then the account closed.

Takes the same locks as booking, in the same order, and reads again under them (docs/locking.md): no appointment slips
in between what somebody was shown and what is saved, and none is left with a doctor who is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from accounts.services import reopen_account
from bookings import locks, messages
from bookings.account_closure.services import close_account
from bookings.choices import LIVE, Status, WaitingState
from bookings.departures import colleagues
from bookings.departures.colleagues import assign_colleague_slots
from bookings.departures.rules import (
    MOST_AT_ONCE,
    AlreadyLeft,
    DepartureDecision,
    DeparturePreview,
    PatientIsHere,
    TooMany,
    leaves_at,
)
from bookings.models import Booking, BookingQuerySet, Departure, WaitingEntry
from bookings.rules import AppointmentsChanged
from bookings.services.cancel import write_cancelled
from bookings.time_off.services import ERRORS
from core.batches import process_each
from core.clock import hospital_day
from core.db import short_transaction
from core.errors import translated
from doctors.models import DoctorProfile, Slot, TimeOff
from doctors.schedule import services as schedule
from integrations import outbox

LEAVES = "Leaves the hospital"
FOR_EVER = timedelta(days=365 * 100)


@dataclass(frozen=True, slots=True)
class DepartureResult:
    """What became of everything. `is_complete`: the account is closed already."""

    cancelled: list[Booking] = field(default_factory=list)
    offered: list[Booking] = field(default_factory=list)
    removed: int = 0
    told: int = 0
    is_complete: bool = False


# Looking first


def preview_departure(*, doctor: DoctorProfile, last_day: date | None, now: datetime) -> DeparturePreview:
    """What leaving after `last_day` (at the hospital; None: now) would meet. Reads only. Raises InvalidLastDay."""
    since = leaves_at(last_day, now)
    stranded = _stranded(doctor, since, now).order_by("starts_at", "pk")
    bookings = list(stranded[:MOST_AT_ONCE])
    own = Booking.objects.live().filter(doctor=doctor)
    return DeparturePreview(
        bookings=bookings,
        count=stranded.count(),
        with_colleague=colleagues.slots_for(doctor, bookings, now),
        before=own.overlapping(now, since).count() if last_day else 0,
        unfinished=own.filter(ends_at__lte=now).count(),
        free_count=Slot.objects.free().filter(doctor=doctor, starts_at__gt=since).count(),
        waiting=_waiting_then(doctor, last_day).count(),
    )


def _stranded(doctor: DoctorProfile, since: datetime, now: datetime) -> BookingQuerySet:
    return Booking.objects.with_people().upcoming(now).filter(doctor=doctor, ends_at__gt=since)


def _waiting_then(doctor: DoctorProfile, last_day: date | None) -> QuerySet[WaitingEntry]:
    """Who would wait in vain: everybody when the doctor leaves at once, else those who can't come before."""
    rows = WaitingEntry.objects.filter(doctor=doctor, state=WaitingState.WAITING)
    return rows if last_day is None else rows.filter(first_day__gt=last_day)


# Leaving


def leave(
    *,
    doctor: DoctorProfile,
    last_day: date | None,
    decisions: Mapping[str, DepartureDecision],
    otherwise: DepartureDecision,
    seen: Iterable[str],
    reason: str = "",
    by: User,
    now: datetime,
) -> DepartureResult:
    """A doctor leaves after `last_day` (None: at once), with a decision on each appointment after it, all or nothing.

    `decisions` by reference, `otherwise` for all others among those `seen`; one nobody has seen is not decided.
    Patients for whom no colleague has a time are told of the cancellation alone. `reason`: why, as patients read it.
    Free times after the last day leave the diary, and no way brings any back; who waits is told.
    Raises AlreadyLeft, InvalidLastDay, TooMany, PatientIsHere, AppointmentsChanged, Busy.
    """
    since = leaves_at(last_day, now)
    with translated(ERRORS), short_transaction():
        fresh = locks.doctor(doctor.pk)
        if Departure.objects.filter(doctor=fresh).exists():
            raise AlreadyLeft
        hit = list(_stranded(fresh, since, now)[: MOST_AT_ONCE + 1])
        if len(hit) > MOST_AT_ONCE:
            raise TooMany
        within = list(Slot.objects.filter(doctor=fresh, ends_at__gt=since).values_list("pk", flat=True))
        spare = colleagues.candidates(fresh, hit, now)
        slots = locks.slots({*within, *colleagues.offered_before(hit), *(slot.pk for slot in spare)})
        _close_diary(fresh, last_day, since, by=by, now=now)
        bookings = _lock_bookings(fresh, since, now, known={booking.pk for booking in hit}, seen=set(seen))
        for booking in bookings if last_day is None else []:
            booking.doctor.user.is_active = False  # as patients are told; written last, in the order of locks
        left = _settle(bookings, slots, decisions, otherwise, by=by, reason=reason, now=now)
        gone = [pk for pk in within if pk in slots and slots[pk].is_free and slots[pk].starts_at > since]
        told = _close_waiting(fresh, last_day, now)
        if last_day is None:
            _complete(fresh, now)
        return DepartureResult(
            left.cancelled, left.offered, schedule.take_out(gone), told, is_complete=last_day is None
        )


def _close_diary(doctor: DoctorProfile, last_day: date | None, since: datetime, *, by: User, now: datetime) -> None:
    """Time off without an end: nothing is generated, entered or given back into it, whoever tries.

    Before anything is cancelled, so that no time of theirs goes on to somebody who waits.
    """
    off = TimeOff.objects.create(
        doctor=doctor, starts_at=since, ends_at=since + FOR_EVER, note=LEAVES, created_by=by, created_at=now
    )
    Departure.objects.create(doctor=doctor, last_day=last_day, time_off=off, decided_by=by, decided_at=now)


def _lock_bookings(
    doctor: DoctorProfile, since: datetime, now: datetime, *, known: set[int], seen: set[str]
) -> list[Booking]:
    """The appointments after the last day, now that their times are locked and nobody can add one."""
    found = list(_stranded(doctor, since, now))
    locks.patients({booking.patient_id for booking in found})
    bookings = [booking for booking in locks.bookings({booking.pk for booking in found}) if booking.status in LIVE]
    if any(booking.pk not in known or booking.reference not in seen for booking in bookings):
        raise AppointmentsChanged
    if any(booking.status == Status.CHECKED_IN for booking in bookings):
        raise PatientIsHere
    return bookings


def _settle(
    bookings: Sequence[Booking],
    slots: Mapping[UUID, Slot],
    decisions: Mapping[str, DepartureDecision],
    otherwise: DepartureDecision,
    *,
    by: User,
    reason: str,
    now: datetime,
) -> DepartureResult:
    left = DepartureResult()
    if not bookings:
        return left
    doctor = bookings[0].doctor
    asked = [
        booking for booking in bookings if decisions.get(booking.reference, otherwise) == DepartureDecision.COLLEAGUE
    ]
    shares = assign_colleague_slots(asked, [slot for slot in slots.values() if slot.doctor_id != doctor.pk], now)
    queues = {
        pk: locks.lock_waiting_list(pk) for pk in sorted({doctor.pk, *(slot.doctor_id for slot in shares.values())})
    }
    for booking in bookings:
        write_cancelled(booking, slots=slots, queue=queues[doctor.pk], by=by, reason=reason, now=now)
        slot = shares.get(booking.pk)
        if slot is not None:
            colleagues.offer(booking, slot, by=by, now=now)
        (left.cancelled if slot is None else left.offered).append(booking)
    return left


def _close_waiting(doctor: DoctorProfile, last_day: date | None, now: datetime) -> int:
    """Who waits in vain is told; says how many. The caller holds the lock of the doctor's times."""
    ending = {entry.pk for entry in _waiting_then(doctor, last_day)}
    entries = [entry for entry in locks.lock_waiting_list(doctor.pk) if entry.pk in ending]
    WaitingEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(state=WaitingState.ENDED)
    outbox.enqueue([draft for entry in entries for draft in messages.waiting_closed(entry)], now=now)
    return len(entries)


def _complete(doctor: DoctorProfile, now: datetime) -> None:
    """The account is closed; the caller has seen to it that nothing is left to come."""
    close_account(doctor.user, now=now)
    Departure.objects.filter(doctor=doctor).update(completed_at=now)


# When the last day is over, and coming back


def complete_departures(*, now: datetime) -> int:
    """Close the accounts of doctors whose last day is over, each in a transaction of its own; says how many."""
    over = Departure.objects.filter(completed_at__isnull=True, last_day__lt=hospital_day(now)).order_by("pk")
    keys = list(over.values_list("doctor_id", flat=True))
    return process_each(keys, lambda doctor_id: _complete_one(doctor_id, now), what="The departure of doctor")


def _complete_one(doctor_id: int, now: datetime) -> bool:
    with translated(ERRORS), short_transaction():
        fresh = locks.doctor(doctor_id)
        due = Departure.objects.filter(doctor=fresh, completed_at__isnull=True, last_day__lt=hospital_day(now))
        if not due.exists() or Booking.objects.upcoming(now).filter(doctor=fresh).exists():
            return False
        _close_waiting(fresh, None, now)
        _complete(fresh, now)
        return True


def reinstate(*, doctor: DoctorProfile, now: datetime) -> schedule.Outcome:
    """Leaving is taken back, before the last day or after: the doctor signs in, and the weekly hours make times again.

    Appointments that were cancelled stay so. Raises Erased, Busy.
    """
    with translated(ERRORS), short_transaction():
        fresh = locks.doctor(doctor.pk)
        departure = Departure.objects.filter(doctor=fresh).first()
        if departure is not None:
            departure.delete()
            departure.time_off.delete()
        outcome = schedule.fill(fresh, now)
        reopen_account(user=fresh.user)
        return outcome
