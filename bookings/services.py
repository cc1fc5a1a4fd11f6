"""Everything that changes bookings: lock, re-read, decide, write, in one short transaction.

Nothing here speaks to a network or renders a page; what people are told is written to the outbox, in the same
transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from bookings import locks, messages, rules, states
from bookings.actors import actor_of
from bookings.choices import LIVE, Status
from bookings.models import Booking, BookingStatusChange
from bookings.policy import cancel_cutoff
from bookings.rules import PatientBusy, SlotTaken
from bookings.states import Actor
from core.clock import hospital_day
from core.db import short_transaction
from core.errors import Busy, DomainError, translated
from doctors.choices import SlotState
from doctors.models import Slot
from integrations import services as outbox
from patients.models import PatientProfile


class KeyReused(DomainError):
    message = "This form was already sent with other answers. Please start again from the doctor's page."


BOOKING_ERRORS: Mapping[str, type[DomainError]] = {
    "booking_slot_once": SlotTaken,
    "booking_patient_no_overlap": PatientBusy,
    "booking_idempotency_key": KeyReused,
    "bookings_booking_reference_key": Busy,  # one in 3.8e11 drawn twice: trying again draws another
}


def book(
    *,
    slot_id: UUID,
    patient: PatientProfile | None = None,
    by: User,
    reason: str = "",
    notes: str = "",
    idempotency_key: str | None = None,
    now: datetime,
) -> Booking:
    """Book a free time for a patient (C1, C2), once for each `idempotency_key` of `by` (C4).

    Without `patient`, `by` is one and books for themselves: the lock finds the profile in the same statement.
    Raises SlotTaken, SlotPassed, DoctorNotAccepting, PatientBusy, KeyReused, Busy.
    """
    with translated(BOOKING_ERRORS), short_transaction():
        slot = locks.slot(slot_id)
        patient = locks.patient(patient.pk) if patient else locks.patient_of(by)
        fingerprint = _fingerprint(slot_id, patient, reason, notes)
        earlier, patient_is_busy = _earlier_and_busy(slot, patient, by, idempotency_key)
        if earlier is not None:
            return _same_answer(earlier, fingerprint)
        if slot is None:
            raise SlotTaken
        rules.check_can_book(offer_of(slot), patient_is_busy=patient_is_busy, now=now)
        return _write_booking(
            slot,
            patient,
            by=by,
            now=now,
            reason=reason,
            notes=notes,
            idempotency_key=idempotency_key,
            request_fingerprint=fingerprint,
        )


def _fingerprint(slot_id: UUID, patient: PatientProfile, reason: str, notes: str) -> str:
    return hashlib.sha256(json.dumps([str(slot_id), patient.pk, reason, notes]).encode()).hexdigest()


def _earlier_and_busy(
    slot: Slot | None, patient: PatientProfile, by: User, key: str | None
) -> tuple[Booking | None, bool]:
    """One query for both questions: was this key used before, and is the patient elsewhere at that time?"""
    used = Q(booked_by=by, idempotency_key=key) if key else Q(pk__in=[])
    elsewhere = Q(pk__in=[])
    if slot is not None:
        elsewhere = Q(patient=patient, status__in=LIVE, starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at)
    rows = list(Booking.objects.filter(used | elsewhere))
    earlier = next((row for row in rows if key and row.idempotency_key == key and row.booked_by_id == by.pk), None)
    return earlier, bool(rows)


def _same_answer(earlier: Booking, fingerprint: str) -> Booking:
    if earlier.request_fingerprint != fingerprint:
        raise KeyReused
    return earlier


def offer_of(slot: Slot) -> rules.Offer:
    """What the rules must know of a time to decide whether it can be booked."""
    return rules.Offer(
        starts_at=slot.starts_at,
        is_free=slot.is_free,
        doctor_is_listed=slot.doctor.is_listed,
        doctor_is_accepting=slot.doctor.is_accepting,
    )


def _write_booking(slot: Slot, patient: PatientProfile, *, by: User, now: datetime, **typed: str | None) -> Booking:
    status = Status.CONFIRMED if slot.doctor.confirms_automatically else Status.PENDING
    booking = Booking.objects.create(
        slot=slot,
        doctor=slot.doctor,
        patient=patient,
        booked_by=by,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        status=status,
        fee_cents=slot.doctor.consultation_fee_cents,
        created_at=now,
        **typed,
    )
    BookingStatusChange.objects.create(booking=booking, to_status=status, by=by, at=now)
    _mark(slot, SlotState.BOOKED)
    outbox.enqueue(messages.booked(booking), now=now)
    return booking


def _mark(slot: Slot, state: SlotState) -> None:
    slot.state = state
    slot.save(update_fields=["state"])


def cancel(*, booking: Booking, by: User, reason: str = "", now: datetime) -> Booking:
    """Cancel, and free the time at once (C6). Raises TooLateToCancel, TransitionRefused, Busy."""
    with translated(BOOKING_ERRORS), short_transaction():
        slot = locks.slot(booking.slot_id) if booking.slot_id else None
        fresh = locks.booking(booking.pk)
        actor = actor_of(by, fresh)
        states.check(current=Status(fresh.status), to=Status.CANCELLED, actor=actor)
        rules.check_can_cancel(
            starts_at=fresh.starts_at, cutoff=cancel_cutoff(), by_patient=actor == Actor.PATIENT, now=now
        )
        fresh.cancelled_at, fresh.cancelled_by, fresh.cancellation_reason = now, by, reason
        _transition(fresh, Status.CANCELLED, by=by, reason=reason, now=now)
        if slot is not None:
            _mark(slot, SlotState.FREE)
        outbox.withdraw(stream=messages.stream(fresh), action=messages.REMINDER, now=now)
        outbox.enqueue(messages.cancelled(fresh, by=actor, at=now), now=now)
        return fresh


def confirm(*, booking: Booking, by: User, now: datetime) -> Booking:
    """The doctor says yes (C5). Raises TransitionRefused, Busy."""
    return _step(booking, Status.CONFIRMED, by=by, now=now)


def check_in(*, booking: Booking, by: User, now: datetime) -> Booking:
    """The patient has arrived. Raises TransitionRefused, TooEarly, Busy."""
    return _step(booking, Status.CHECKED_IN, by=by, now=now)


def complete(*, booking: Booking, by: User, now: datetime) -> Booking:
    """The visit is over. Raises TransitionRefused, Busy."""
    return _step(booking, Status.COMPLETED, by=by, now=now)


def mark_no_show(*, booking: Booking, by: User, now: datetime) -> Booking:
    """The patient did not come. Raises TransitionRefused, TooEarly, Busy."""
    return _step(booking, Status.NO_SHOW, by=by, now=now)


def _step(booking: Booking, to: Status, *, by: User, now: datetime) -> Booking:
    with translated(BOOKING_ERRORS), short_transaction():
        fresh = locks.booking(booking.pk)
        states.check(current=Status(fresh.status), to=to, actor=actor_of(by, fresh))
        if to == Status.CHECKED_IN:
            rules.check_can_check_in(appointment_day=hospital_day(fresh.starts_at), today=hospital_day(now))
        if to == Status.NO_SHOW:
            rules.check_can_mark_no_show(starts_at=fresh.starts_at, now=now)
        _transition(fresh, to, by=by, now=now)
        if to == Status.CONFIRMED:
            outbox.enqueue(messages.confirmed(fresh, at=now), now=now)
        return fresh


def _transition(booking: Booking, to: Status, *, by: User | None, reason: str = "", now: datetime) -> None:
    """The only place where a status changes; always leaves a row behind. The booking is locked by the caller."""
    BookingStatusChange.objects.create(
        booking=booking, from_status=booking.status, to_status=to, by=by, reason=reason, at=now
    )
    booking.status = to
    booking.calendar_sequence += 1
    booking.save(update_fields=["status", "calendar_sequence", "cancelled_at", "cancelled_by", "cancellation_reason"])
