"""Playing the sample appointments, step by step, each at the moment it would have happened."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time, timedelta

from bookings.choices import Status
from bookings.models import Booking, WaitingEntry
from bookings.reviews.services import review
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.steps import check_in, complete, confirm, mark_no_show
from bookings.waiting_list import services as waiting_list
from core.clock import hospital_day
from core.errors import DomainError
from doctors.models import Slot
from sample_data import diary, people, visits
from sample_data.cast import Cast
from sample_data.past import keep_past
from sample_data.times import offer, zone
from sample_data.visits import KEY, Visit

_BOOKED_BEFORE = timedelta(days=6)
_LENGTHS = {person.username: timedelta(minutes=(person.hours or people.Hours()).minutes) for person in people.DOCTORS}


def keep_appointments(cast: Cast, *, now: datetime) -> int:
    """The standing list once, counted in days from the first run, some life for today, and the last four weeks.

    Says how many are new.
    """
    keys = set(Booking.objects.filter(idempotency_key__startswith=KEY).values_list("idempotency_key", flat=True))
    plan = {f"{KEY}{number}": visit for number, visit in enumerate(visits.VISITS)}
    missing = {key: visit for key, visit in plan.items() if key not in keys}
    played = _standing(missing, cast, now=now) + _todays(keys, cast, first_day=not keys, now=now)
    _wait(cast, now=now)
    return played + keep_past(keys, cast, now=now)


def _wait(cast: Cast, *, now: datetime) -> None:
    """The waiting lists, each wish once."""
    known = set(WaitingEntry.objects.values_list("patient", "doctor"))
    for wish in visits.WISHES:
        patient, doctor = cast.patients[wish.patient], cast.doctors[wish.doctor]
        if (patient.pk, doctor.pk) not in known:
            asked = now - timedelta(days=wish.days_ago)
            first = hospital_day(asked)
            waiting_list.join(
                patient=patient,
                doctor=doctor,
                first_day=first,
                last_day=first + timedelta(days=60),
                weekdays=list(wish.weekdays),
                earliest=time(8),
                latest=time(17),
                by=patient.user,
                now=asked,
            )


def _standing(plan: dict[str, Visit], cast: Cast, *, now: datetime) -> int:
    """Visits of the list, with a time put into the diary for those that fall outside the doctor's hours."""
    today = hospital_day(now)
    starts = {key: diary.at(diary.working_day(today, visit.day), visit.clock, zone()) for key, visit in plan.items()}
    for username in {visit.doctor for visit in plan.values()}:
        wanted = [
            (starts[key], starts[key] + _LENGTHS[username]) for key, visit in plan.items() if visit.doctor == username
        ]
        doctor = cast.doctors[username]
        taken = Slot.objects.for_doctor(doctor).values_list("starts_at", "ends_at")
        offer(doctor, diary.fitting(wanted, taken), now=now)
    slots = {
        (slot.doctor_id, slot.starts_at): slot for slot in Slot.objects.free().filter(starts_at__in=starts.values())
    }
    found = {key: slots.get((cast.doctors[visit.doctor].pk, starts[key])) for key, visit in plan.items()}
    return sum(_play(key, plan[key], slot, cast, now=now) for key, slot in found.items() if slot is not None)


def _todays(keys: set[str], cast: Cast, *, first_day: bool, now: datetime) -> int:
    """Patients in the waiting room of each doctor one can sign in as; once a day."""
    today = hospital_day(now)
    prefix = f"{KEY}{today.isoformat()}-"
    if any(key.startswith(prefix) for key in keys):
        return 0
    free: dict[int, list[Slot]] = defaultdict(list)
    midnight = diary.at(today, "00:00", zone())
    for slot in Slot.objects.free().within(midnight, diary.at(today + timedelta(days=1), "00:00", zone())):
        free[slot.doctor_id].append(slot)
    played = 0
    for username in visits.TODAY:
        names = visits.todays_cast(username, first_day=first_day, day_number=today.toordinal())
        slots = {slot.starts_at: slot for slot in free[cast.doctors[username].pk]}
        places = visits.todays_places(list(slots), now=now)
        for name, (start, status) in zip(names, places, strict=False):
            visit = Visit(username, name, 0, "", status, visits.TODAYS_REASONS.get(name, ""))
            played += _play(f"{prefix}{name}", visit, slots[start], cast, now=now)
    return played


def _play(key: str, visit: Visit, slot: Slot, cast: Cast, *, now: datetime) -> bool:
    """Book and take every step to the visit's status. Says whether it could: someone may be in the way by now."""
    patient = cast.patients[visit.patient]
    booked_at = min(slot.starts_at - _BOOKED_BEFORE, now - timedelta(hours=3))
    try:
        booking = book(
            slot_id=slot.pk,
            patient_ref=PatientRef.of(patient),
            by=patient.account,
            reason=visit.reason,
            idempotency_key=key,
            now=booked_at,
        )
        _lead_to(visit, booking, booked_at=booked_at, now=now)
    except DomainError:
        return False
    return True


def _lead_to(visit: Visit, booking: Booking, *, booked_at: datetime, now: datetime) -> None:
    doctor, patient = booking.doctor.user, booking.patient.account
    if visit.status == Status.CANCELLED:
        by, reason = (doctor, "I am away at a conference.") if visit.cancelled_by_doctor else (patient, "")
        cancel(booking=booking, by=by, reason=reason, now=min(booked_at + timedelta(days=1), now))
        return
    if visit.status != Status.PENDING and booking.status == Status.PENDING:
        confirm(booking=booking, by=doctor, now=min(booked_at + timedelta(hours=2), now))
    if visit.status in {Status.CHECKED_IN, Status.COMPLETED}:
        check_in(booking=booking, by=doctor, now=min(booking.starts_at - timedelta(minutes=10), now))
    if visit.status == Status.COMPLETED:
        complete(booking=booking, by=doctor, now=min(booking.ends_at, now))
        _say(visit, booking, now=now)
    if visit.status == Status.NO_SHOW:
        mark_no_show(booking=booking, by=doctor, now=min(booking.starts_at + timedelta(minutes=20), now))


def _say(visit: Visit, booking: Booking, *, now: datetime) -> None:
    """What the patient thinks of it, the evening after."""
    said = visits.REVIEWS.get((visit.doctor, visit.patient, visit.day))
    if said is not None:
        stars, words = said
        at = min(booking.ends_at + timedelta(hours=8), now)
        review(booking=booking, by=booking.patient.account, rating=stars, text=words, now=at)
