"""Somebody comes in without an appointment: registered, given a time and checked in, in one transaction (C10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from bookings import locks, messages, rules, states
from bookings.choices import Status
from bookings.models import Booking
from bookings.permissions import refusal_to_step
from bookings.rules import PatientRef
from bookings.services.book import bookable, slot_facts, write_booking
from bookings.services.idempotency import keyed
from bookings.services.new_patients import register
from bookings.services.transition import BOOKING_ERRORS, transition
from bookings.states import Actor
from core.db import short_transaction
from core.errors import DomainError, translated
from core.formats import clock_time
from core.intervals import interval_of, overlapping, overlaps_any
from doctors.choices import SlotState
from doctors.models import Closure, DoctorProfile, Slot, SlotQuerySet, TimeOff
from doctors.own_clock import on_clock_of
from doctors.rules import SHORTEST
from patients.models import PatientProfile

USUAL = timedelta(minutes=20)  # where a diary has no times to learn from
TIMES_TO_LEARN_FROM = 60
WALK_IN_ERRORS: Mapping[str, type[DomainError]] = {**BOOKING_ERRORS, "slot_no_overlap": rules.DoctorBusyNow}


def walk_in(
    *,
    patient_ref: PatientRef,
    doctor: DoctorProfile,
    slot_id: UUID | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
    by: User,
    now: datetime,
) -> Booking:
    """Book `slot_id`, or a time from now on made for it, CONFIRMED; who is here for today is checked in at once.

    A newcomer is registered without an account; the same `idempotency_key` of `by` registers and books once (C4).
    Raises DoctorBusyNow, SlotTaken, SlotPassed, DoctorNotAccepting, PatientBusy, NoSuchPerson,
    KeyReused, TransitionRefused, Busy.
    """
    with translated(WALK_IN_ERRORS), short_transaction():
        if not by.is_hospital_staff:
            raise states.TransitionRefused(_("Only the hospital can register a walk-in."))
        fresh = locks.doctor(doctor.pk)
        request = keyed(by, idempotency_key, slot_id, patient_ref, "walk-in", str(fresh.pk), reason)
        if (earlier := request.answered()) is not None:
            return earlier
        slot = _chosen(slot_id, fresh, now) if slot_id else _from_now_on(fresh, now)
        known = patient_ref.patient_id
        person = register(patient_ref) if known is None else bookable(locks.patient(known), by)
        rules.check_can_walk_in(slot_facts(slot, person, now), patient_is_busy=_is_busy(person, slot))
        booking = write_booking(
            slot,
            person,
            by=by,
            status=Status.CONFIRMED,
            now=now,
            reason=reason,
            tell=messages.booked,
            **request.fields,
        )
        if refusal_to_step(booking, Status.CHECKED_IN, Actor.STAFF, now) is None:
            transition(booking, Status.CHECKED_IN, by=by, now=now)
        return booking


def _is_busy(patient: PatientProfile, slot: Slot) -> bool:
    return Booking.objects.live().overlapping(slot.starts_at, slot.ends_at).filter(patient=patient).exists()


def _chosen(slot_id: UUID, doctor: DoctorProfile, now: datetime) -> Slot:
    slot = locks.slot(slot_id)
    if slot is None or slot.doctor_id != doctor.pk:
        raise rules.SlotTaken
    if slot.starts_at <= now:
        raise rules.SlotPassed
    return slot


def _from_now_on(doctor: DoctorProfile, now: datetime) -> Slot:
    """The free time that runs just now, or a new one until the next in the diary. The doctor is locked."""
    usual = usual_length(doctor)
    times = list(locks.slots([slot.pk for slot in _diary_from(doctor, now, usual)]).values())
    slot = _slot_now(doctor, times, usual=usual, now=now)
    if slot not in times:
        slot.save(force_insert=True)
    return slot


def _diary_from(doctor: DoctorProfile, now: datetime, usual: timedelta) -> SlotQuerySet:
    return SlotQuerySet(Slot).for_doctor(doctor).overlapping(now, now + usual).order_by("starts_at")


def _slot_now(doctor: DoctorProfile, times: Sequence[Slot], *, usual: timedelta, now: datetime) -> Slot:
    """Where somebody who stands at the desk would be put, of the doctor's `times`; not saved when it is new.

    Raises DoctorBusyNow.
    """
    running = next((slot for slot in times if slot.starts_at <= now), None)
    if running is not None:
        return _running(running, doctor, now)
    start, end = rules.walk_in_span(
        now=now, usual=usual, next_start=min((slot.starts_at for slot in times), default=None), shortest=SHORTEST
    )
    _check_is_here(doctor, start, end)
    return Slot(doctor=doctor, starts_at=start, ends_at=end)


def refusal_now(doctor: DoctorProfile, *, busy: Sequence[Booking], now: datetime) -> DomainError | None:
    """Why a patient who is elsewhere during `busy` can't see `doctor` from this minute on; None when they can.

    The same questions as the booking asks, without its locks: so that only what can be had is offered. Five queries
    at most.
    """
    usual = usual_length(doctor)
    try:
        slot = _slot_now(doctor, list(_diary_from(doctor, now, usual)), usual=usual, now=now)
        offer = rules.SlotFacts(
            starts_at=slot.starts_at,
            is_free=slot.is_free,
            is_held_for_another=slot.is_held(now),
            min_notice=timedelta(0),
            booking_window=timedelta(0),
            doctor_is_listed=doctor.is_listed,
            doctor_is_accepting=doctor.is_accepting,
        )
        is_elsewhere = overlaps_any(interval_of(slot), map(interval_of, busy))
        rules.check_can_walk_in(offer, patient_is_busy=is_elsewhere)
    except DomainError as refusal:
        return refusal
    return None


def _running(slot: Slot, doctor: DoctorProfile, now: datetime) -> Slot:
    if slot.is_free and not slot.is_held(now):
        return slot
    is_taken = slot.state == SlotState.BOOKED
    words = (
        _("%(doctor)s is with a patient until %(time)s.") if is_taken else _("%(doctor)s isn’t free until %(time)s.")
    )
    raise rules.DoctorBusyNow(
        words % {"doctor": doctor.display_name, "time": clock_time(on_clock_of(doctor, slot.ends_at))}
    )


def _check_is_here(doctor: DoctorProfile, start: datetime, end: datetime) -> None:
    during = overlapping(start, end)
    if TimeOff.objects.filter(during, doctor=doctor).exists() or Closure.objects.filter(during).exists():
        raise rules.DoctorBusyNow(_("%(doctor)s is away now.") % {"doctor": doctor.display_name})


def usual_length(doctor: DoctorProfile) -> timedelta:
    """How long most of the doctor's latest times are."""
    latest = SlotQuerySet(Slot).for_doctor(doctor).order_by("-starts_at").values_list("starts_at", "ends_at")
    lengths = Counter(end - start for start, end in latest[:TIMES_TO_LEARN_FROM])
    return lengths.most_common(1)[0][0] if lengths else USUAL
