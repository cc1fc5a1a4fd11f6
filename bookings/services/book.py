"""Everything that changes bookings: lock, re-read, decide, write, in one short transaction.

Nothing here speaks to a network or renders a page; what people are told is written to the outbox, in the same
transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from accounts.models import User
from bookings import messages, rules
from bookings.calendars import events as calendar_events
from bookings.choices import Status
from bookings.holds import services as holds
from bookings.holds.services import check_hold_open, settle_hold
from bookings.models import Booking
from bookings.rules import AccountIsClosed, NoSuchPerson, PatientRef, PersonNotChosen, SlotTaken
from bookings.services import limits
from bookings.services.book_statements import BookingFacts, lock_and_read, write
from bookings.services.idempotency import keyed
from bookings.services.new_patients import register
from bookings.services.transition import BOOKING_ERRORS
from core.db import short_transaction
from core.errors import translated
from doctors.choices import SlotState
from doctors.models import DoctorProfile, Slot
from integrations import outbox
from patients.models import PatientProfile

OWN = PatientRef.own()


def book(
    *,
    slot_id: UUID,
    patient_ref: PatientRef = OWN,
    by: User,
    reason: str = "",
    notes: str = "",
    idempotency_key: str | None = None,
    hold_id: UUID | None = None,
    now: datetime,
) -> Booking:
    """Book a free time for a patient (C1, C2), once for each `idempotency_key` of `by` (C4).

    A patient books for themselves or, by `PatientRef.person`, for somebody they care for (C11): the lock finds the
    profile in the same statement. Somebody else's person is NoSuchPerson; who cares for
    others and does not say whom it is for is asked: PersonNotChosen.
    The hospital may book for a newcomer, who is registered with the booking or not at all (C10).
    With `hold_id`, the key of the hold that keeps the time for the patient, only while it does (C9): or OfferGone.
    Raises SlotTaken, SlotPassed, DoctorNotAccepting, NoticeTooShort, OutsideWindow, PatientBusy, AccountIsClosed,
    LimitReached, KeyReused, Busy.
    """
    with translated(BOOKING_ERRORS), short_transaction():
        found = lock_and_read(slot_id, patient_ref, by=by, key=idempotency_key, now=now)
        known = _known(found, patient_ref, by)
        ref = patient_ref if known is None else PatientRef.of(known)
        request = keyed(by, idempotency_key, slot_id, ref, reason, notes)
        if found.earlier_id is not None:
            return request.same_answer(Booking.objects.get(pk=found.earlier_id))
        if not found.account_is_open:
            raise AccountIsClosed
        patient = known or register(patient_ref)
        slot = found.slot
        if hold_id is not None:
            check_hold_open(hold_id, slot=slot, now=now)
        if slot is None:
            raise SlotTaken
        offer = slot_facts(slot, patient, now)
        rules.check_can_book(offer, patient_is_busy=found.patient_is_busy, by_hospital=not by.is_patient, now=now)
        limits.check(limits.load(by, patient, found.counts) if found.counts else None)
        return write_booking(
            slot,
            patient,
            by=by,
            status=first_status(slot.doctor),
            now=now,
            reason=reason,
            notes=notes,
            tell=messages.booked,
            **request.fields,
        )


def _known(found: BookingFacts, patient_ref: PatientRef, by: User) -> PatientProfile | None:
    """Whom to book for, locked; None for somebody the hospital is about to register.

    Raises NoSuchPerson, PersonNotChosen.
    """
    if patient_ref.new is not None:
        if not by.is_hospital_staff:
            raise NoSuchPerson
        return None
    if patient_ref.is_own and found.patient is not None and found.cares_for_others:
        raise PersonNotChosen
    return bookable(found.patient, by)


def bookable(patient: PatientProfile | None, by: User) -> PatientProfile:
    """A patient books for themselves and for whom they care for, the hospital for everybody. Raises NoSuchPerson."""
    if patient is None or patient.removed_at is not None or patient.erased_at is not None:
        raise NoSuchPerson
    if by.is_patient and by.pk not in {patient.user_id, patient.guardian_id}:
        raise NoSuchPerson
    return patient


def slot_facts(
    slot: Slot, patient: PatientProfile, now: datetime, *, instead_of: Booking | None = None
) -> rules.SlotFacts:
    """What the rules must know of a time to decide whether `patient` can have it."""
    policy = slot.doctor.booking_policy
    return rules.SlotFacts(
        starts_at=slot.starts_at,
        is_free=slot.is_free,
        is_closed=slot.closed_by_calendar,
        is_held_for_another=slot.is_held(now) and not holds.is_held_for(slot, patient, instead_of),
        min_notice=policy.min_notice,
        booking_window=policy.booking_window,
        doctor_is_listed=slot.doctor.is_listed,
        doctor_is_accepting=slot.doctor.is_accepting,
    )


def first_status(doctor: DoctorProfile) -> Status:
    """Doctors choose whether bookings confirm themselves or wait for them (C5)."""
    return Status.CONFIRMED if doctor.confirms_automatically else Status.PENDING


def write_booking(
    slot: Slot,
    patient: PatientProfile,
    *,
    by: User,
    status: Status,
    now: datetime,
    tell: Callable[[Booking], Iterable[outbox.Draft]] | None = None,
    **facts: Any,
) -> Booking:
    """The row, its history and its time, all locked by the caller; and whom to tell, unless the caller does."""
    calendar_uid = facts.pop("calendar_uid", None) or uuid4()
    booking = Booking(
        slot=slot,
        doctor=slot.doctor,
        patient=patient,
        booked_by=by,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        status=status,
        fee_cents=slot.doctor.consultation_fee_cents,
        created_at=now,
        calendar_uid=calendar_uid,
        **calendar_events.event_ids(calendar_uid),
        **facts,
    )
    settle_hold(slot, patient, now)
    slot.state, slot.held_until, slot.closed_by_calendar = SlotState.BOOKED, None, False
    write(booking, now=now, also=outbox.writing(tell(booking), now=now) if tell else ())
    return booking
