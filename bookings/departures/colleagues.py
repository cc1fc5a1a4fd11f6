"""A time with a colleague of the same department, for whom their doctor can't see any more (H3).

The patient is put on the colleague's waiting list with one time held for them: what they do with it, and what becomes
of it when they don't answer, is the waiting list's own way (C9).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from accounts.models import User
from bookings import messages
from bookings.choices import LIVE, HoldState, WaitingState
from bookings.departures.rules import ColleagueSlot, DisplacedBooking, assign_colleagues
from bookings.holds import services as holds
from bookings.models import Booking, Hold, WaitingEntry
from core.clock import hospital_day
from core.intervals import Interval, interval_of, overlaps
from doctors.models import DoctorProfile, Slot
from integrations import outbox

SPARE = 20
WAITS_ON = timedelta(days=60)


def slots_for(doctor: DoctorProfile, bookings: Sequence[Booking], now: datetime) -> dict[int, Slot]:
    """By appointment, which time of a colleague would be offered in its place. Reads only."""
    return assign_colleague_slots(bookings, candidates(doctor, bookings, now), now)


def candidates(doctor: DoctorProfile, bookings: Sequence[Booking], now: datetime) -> list[Slot]:
    """Enough free times of colleagues in the department: the next after the appointments, then the last before."""
    starts = sorted(booking.starts_at for booking in bookings if _can_answer(booking))
    if not starts:
        return []
    enough = 2 * len(starts) + SPARE
    free = Slot.objects.on_offer(now).filter(
        doctor__department=doctor.department_id,
        doctor__approved_at__isnull=False,
        doctor__user__is_active=True,
        doctor__is_accepting=True,
        doctor__departure__isnull=True,
    )
    free = free.exclude(doctor=doctor.pk).select_related("doctor__user", "doctor__department")
    later = free.filter(starts_at__gte=starts[0]).order_by("starts_at", "pk")[:enough]
    return [*later, *free.filter(starts_at__lt=starts[0]).order_by("-starts_at", "pk")[:enough]]


def offered_before(bookings: Iterable[Booking]) -> list[UUID]:
    """The times still held in place of these appointments."""
    return list(Hold.objects.filter(booking__in=bookings, state=HoldState.OPEN).values_list("slot_id", flat=True))


def assign_colleague_slots(bookings: Sequence[Booking], slots: Iterable[Slot], now: datetime) -> dict[int, Slot]:
    """By appointment, its time among the free ones of `slots`; who has no account could not answer and gets none."""
    free = {slot.pk: slot for slot in slots if slot.is_free and not slot.is_held(now) and slot.doctor.is_listed}
    asked = [booking for booking in bookings if _can_answer(booking)]
    if not free or not asked:
        return {}
    patients = {booking.patient_id for booking in asked}
    busy, waits = _elsewhere(asked, now), _waits_for(patients)
    stranded = {
        booking.pk: DisplacedBooking(
            interval_of(booking),
            busy.get(booking.patient_id, ()),
            frozenset(waits.get(booking.patient_id, ())),
        )
        for booking in asked
    }
    times = {pk: ColleagueSlot(interval_of(slot), slot.doctor_id) for pk, slot in free.items()}
    shares = assign_colleagues(stranded, times)
    return _one_for_each({key: free[pk] for key, pk in shares.items()}, asked)


def _one_for_each(shares: dict[int, Slot], bookings: Sequence[Booking]) -> dict[int, Slot]:
    """A patient waits once for each doctor, and can't be in two places: the first of their times counts."""
    kept: dict[int, Slot] = {}
    taken: dict[int, list[Slot]] = {}
    for booking in sorted(bookings, key=lambda booking: (booking.starts_at, booking.pk)):
        slot, theirs = shares.get(booking.pk), taken.setdefault(booking.patient_id, [])
        if slot is not None and not any(_collide(slot, other) for other in theirs):
            kept[booking.pk] = slot
            theirs.append(slot)
    return kept


def _collide(one: Slot, other: Slot) -> bool:
    return one.doctor_id == other.doctor_id or overlaps(interval_of(one), interval_of(other))


def _can_answer(booking: Booking) -> bool:
    account = booking.patient.account
    return account is not None and account.is_active and booking.patient.removed_at is None


def _elsewhere(bookings: Sequence[Booking], now: datetime) -> dict[int, list[Interval]]:
    """When the patients have other appointments to come. One query."""
    others = Booking.objects.filter(
        patient__in={booking.patient_id for booking in bookings}, status__in=LIVE, ends_at__gt=now
    ).exclude(pk__in=[booking.pk for booking in bookings])
    found: dict[int, list[Interval]] = {}
    for patient, start, end in others.values_list("patient_id", "starts_at", "ends_at"):
        found.setdefault(patient, []).append((start, end))
    return found


def _waits_for(patients: Iterable[int]) -> dict[int, set[int]]:
    """For which doctors each waits already. One query."""
    found: dict[int, set[int]] = {}
    rows = WaitingEntry.objects.filter(patient__in=patients, state=WaitingState.WAITING).order_by()
    for patient, doctor in rows.values_list("patient_id", "doctor_id"):
        found.setdefault(patient, set()).add(doctor)
    return found


def offer(booking: Booking, slot: Slot, *, by: User, now: datetime) -> Hold:
    """Hold `slot`, locked by the caller, for the patient of `booking`, and tell them. For `OFFER_HOLD_HOURS`.

    `now` is when the caller cancels the appointment: `selectors.entries_in_place_of` goes by it.
    """
    entry = WaitingEntry.objects.create(
        patient=booking.patient,
        doctor=slot.doctor,
        asked_by=by,
        first_day=hospital_day(now),
        last_day=hospital_day(max(booking.starts_at, slot.starts_at) + WAITS_ON),
        created_at=now,
    )
    until = now + timedelta(hours=settings.OFFER_HOLD_HOURS)
    held = holds.hold(slot=slot, patient=booking.patient, until=until, now=now, entry=entry)
    outbox.enqueue(messages.time_held(held, in_place_of=booking.doctor.display_name), now=now)
    return held
