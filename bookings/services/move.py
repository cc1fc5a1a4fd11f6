"""Moving an appointment to another time of its doctor (C7): the new one is booked and the old one released together."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings import locks, messages, rules
from bookings.actors import actor_of
from bookings.choices import MOVED, Status
from bookings.holds import services as holds
from bookings.holds.release import release_booking_slots
from bookings.holds.services import check_hold_open
from bookings.models import Booking
from bookings.permissions import check_step
from bookings.rules import PatientRef, SlotTaken
from bookings.services import limits
from bookings.services.book import first_status, slot_facts, write_booking
from bookings.services.idempotency import keyed
from bookings.services.transition import BOOKING_ERRORS, transition
from bookings.states import Actor
from core.db import short_transaction
from core.errors import DomainError, translated
from doctors.models import Slot
from integrations import outbox
from patients.models import PatientProfile


class AlreadyMoved(DomainError):
    message = _("This has already been moved to another time.")


class SameSlot(DomainError):
    message = _("It’s already at this time.")


def move(
    *,
    booking: Booking,
    to_slot_id: UUID,
    by: User,
    idempotency_key: str | None = None,
    hold_id: UUID | None = None,
    now: datetime,
) -> Booking:
    """Give an appointment another free time of its doctor; answers the new one, once for each key of `by`.

    With `hold_id`, the key of a hold on that time, only while it keeps it. A time the hospital has offered in place
    of the appointment may be taken after the cut-off, too, and whatever the doctor's terms.
    Raises AlreadyMoved, SameSlot, OfferGone, TransitionRefused, TooLateToMove, SlotTaken, SlotPassed,
    DoctorNotAccepting, NoticeTooShort, OutsideWindow, PatientBusy, LimitReached, KeyReused, Busy.
    """
    with translated(BOOKING_ERRORS), short_transaction():
        slots = locks.slots_of(booking, to_slot_id)
        patient = locks.patient(booking.patient_id, by if by.is_patient else None)
        old = locks.booking(booking.pk)
        queue = locks.lock_waiting_list(old.doctor_id)
        request = keyed(by, idempotency_key, to_slot_id, PatientRef.of(patient), "moved", old.reference)
        if (earlier := request.answered()) is not None:
            return earlier
        if hold_id is not None:
            check_hold_open(hold_id, slot=slots.get(to_slot_id), now=now)
        slot = _their_slot(old, slots.get(to_slot_id))
        by_hospital = actor_of(by, old) != Actor.PATIENT or holds.is_offered_for(slot, old, now)
        _check_old(old, by, by_hospital=by_hospital, now=now)
        _check_new(slot, old, patient, by_hospital=by_hospital, now=now)
        new = _write_new(
            slot,
            old,
            patient,
            by=by,
            status=_status(old, slot, by_hospital=by_hospital),
            now=now,
            **request.fields,
        )
        old.cancelled_at, old.cancelled_by, old.cancellation_reason = now, by, MOVED
        transition(old, Status.CANCELLED, by=by, reason=MOVED, now=now)
        release_booking_slots(old, slots, queue, now=now)
        outbox.withdraw(stream=messages.stream_of_patient(old), action=messages.REMINDER, now=now)
        outbox.enqueue(messages.moved(new, at=now), now=now)
        return new


def _status(old: Booking, slot: Slot, *, by_hospital: bool) -> Status:
    """What the doctor has confirmed stays so when the hospital itself chose the new time."""
    return Status.CONFIRMED if by_hospital and old.status == Status.CONFIRMED else first_status(slot.doctor)


def _write_new(slot: Slot, old: Booking, patient: PatientProfile, *, now: datetime, **facts: Any) -> Booking:
    return write_booking(
        slot,
        patient,
        now=now,
        moved_from=old,
        reason=old.reason,
        notes=old.notes,
        # One above what the old one will stand at, so that in every calendar the new time wins.
        calendar_uid=old.calendar_uid,
        calendar_sequence=old.calendar_sequence + 2,
        **facts,
    )


def _their_slot(old: Booking, slot: Slot | None) -> Slot:
    if slot is None or slot.doctor_id != old.doctor_id:
        raise SlotTaken
    if slot.pk == old.slot_id:
        raise SameSlot
    return slot


def _check_old(old: Booking, by: User, *, by_hospital: bool, now: datetime) -> None:
    if old.status == Status.CANCELLED and Booking.objects.filter(moved_from=old).exists():
        raise AlreadyMoved
    bound_as = Actor.STAFF if by_hospital else Actor.PATIENT
    check_step(old, Status.CANCELLED, actor=actor_of(by, old), now=now, is_move=True, bound_as=bound_as)
    if not by_hospital:  # how many there are to come stays the same
        rules.check_pace(limits.booked_lately(by, now).count(), limits.limits())


def _check_new(slot: Slot, old: Booking, patient: PatientProfile, *, by_hospital: bool, now: datetime) -> None:
    offer = slot_facts(slot, patient, now, instead_of=old)
    if by_hospital:
        # Not a new patient: a doctor who takes none can still give their own another time.
        offer = replace(offer, doctor_is_accepting=True)
    elsewhere = Booking.objects.live().overlapping(slot.starts_at, slot.ends_at).filter(patient=patient)
    rules.check_can_book(offer, patient_is_busy=elsewhere.exclude(pk=old.pk).exists(), by_hospital=by_hospital, now=now)
