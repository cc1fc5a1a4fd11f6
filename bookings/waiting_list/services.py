"""The waiting list (C9): a patient asks for a time with a doctor, and answers when one is held for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings import locks
from bookings.choices import HoldState, WaitingState
from bookings.holds import rules as waiting_rules
from bookings.holds.release import release_slots
from bookings.holds.services import check_hold_open, end_holds
from bookings.models import Booking, Departure, Hold, WaitingEntry
from bookings.rules import AccountIsClosed, PatientRef
from bookings.services.book import book, bookable
from bookings.services.move import move
from bookings.services.transition import BOOKING_ERRORS
from core.batches import in_batches, process_each
from core.clock import hospital_day
from core.db import short_transaction
from core.errors import Busy, DomainError, translated
from doctors.choices import SlotState
from doctors.models import DoctorProfile, Slot
from patients.models import PatientProfile

AT_ONCE = 500


class AlreadyWaiting(DomainError):
    message = _("You’re already on this doctor’s waiting list.")


class NobodyToWaitFor(DomainError):
    message = _("This doctor isn’t taking new bookings at the moment.")


WAITING_ERRORS: Mapping[str, type[DomainError]] = {**BOOKING_ERRORS, "waiting_once_a_doctor": AlreadyWaiting}


def join(
    *,
    patient: PatientProfile,
    doctor: DoctorProfile,
    first_day: date,
    last_day: date,
    weekdays: list[int],
    earliest: time,
    latest: time,
    by: User,
    now: datetime,
) -> WaitingEntry:
    """Put a patient on the waiting list of a doctor, one entry for each doctor.

    Days, weekdays (Monday 0) and hours of the hospital's clock, both ends included.
    Raises AlreadyWaiting, NobodyToWaitFor, NoSuchPerson, AccountIsClosed, LimitReached, Busy.
    """
    with translated(WAITING_ERRORS), short_transaction():
        locks.doctor(doctor.pk)
        patient = locks.patient(patient.pk)
        _look_again(doctor, patient, max(first_day, hospital_day(now)), by)
        _end_past_wish(patient, doctor, now)
        if by.is_patient:
            _check_how_many(patient, doctor, now)
        return WaitingEntry.objects.create(
            patient=patient,
            doctor=doctor,
            asked_by=by,
            first_day=first_day,
            last_day=last_day,
            weekdays=sorted(weekdays),
            earliest=earliest,
            latest=latest,
            created_at=now,
        )


def _look_again(doctor: DoctorProfile, patient: PatientProfile, since: date, by: User) -> None:
    """Asked in statements begun when the locks are held: what is joined to a locked row is as old as the wait for it
    was long (docs/locking.md). Raises AccountIsClosed, NoSuchPerson, NobodyToWaitFor."""
    if not User.objects.filter(pk=by.pk, is_active=True).exists():
        raise AccountIsClosed
    bookable(patient, by)
    fresh = DoctorProfile.objects.select_related("user").get(pk=doctor.pk)
    gone_by_then = Q(last_day__isnull=True) | Q(last_day__lt=since)
    is_leaving = Departure.objects.filter(gone_by_then, doctor=doctor).exists()
    if is_leaving or not (fresh.is_listed and fresh.is_accepting):
        raise NobodyToWaitFor


def _end_past_wish(patient: PatientProfile, doctor: DoctorProfile, now: datetime) -> None:
    """A wish whose last day or night is over does not stand in the way of a new one."""
    WaitingEntry.objects.over(now).filter(patient=patient, doctor=doctor).update(state=WaitingState.ENDED)


def _check_how_many(patient: PatientProfile, doctor: DoctorProfile, now: datetime) -> None:
    """The list of this doctor is no new one: that they wait already is the better answer."""
    waits = WaitingEntry.objects.standing(now).filter(patient=patient)
    waiting_rules.check_can_wait(
        waits.exclude(doctor=doctor).count(), most=settings.WAITLISTS_PER_PATIENT, phone=settings.HOSPITAL_PHONE
    )


def leave(*, entry: WaitingEntry, now: datetime) -> None:
    """Leave the list; a time that is held goes to the next. Leaving twice changes nothing. Raises Busy."""
    with translated(WAITING_ERRORS), short_transaction():
        running = Hold.objects.filter(entry=entry, state=HoldState.OPEN)
        slots = locks.slots(list(running.values_list("slot_id", flat=True)))
        queue = locks.lock_waiting_list(entry.doctor_id)
        if any(hold.slot_id not in slots for hold in running.all()):
            raise Busy  # offered just now, between the two looks
        WaitingEntry.objects.filter(pk=entry.pk, state=WaitingState.WAITING).update(state=WaitingState.LEFT)
        freed = end_holds(running.all(), slots=slots, state=HoldState.DECLINED, now=now)
        release_slots(freed, but_not=entry.patient, queue=queue, now=now)


def accept(*, held: Hold, by: User, instead_of: Booking | None = None, now: datetime) -> Booking:
    """Take the time that is held (C9): as an appointment of its own, or in place of one with the same doctor.

    Pressing twice books once. Raises OfferGone when the hold has run out, and whatever booking or moving raises.
    """
    key = f"hold:{held.pk}"
    if instead_of is not None:
        return move(booking=instead_of, to_slot_id=held.slot_id, by=by, idempotency_key=key, hold_id=held.pk, now=now)
    return book(
        slot_id=held.slot_id,
        patient_ref=PatientRef.of(held.patient),
        by=by,
        idempotency_key=key,
        hold_id=held.pk,
        now=now,
    )


def decline(*, held: Hold, now: datetime) -> None:
    """No, thank you: the time goes to the next, the patient goes on waiting. Raises OfferGone, Busy."""
    with translated(WAITING_ERRORS), short_transaction():
        slots = locks.slots([held.slot_id])
        queue = locks.lock_waiting_list(slots[held.slot_id].doctor_id) if slots else []
        check_hold_open(held.pk, slot=slots.get(held.slot_id), now=now)
        freed = end_holds([held], slots=slots, state=HoldState.DECLINED, now=now)
        release_slots(freed, but_not=held.patient, queue=queue, now=now)


def reoffer_expired_holds(*, now: datetime) -> int:
    """Offer times whose hold has run out to the next, each in a transaction of its own; says how many there were.

    Hygiene: to everybody who looks for times the hold has ended by the clock. May run twice at once.
    """
    lapsed = Slot.objects.filter(state=SlotState.FREE, held_until__lte=now).order_by("held_until", "pk")
    keys = list(lapsed.values_list("pk", flat=True))
    return process_each(keys, lambda slot_id: _pass_on(slot_id, now), what="The lapsed time")


def _pass_on(slot_id: UUID, now: datetime) -> bool:
    with translated(WAITING_ERRORS), short_transaction():
        slot = locks.slot(slot_id)
        if slot is None or not slot.is_free or slot.held_until is None or slot.held_until > now:
            return False
        queue = locks.lock_waiting_list(slot.doctor_id)
        last = Hold.objects.filter(slot=slot).select_related("patient").order_by("-created_at").first()
        end_holds(
            Hold.objects.filter(slot=slot, state=HoldState.OPEN), slots={slot.pk: slot}, state=HoldState.LAPSED, now=now
        )
        release_slots([slot], but_not=last.patient if last else None, queue=queue, now=now)
        return True


def end_past_wishes(*, now: datetime) -> int:
    """Close the entries whose last day or night is over; says how many. Hygiene: their wish suits no coming time."""
    keys = list(WaitingEntry.objects.over(now).order_by("pk").values_list("pk", flat=True))
    return in_batches(keys, _end, size=AT_ONCE, what="The past wish")


def _end(keys: Sequence[UUID]) -> int:
    with short_transaction():
        rows = WaitingEntry.objects.filter(pk__in=keys, state=WaitingState.WAITING)
        return rows.update(state=WaitingState.ENDED)
