"""Reading appointments. Every read begins with what the reader may see."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, Count, F, Q, QuerySet, When

from accounts.choices import Role
from accounts.models import User
from accounts.permissions import Can, Viewer, may
from bookings.choices import HOLDS_SLOT, LIVE, Status
from bookings.models import (
    Booking,
    BookingQuerySet,
    BookingStatusChange,
)
from bookings.references import read_reference
from bookings.rules import ARRIVE_AHEAD, STAYS_IN_SIGHT
from core.clock import end_of_day, hospital_day, start_of_day
from core.intervals import A_DAY
from core.postgres.compiled import CompiledQuery
from doctors.models import DoctorProfile
from patients.models import PatientProfile

WhenList = Literal["upcoming", "past", "cancelled"]


def bookings_visible_to(viewer: Viewer) -> BookingQuerySet:
    """A patient's own, a doctor's own, all for staff; nothing for anybody else (A7). With the people in them."""
    bookings = BookingQuerySet(Booking).with_people().with_moves()
    if not viewer.is_authenticated or not viewer.is_active:
        return bookings.none()
    if may(viewer, Can.SEE_BOOKINGS):
        return bookings
    if viewer.is_doctor:
        return bookings.filter(doctor__user=viewer)
    if viewer.is_patient:
        return bookings.filter(Q(patient__user=viewer) | Q(patient__guardian=viewer))
    return bookings.none()


def counted_bookings(start: datetime, end: datetime) -> BookingQuerySet:
    """The appointments of the instants [start, end) as figures and reports count them, in no order: a moved one counts
    where it was moved to, and nowhere else (C7). For counting alone: they are everybody's."""
    # Few are moved, and those an index has: half the time of joining every appointment with what it was moved to.
    moved = Booking.objects.filter(moved_from__isnull=False).order_by().values("moved_from")
    return BookingQuerySet(Booking).within(start, end).exclude(pk__in=moved).order_by()


def booking_by_reference(viewer: Viewer, reference: str) -> Booking | None:
    """The appointment of a reference, small letters forgiven; None when there is none or it is not the viewer's."""
    read = read_reference(reference)
    return bookings_visible_to(viewer).with_last_change().filter(reference=read).first() if read else None


def current_of(viewer: Viewer, booking: Booking) -> Booking:
    """Where the visit of `booking` stands now, after whatever moves the viewer may see; itself when it stands (C7).

    Through all its moves a visit keeps what calendars know it by. One query.
    """
    if booking.successor is None:
        return booking
    same = bookings_visible_to(viewer).filter(patient=booking.patient_id, calendar_uid=booking.calendar_uid)
    return same.order_by("-created_at", "-pk").first() or booking


# Lists read what they show and no more: each table joined to a query, and each column of it, costs the planner and
# Django more than finding the rows.

_TERMS = ("doctor__min_notice", "doctor__booking_window", "doctor__cancel_cutoff")
_VISIT = (
    *("reference", "slot", "status", "starts_at", "ends_at", "created_at", "doctor__time_zone", "doctor__user"),
    *_TERMS,
)
_PATIENT = ("patient__own_name", "patient__guardian", "patient__user__full_name")
_MOVED_TO = ("moved_to__moved_from", "moved_to__reference", "moved_to__starts_at", "moved_to__doctor__time_zone")
_CARD = (*_VISIT, *_PATIENT, *_MOVED_TO, "doctor__slug", "doctor__specialization", "doctor__room")
_ROW = (*_VISIT, *_PATIENT, *_MOVED_TO, "reason", "conflict", "patient__date_of_birth")
_DESK_ROW = (
    *_ROW,
    *("doctor__slug", "doctor__room", "doctor__user__full_name", "doctor__user__search_name"),
    *("doctor__department__name", "doctor__department__slug"),
    *("patient__relationship", "patient__own_phone", "patient__user__phone"),
    *("patient__guardian__full_name", "patient__guardian__phone"),
)


def cards(bookings: BookingQuerySet) -> BookingQuerySet:
    """With what a patient's list says of each (`presenters.card`); the rest is read when it is asked for."""
    rows = bookings.select_related(None).select_related("doctor__user", "patient__user", "moved_to__doctor")
    return rows.only(*_CARD, "doctor__user__full_name")


def cards_by_key(patient: User, keys: Collection[int]) -> dict[int, Booking]:
    """The `cards` of some of a patient's appointments. One query, none for no keys."""
    if not keys:
        return {}
    if not patient.is_patient or not patient.is_active:
        return cards(bookings_visible_to(patient)).in_bulk(keys)
    asked = {f"key{number}": key for number, key in enumerate(keys)}
    return {booking.pk: booking for booking in _cards_statement(len(asked)).run(viewer=patient.pk, **asked)}


@lru_cache(maxsize=20)
def _cards_statement(count: int) -> CompiledQuery[Booking]:
    patient = User(pk=9_001, role=Role.PATIENT)
    keys = {f"key{number}": 9_100 + number for number in range(count)}
    found = cards(bookings_visible_to(patient)).filter(pk__in=keys.values()).order_by()
    return CompiledQuery(found, {"viewer": patient.pk, **keys})


def day_rows(bookings: BookingQuerySet) -> BookingQuerySet:
    """With what a doctor's list says of each (`presenters.day_row`); the rest is read when it is asked for."""
    return bookings.select_related(None).select_related("doctor", "patient__user", "moved_to__doctor").only(*_ROW)


def desk_rows(bookings: BookingQuerySet) -> BookingQuerySet:
    """With what the desk says of each (`desk.rows`), and how to reach whom; the rest is read when it is asked for."""
    rows = bookings.select_related(None).with_people()
    return rows.select_related("moved_to__doctor").only(*_DESK_ROW)


# A patient's


def patient_list(viewer: Viewer, when: WhenList, now: datetime) -> BookingQuerySet:
    """The viewer's upcoming (soonest first), past or cancelled (latest first) appointments (C12), as `cards`."""
    bookings = cards(bookings_visible_to(viewer))
    if when == "upcoming":
        return bookings.upcoming(now).order_by("starts_at", "pk")
    chosen = bookings.past(now) if when == "past" else bookings.cancelled()
    return chosen.order_by("-starts_at", "-pk")


IS_CANCELLED = Q(status=Status.CANCELLED)


def is_upcoming(now: datetime) -> Q:
    return Q(status__in=LIVE, ends_at__gt=now)


def is_past(now: datetime) -> Q:
    return ~is_upcoming(now) & ~IS_CANCELLED


def patient_counts(viewer: Viewer, now: datetime) -> dict[str, int]:
    """How many appointments each of the three lists holds. One query."""
    return bookings_visible_to(viewer).aggregate(
        upcoming=Count("pk", filter=is_upcoming(now)),
        past=Count("pk", filter=is_past(now)),
        cancelled=Count("pk", filter=IS_CANCELLED),
    )


def booking_made_with(viewer: Viewer, idempotency_key: str) -> Booking | None:
    """What the viewer booked with this form before."""
    return bookings_visible_to(viewer).filter(booked_by_id=viewer.pk, idempotency_key=idempotency_key).first()


# A doctor's


def doctor_list(
    viewer: Viewer,
    status: str = "",
    date_from: date | None = None,
    date_to: date | None = None,
    *,
    now: datetime,
) -> BookingQuerySet:
    """The viewer's appointments as `day_rows`, days of the hospital, both ends included (B8).

    From a first day on in order of time. Without one: those of today and later in order of time,
    then the earlier ones, latest first, so that the next thing to do stands on the first page.
    """
    bookings = day_rows(bookings_visible_to(viewer)).with_last_change()
    if status:
        bookings = bookings.filter(status=status)
    if date_to:
        bookings = bookings.filter(starts_at__lt=end_of_day(date_to))
    if date_from:
        return bookings.filter(starts_at__gte=start_of_day(date_from)).order_by("starts_at", "pk")
    today = start_of_day(hospital_day(now))
    coming = Case(When(starts_at__gte=today, then=F("starts_at")))
    return bookings.order_by(coming.asc(nulls_last=True), "-starts_at", "pk")


def clinic_keys(viewer: Viewer, now: datetime) -> dict[str, list[int]]:
    """The keys of a doctor's appointments, each list in order of time: those that hold a time "today" at the hospital,
    today's over midnight among them, "upcoming" ones, and of these who is "waiting" for an answer and what was
    "noted" of their calendar. One query, with nobody's name in it: what is shown is read by key."""
    in_order, not_over = ("starts_at", "pk"), Q(ends_at__gt=now)
    today = is_of_day(hospital_day(now), now) & Q(status__in=HOLDS_SLOT)
    # Nothing that is not over began longer ago: said plainly, so that the index leaves out the years gone by.
    since = min(start_of_day(hospital_day(now)), now - STAYS_IN_SIGHT) - A_DAY
    found = (
        bookings_visible_to(viewer)
        .filter(starts_at__gt=since, status__in=HOLDS_SLOT)
        .aggregate(
            today=ArrayAgg("pk", filter=today, order_by=in_order),
            upcoming=ArrayAgg("pk", filter=is_upcoming(now), order_by=in_order),
            waiting=ArrayAgg("pk", filter=not_over & Q(status=Status.PENDING), order_by=in_order),
            noted=ArrayAgg("pk", filter=is_upcoming(now) & Q(calendar_note__gt=""), order_by=in_order),
        )
    )
    return {name: keys or [] for name, keys in found.items()}


def desk_day(viewer: Viewer, day: date, now: datetime) -> list[Booking]:
    """Everybody the viewer may see on a day at the hospital, cancelled too, in order of time; today's over midnight.
    One query."""
    rows = desk_rows(bookings_visible_to(viewer)).filter(is_of_day(day, now))
    return list(rows.with_last_change().with_arrival().order_by("starts_at", "pk"))


def is_of_day(day: date, now: datetime) -> Q:
    """What begins on a day. With today, also whom the hours around `now` are about, though their date is another:
    who waits, or is being seen, at midnight is still there afterwards, and who comes for a time after it comes before.
    """
    of_date = Q(starts_at__gte=start_of_day(day), starts_at__lt=end_of_day(day))
    if day != hospital_day(now):
        return of_date
    just_now = Q(starts_at__gt=now - STAYS_IN_SIGHT) | Q(ends_at__gt=now)
    return of_date | (just_now & Q(starts_at__lte=now + ARRIVE_AHEAD, status__in=HOLDS_SLOT))


def upcoming_by_patient(viewer: Viewer, patients: Collection[int], now: datetime) -> dict[int, list[Booking]]:
    """The appointments to come of some patients, by the patient's key, soonest first. One query."""
    found: dict[int, list[Booking]] = {key: [] for key in patients}
    for booking in bookings_visible_to(viewer).upcoming(now).filter(patient__in=patients).order_by("starts_at", "pk"):
        found[booking.patient_id].append(booking)
    return found


def last_seen_by(viewer: Viewer, patient: PatientProfile, limit: int = 3) -> list[DoctorProfile]:
    """The doctors a patient has had appointments with, the latest first. One query."""
    latest = bookings_visible_to(viewer).filter(patient=patient).order_by("-starts_at", "-pk")[:20]
    doctors = {booking.doctor_id: booking.doctor for booking in latest if booking.doctor.is_listed}
    return list(doctors.values())[:limit]


# Both


def history(booking: Booking) -> QuerySet[BookingStatusChange]:
    """What happened to an appointment, first things first, with who did it. The booking was found for its reader."""
    return booking.changes.select_related("by").order_by("pk")


# Reviews


# Waiting lists, and times that are held
