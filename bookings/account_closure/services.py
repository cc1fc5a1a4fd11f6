"""Closing a patient's account (H3): their coming appointments, and those of whom they care for, are decided first.

Nothing is deleted: records stay, and the account can be opened again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts import services as accounts
from accounts.models import User
from bookings import locks, messages
from bookings.account_closure.rules import ClosureDecision, refusal_to_close
from bookings.choices import LIVE, HoldState, WaitingState
from bookings.holds.release import release_slots
from bookings.holds.services import end_holds
from bookings.models import Booking, Hold, WaitingEntry
from bookings.rules import AppointmentsChanged
from bookings.services.cancel import write_cancelled
from bookings.services.transition import BOOKING_ERRORS
from core.db import short_transaction
from core.errors import Busy, DomainError, translated
from doctors.models import Slot
from integrations import outbox
from patients.models import PatientProfile


class NoAccount(DomainError):
    message = _("This patient has no account of their own to close.")


class AlreadyClosed(DomainError):
    message = _("This account is already closed.")


@dataclass(frozen=True, slots=True)
class ClosureResult:
    """What became of everything."""

    kept: list[Booking] = field(default_factory=list)
    cancelled: list[Booking] = field(default_factory=list)


def close_account(user: User, *, now: datetime) -> None:
    """All that lets somebody in, or data out, ends (accounts/access.py), invitations as well, and the person is told.

    To be called inside the transaction that has settled the appointments.
    """
    access.end_all(user=user, now=now)
    accounts.close_account(user=user)
    access.check_all_ended(user)
    outbox.enqueue([messages.account_closed(user, at=now)], now=now)


def family_of(user: User) -> QuerySet[PatientProfile]:
    """The patient an account is, and everybody they care for or have cared for."""
    return PatientProfile.objects.filter(Q(user=user) | Q(guardian=user))


def _keys_of_family(user: User) -> set[int]:
    return set(family_of(user).values_list("pk", flat=True))


def cared_for(user: User) -> QuerySet[PatientProfile]:
    """Whom an account books for, besides its owner."""
    return PatientProfile.objects.filter(guardian=user, removed_at__isnull=True).order_by("own_search_name", "pk")


def to_decide(user: User, now: datetime) -> list[Booking]:
    """The coming appointments of an account's family, in order of time. Reads only."""
    rows = Booking.objects.with_people().upcoming(now).filter(patient__in=family_of(user))
    return list(rows.order_by("starts_at", "pk"))


def close_patient(
    *, user: User, decisions: Mapping[str, ClosureDecision], reason: str = "", by: User, now: datetime
) -> ClosureResult:
    """Close a patient's account, with a decision for each coming appointment of the family, by reference, or nothing.

    `by` is the patient themselves, or staff. Waiting lists are left, times held for the family go to others.
    Raises AlreadyClosed, AppointmentsChanged, TooLateToCancel, TransitionRefused, Busy.
    """
    with translated(BOOKING_ERRORS), short_transaction():
        slots, bookings = _lock_all(user, now)
        if not User.objects.filter(pk=user.pk, is_active=True).exists():
            raise AlreadyClosed
        if {booking.reference for booking in bookings} - decisions.keys():
            raise AppointmentsChanged
        queues = _withdraw_family(user, slots, bookings, now=now)
        closed = ClosureResult()
        for booking in bookings:
            if decisions[booking.reference] == ClosureDecision.KEEP:
                closed.kept.append(booking)
                continue
            refusal = refusal_to_close(booking, by, now)
            if refusal is not None:
                raise refusal
            queue = queues[booking.doctor_id]
            write_cancelled(booking, slots=slots, queue=queue, by=by, reason=reason, now=now)
            closed.cancelled.append(booking)
        close_account(user, now=now)
        return closed


def _lock_all(user: User, now: datetime) -> tuple[dict[UUID, Slot], list[Booking]]:
    """The times booked or held for the family, then the family, then their appointments, freshly read.

    Raises AppointmentsChanged when one was made between the two looks: its time is not locked. Or when somebody was put
    on the list of the family meanwhile: they are not locked, and could be booked for until the account is closed.
    """
    booked = [booking.slot_id for booking in to_decide(user, now) if booking.slot_id]
    held = open_holds(family_of(user)).values_list("slot_id", flat=True)
    slots = locks.slots({*booked, *held})
    family = _keys_of_family(user)
    locks.patients(family)
    if _keys_of_family(user) - family:
        raise AppointmentsChanged
    bookings = [
        booking
        for booking in locks.bookings({booking.pk for booking in to_decide(user, now)})
        if booking.status in LIVE
    ]
    if any(booking.slot_id not in slots for booking in bookings):
        raise AppointmentsChanged
    return slots, bookings


def _withdraw_family(
    user: User, slots: Mapping[UUID, Slot], bookings: Sequence[Booking], *, now: datetime
) -> dict[int, list[WaitingEntry]]:
    """Leave every waiting list and give held times back; answers the locked lists, by doctor, without the family."""
    return withdraw_from_waiting_lists(
        _keys_of_family(user), slots, {booking.doctor_id for booking in bookings}, now=now
    )


def open_holds(patients: Iterable[PatientProfile] | QuerySet[PatientProfile]) -> QuerySet[Hold]:
    """The times held for these patients, from waiting lists and in place of appointments."""
    return Hold.objects.filter(patient__in=patients, state=HoldState.OPEN)


def withdraw_from_waiting_lists(
    family: set[int], slots: Mapping[UUID, Slot], doctors: set[int], *, now: datetime
) -> dict[int, list[WaitingEntry]]:
    """These patients wait for nothing any more; times held for them go to the next who waits, or to everybody.

    `slots`, locked by the caller before the patients, has every time held for them. Locks the waiting lists concerned,
    by the doctor's key, and answers them without these patients; those of `doctors` too. Raises Busy.
    """
    entries = WaitingEntry.objects.filter(patient__in=family, state=WaitingState.WAITING)
    concerned = {*doctors, *(slot.doctor_id for slot in slots.values()), *entries.values_list("doctor", flat=True)}
    queues = {
        pk: [entry for entry in locks.lock_waiting_list(pk) if entry.patient_id not in family]
        for pk in sorted(concerned)
    }
    held = list(Hold.objects.filter(patient__in=family, state=HoldState.OPEN))
    if any(hold.slot_id not in slots for hold in held):
        raise Busy  # offered just now, between the two looks
    entries.update(state=WaitingState.LEFT)
    freed = end_holds(held, slots=slots, state=HoldState.DECLINED, now=now)
    for pk in sorted({slot.doctor_id for slot in freed}):
        theirs = [slot for slot in freed if slot.doctor_id == pk]
        release_slots(theirs, but_not=None, queue=queues[pk], now=now)
    return queues


def open_patient(*, user: User) -> None:
    """They can sign in again. Appointments that were cancelled stay so. Raises Erased, Busy."""
    with translated({}), short_transaction():
        accounts.reopen_account(user=user)
