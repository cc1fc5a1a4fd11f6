"""Time off of a doctor and closures of the hospital, with the appointments they hit (B6).

Both take the same locks as booking, in the same order, and read again under them: no appointment slips in between what
somebody was shown and what is saved (docs/locking.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings import locks
from bookings.choices import LIVE, Conflict, HoldState, Status
from bookings.models import Booking, Departure, Hold
from bookings.rules import AppointmentsChanged
from bookings.services.cancel import write_cancelled
from bookings.services.transition import BOOKING_ERRORS
from bookings.time_off import offers
from bookings.time_off.rules import (
    TIMES_OFFERED,
    AffectedBooking,
    TimeOffDecision,
    TimeOffPreview,
    assign_alternatives,
    choices_for,
)
from core.db import short_transaction
from core.errors import DomainError, translated
from core.intervals import Interval, interval_of, overlapping
from doctors import locks as doctor_locks
from doctors.models import Closure, DoctorProfile, Slot, TimeOff
from doctors.schedule import services as schedule
from doctors.schedule.services import Outcome
from doctors.services import SLOT_ERRORS


class NoSlotsToOffer(DomainError):
    message = _("There are no free times to offer any more. Nothing is saved yet: please choose again.")


class BelongsToDeparture(DomainError):
    message = _("This keeps the diary empty because the doctor leaves the hospital. Staff can take that back.")
    code = "leaving_stays"


class TimeOffGone(DomainError):
    message = _("This time off has already been removed.")


ERRORS: Mapping[str, type[DomainError]] = {**BOOKING_ERRORS, **SLOT_ERRORS}


@dataclass(frozen=True, slots=True)
class TimeOffResult:
    """What became of everything."""

    time_off: TimeOff
    kept: list[Booking] = field(default_factory=list)
    cancelled: list[Booking] = field(default_factory=list)
    offered: list[Booking] = field(default_factory=list)
    removed: int = 0


# Looking first


def preview_time_off(*, doctor: DoctorProfile, off: Interval, now: datetime) -> TimeOffPreview:
    """What taking `off` would meet at `now`. Reads only."""
    slots = list(Slot.objects.filter(doctor=doctor).overlapping(*off).order_by("starts_at"))
    bookings = _live_in([slot.pk for slot in slots], now)
    free = [slot for slot in slots if slot.is_free and slot.starts_at > now]
    return TimeOffPreview(
        bookings=bookings,
        offers=_offers(bookings, _offerable(doctor, off, bookings, now)),
        free_count=len(free),
        held_count=sum(slot.is_held(now) for slot in free),
    )


def _live_in(slot_ids: Sequence[UUID], now: datetime) -> list[Booking]:
    rows = Booking.objects.with_people().live().filter(slot_id__in=slot_ids, ends_at__gt=now)
    return list(rows.order_by("starts_at", "pk"))


def _offerable(doctor: DoctorProfile, off: Interval, bookings: Sequence[Booking], now: datetime) -> list[Slot]:
    """Enough of the doctor's free times outside `off`: the next after the appointments, then the last before them."""
    if not bookings:
        return []
    enough = (len(bookings) + 1) * TIMES_OFFERED + 10
    free = Slot.objects.on_offer(now).for_doctor(doctor).exclude(overlapping(*off))
    first = bookings[0].starts_at
    later = free.filter(starts_at__gte=first).order_by("starts_at")[:enough]
    return [*later, *free.filter(starts_at__lt=first).order_by("-starts_at")[:enough]]


def _offers(bookings: Sequence[Booking], free: Sequence[Slot]) -> dict[int, list[Slot]]:
    """By booking, which of the `free` times would be offered in its place."""
    if not bookings or not free:
        return {}
    by_time = {interval_of(slot): slot for slot in free}
    busy = _elsewhere(bookings, free)
    hits = {booking.pk: AffectedBooking(interval_of(booking), busy.get(booking.patient_id, ())) for booking in bookings}
    return {
        key: [by_time[times] for times in shared] for key, shared in assign_alternatives(hits, list(by_time)).items()
    }


def _elsewhere(bookings: Sequence[Booking], free: Sequence[Slot]) -> dict[int, list[Interval]]:
    """When the patients of `bookings` have other appointments, in the span of the `free` times. One query."""
    first, last = min(slot.starts_at for slot in free), max(slot.ends_at for slot in free)
    theirs = Booking.objects.live().filter(patient__in={booking.patient_id for booking in bookings})
    others = theirs.overlapping(first, last).exclude(pk__in=[booking.pk for booking in bookings])
    found: dict[int, list[Interval]] = {}
    for patient, start, end in others.values_list("patient_id", "starts_at", "ends_at"):
        found.setdefault(patient, []).append((start, end))
    return found


# Taking time off


def take_time_off(
    *,
    doctor: DoctorProfile,
    off: Interval,
    note: str = "",
    decisions: Mapping[str, TimeOffDecision],
    reason: str = "",
    by: User,
    now: datetime,
) -> TimeOffResult:
    """Take `off` (instants, half-open), with a decision for each appointment in it, by reference, all or nothing.

    `reason` is what patients read whose appointment is cancelled. Free times inside leave the diary, those that are
    held for somebody or were entered by hand too.
    Raises AppointmentsChanged when an appointment has no decision that can be carried out, NoSlotsToOffer, Busy.
    """
    with translated(ERRORS), short_transaction():
        fresh = doctor_locks.doctor(doctor.pk)
        within, slots = _lock_slots(fresh, off, decisions, now)
        bookings = _lock_bookings(within, now)
        wanted = _decided(bookings, decisions, now)
        made = TimeOff.objects.filter(doctor=fresh, starts_at=off[0], ends_at=off[1], departure=None).first()
        # A form sent twice, or the same hours entered again: they stand once, or removing them would not end them.
        made = made or TimeOff.objects.create(
            doctor=fresh, starts_at=off[0], ends_at=off[1], note=note, created_by=by, created_at=now
        )
        saved = TimeOffResult(made)
        _keep(wanted[TimeOffDecision.KEEP], saved)
        # Offered first: a time that is given back goes to the waiting list, or out of the diary.
        _offer(wanted[TimeOffDecision.OFFER], _outside(within, slots, now), saved, by=by, now=now)
        _cancel(wanted[TimeOffDecision.CANCEL], slots, saved, by=by, reason=reason, now=now)
        gone = schedule.take_out([pk for pk in within if slots[pk].is_free and slots[pk].starts_at > now])
        return TimeOffResult(made, saved.kept, saved.cancelled, saved.offered, removed=gone)


def _lock_slots(
    doctor: DoctorProfile, off: Interval, decisions: Mapping[str, TimeOffDecision], now: datetime
) -> tuple[list[UUID], dict[UUID, Slot]]:
    """Every time in `off`, those offered before in place of an appointment there, and those that may be offered now."""
    within = list(Slot.objects.filter(doctor=doctor).overlapping(*off).values_list("pk", flat=True))
    bookings = _live_in(within, now)
    offered = Hold.objects.filter(booking__in=bookings, state=HoldState.OPEN).values_list("slot_id", flat=True)
    asked = [booking for booking in bookings if decisions.get(booking.reference) == TimeOffDecision.OFFER]
    others = [slot.pk for slot in _offerable(doctor, off, asked, now)]
    slots = locks.slots({*within, *offered, *others})
    return [pk for pk in within if pk in slots], slots


def _lock_bookings(slot_ids: Sequence[UUID], now: datetime) -> list[Booking]:
    """The appointments of locked times: nobody can add one any more. Patients first, then bookings, each by key."""
    found = _live_in(slot_ids, now)
    locks.patients({booking.patient_id for booking in found})
    return [booking for booking in locks.bookings({booking.pk for booking in found}) if booking.status in LIVE]


def _decided(
    bookings: Iterable[Booking], decisions: Mapping[str, TimeOffDecision], now: datetime
) -> dict[TimeOffDecision, list[Booking]]:
    wanted: dict[TimeOffDecision, list[Booking]] = {choice: [] for choice in TimeOffDecision}
    for booking in bookings:
        decision = decisions.get(booking.reference)
        if decision is None or decision not in choices_for(Status(booking.status), can_offer=booking.starts_at > now):
            raise AppointmentsChanged
        wanted[decision].append(booking)
    return wanted


def _outside(within: Iterable[UUID], slots: Mapping[UUID, Slot], now: datetime) -> list[Slot]:
    inside = set(within)
    return [slot for pk, slot in slots.items() if pk not in inside and slot.is_free and not slot.is_held(now)]


def _keep(bookings: Iterable[Booking], saved: TimeOffResult) -> None:
    for booking in bookings:
        _flag(booking, Conflict.TIME_OFF)
        saved.kept.append(booking)


def _offer(bookings: Sequence[Booking], free: Sequence[Slot], saved: TimeOffResult, *, by: User, now: datetime) -> None:
    shares = _offers(bookings, free)
    for booking in bookings:
        if not shares.get(booking.pk):
            raise NoSlotsToOffer
        offers.offer_slots(booking=booking, slots=shares[booking.pk], by=by, now=now)
        _flag(booking, Conflict.TIME_OFF)
        saved.offered.append(booking)


def _cancel(
    bookings: Sequence[Booking],
    slots: Mapping[UUID, Slot],
    saved: TimeOffResult,
    *,
    by: User,
    reason: str,
    now: datetime,
) -> None:
    if not bookings:
        return
    queue = locks.lock_waiting_list(bookings[0].doctor_id)
    for booking in bookings:
        write_cancelled(booking, slots=slots, queue=queue, by=by, reason=reason, now=now)
        saved.cancelled.append(booking)


def _flag(booking: Booking, conflict: Conflict | None) -> None:
    booking.conflict = conflict or ""
    booking.save(update_fields=["conflict"])


def end_time_off(*, doctor: DoctorProfile, time_off_id: int, now: datetime) -> Outcome:
    """Remove time off, and put the times of the weekly hours back. Raises TimeOffGone, BelongsToDeparture, Busy."""
    with translated(ERRORS), short_transaction():
        fresh = doctor_locks.doctor(doctor.pk)
        row = TimeOff.objects.filter(doctor=fresh, pk=time_off_id).first()
        if row is None:
            raise TimeOffGone
        if Departure.objects.filter(time_off=row).exists():
            raise BelongsToDeparture
        hit = Booking.objects.live().overlapping(row.starts_at, row.ends_at).filter(doctor=fresh)
        _unflag(hit, Conflict.TIME_OFF)
        row.delete()
        return schedule.fill(fresh, now)


def _unflag(rows: Iterable[Booking], conflict: Conflict) -> None:
    flagged = [booking.pk for booking in rows if booking.conflict == conflict]
    for booking in locks.bookings(flagged):
        _flag(booking, None)


def dismiss_conflict(*, booking: Booking) -> Booking:
    """Somebody has looked at it: the appointment stays as it is, and nothing calls for attention any more."""
    with translated(ERRORS), short_transaction():
        fresh = locks.booking(booking.pk)
        _flag(fresh, None)
        return fresh


# Closing the hospital


def closing_hits(times: Interval, now: datetime) -> list[Booking]:
    """The appointments a closure would hit, in order of time. Reads only."""
    rows = Booking.objects.with_people().live().overlapping(max(times[0], now), times[1])
    return list(rows.order_by("starts_at", "pk"))


def close_hospital(*, name: str, times: Interval, by: User, now: datetime) -> tuple[Closure, list[Booking]]:
    """Close the hospital for `times`: free times go, appointments stay and are flagged for staff to look at.

    Answers the closure and the appointments it hits. Raises Busy.
    """
    with translated(ERRORS), short_transaction():
        doctor_locks.all_doctors()
        within = Slot.objects.overlapping(*times).filter(starts_at__gt=now).values_list("pk", flat=True)
        # The booked ones too: a time that is being given back meanwhile must not come free in the closure.
        free = [slot.pk for slot in doctor_locks.bare_slots(list(within)) if slot.is_free]
        made = Closure.objects.filter(name=name, starts_at=times[0], ends_at=times[1]).first()
        made = made or Closure.objects.create(
            name=name, starts_at=times[0], ends_at=times[1], created_by=by, created_at=now
        )
        hit = locks.bookings({booking.pk for booking in closing_hits(times, now)})
        for booking in hit:
            booking.conflict = Conflict.CLOSURE
        Booking.objects.bulk_update(hit, ["conflict"])
        schedule.take_out(free)
        return made, hit


def reopen_hospital(*, closure: Closure) -> None:
    """Remove a closure. The times of the weekly hours come back with the next run of `doctors.tasks.fill_diaries`."""
    with translated(ERRORS), short_transaction():
        _unflag(Booking.objects.live().overlapping(closure.starts_at, closure.ends_at), Conflict.CLOSURE)
        closure.delete()
