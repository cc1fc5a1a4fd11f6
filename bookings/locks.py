"""Row locks of a booking. The order of all locks stands in docs/locking.md:
doctor, then slots by primary key, then patients, then bookings, then waiting entries in the order of their queue, then
holds; holds have no lock of their own, whoever writes one has locked its slot."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from bookings.choices import HoldState, Status, WaitingState
from bookings.models import Booking, Hold, WaitingEntry
from doctors.locks import doctor, slot, slots
from doctors.models import Slot
from patients.models import PatientProfile

__all__ = [
    "booking",
    "bookings",
    "doctor",
    "lock_waiting_list",
    "patient",
    "patients",
    "slot",
    "slots",
    "slots_of",
    "unattended",
    "unreminded",
]


# With an account comes whether it has a calendar connected, so that no service asks (bookings/calendars/events.py).
_ACCOUNTS = ("user__google_connection", "guardian__google_connection")
_PEOPLE = ("doctor__user__google_connection", *(f"patient__{name}" for name in _ACCOUNTS))


def slots_of(booking: Booking, *others: UUID) -> dict[UUID, Slot]:
    """Lock the time of a booking, those offered in its place, and `others`: whatever changes with it.

    What was offered while this waited is found by looking again. Then all locks are let go (a savepoint gives them
    back) and taken once more, in their order. Whoever offers times has locked the booking's own, so once that is held
    nothing is added.
    """
    wanted = {*([booking.slot_id] if booking.slot_id else []), *others, *_offered_for(booking)}
    while True:
        with transaction.atomic():
            found = slots(wanted)
            late = _offered_for(booking) - wanted
            if not late:
                return found
            transaction.set_rollback(True)
        wanted |= late


def _offered_for(booking: Booking) -> set[UUID]:
    return set(Hold.objects.filter(booking=booking, state=HoldState.OPEN).values_list("slot_id", flat=True))


def patient(patient_id: int, by: User | None = None) -> PatientProfile:
    """Lock a patient: their two bookings made at once wait for each other.

    With `by`, the profile of that account as well, in the same statement: what an account books for several people at
    once waits too, so that all of it can be counted.
    """
    rows = PatientProfile.objects.select_for_update(of=("self",), no_key=True).select_related(*_ACCOUNTS)
    if by is None:
        return rows.get(pk=patient_id)
    found = rows.filter(Q(pk=patient_id) | Q(user=by)).order_by("pk")
    return {row.pk: row for row in found}[patient_id]


def patients(patient_ids: Collection[int]) -> None:
    """Lock several patients, in primary-key order."""
    rows = PatientProfile.objects.select_for_update(of=("self",), no_key=True).only("pk")
    list(rows.filter(pk__in=patient_ids).order_by("pk"))


def booking(booking_id: int) -> Booking:
    """Lock a booking, freshly read with its people. Its slot must be locked before, when the change touches it."""
    rows = Booking.objects.select_for_update(of=("self",), no_key=True).with_people()
    return rows.select_related(*_PEOPLE).get(pk=booking_id)


def bookings(booking_ids: Collection[int]) -> list[Booking]:
    """Lock several bookings, in primary-key order, freshly read with their people; then in order of time."""
    rows = Booking.objects.select_for_update(of=("self",), no_key=True).with_people().select_related(*_PEOPLE)
    found = list(rows.filter(pk__in=booking_ids).order_by("pk"))
    return sorted(found, key=lambda one: (one.starts_at, one.pk))


def unreminded(booking_ids: Collection[int], now: datetime) -> list[Booking]:
    """Lock those that still are live, to come, and without a reminder; one in use waits for the next run."""
    rows = Booking.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).with_people().live()
    coming = rows.filter(pk__in=booking_ids, reminder_queued_at__isnull=True, starts_at__gt=now)
    return list(coming.order_by("starts_at", "pk"))


def unattended(booking_ids: Collection[int]) -> list[Booking]:
    """Lock those that still are confirmed, of doctors who have no-shows marked; those in use are left."""
    rows = Booking.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    missed = rows.filter(pk__in=booking_ids, status=Status.CONFIRMED, doctor__marks_no_shows=True)
    return list(missed.order_by("pk"))


def lock_waiting_list(doctor_id: int) -> list[WaitingEntry]:
    """Lock the waiting list of a doctor in its fair order: times freed at once are passed on one after the other."""
    rows = (
        WaitingEntry.objects.select_for_update(of=("self",), no_key=True)
        .select_related("patient__user", "patient__guardian")
        .filter(doctor_id=doctor_id, state=WaitingState.WAITING)
    )
    return list(rows.order_by("created_at", "pk"))


def lock_upcoming(user: User, now: datetime, after: int, most: int) -> list[Booking]:
    """Lock some of the coming appointments an account has in its calendar, by key from beyond `after`."""
    rows = Booking.objects.select_for_update(of=("self",), no_key=True).with_people().upcoming(now)
    rows = rows.select_related(*_PEOPLE)
    return list(rows.in_calendar_of(user).filter(pk__gt=after).order_by("pk")[:most])
