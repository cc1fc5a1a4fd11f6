"""Reading appointments. Every read begins with what the reader may see."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Count, F, Q, QuerySet, When

from accounts.models import User
from bookings.choices import HOLDS_SLOT, LIVE, Status
from bookings.models import Booking, BookingQuerySet, BookingStatusChange
from bookings.references import read_reference
from core.clock import hospital_day, start_of_day
from doctors.models import Slot

Actor = User | AnonymousUser
WhenList = Literal["upcoming", "past", "cancelled"]


def bookings_visible_to(actor: Actor) -> BookingQuerySet:
    """A patient's own, a doctor's own, all for staff; nothing for anybody else (A7). With the people in them."""
    bookings = BookingQuerySet(Booking).with_people()
    if not actor.is_authenticated or not actor.is_active:
        return bookings.none()
    if actor.is_hospital_staff:
        return bookings
    if actor.is_doctor:
        return bookings.filter(doctor__user=actor)
    if actor.is_patient:
        return bookings.filter(patient__user=actor)
    return bookings.none()


def booking_by_reference(actor: Actor, reference: str) -> Booking | None:
    """The appointment of a reference, small letters forgiven; None when there is none or it is not the actor's."""
    read = read_reference(reference)
    return bookings_visible_to(actor).filter(reference=read).first() if read else None


# A patient's


def patient_list(actor: Actor, when: WhenList, now: datetime) -> BookingQuerySet:
    """The actor's upcoming (soonest first), past or cancelled (latest first) appointments (C12)."""
    bookings = bookings_visible_to(actor)
    if when == "upcoming":
        return bookings.upcoming(now).order_by("starts_at", "pk")
    chosen = bookings.past(now) if when == "past" else bookings.cancelled()
    return chosen.order_by("-starts_at", "-pk")


def patient_counts(actor: Actor, now: datetime) -> dict[str, int]:
    """How many appointments each of the three lists holds. One query."""
    upcoming = Q(status__in=LIVE, ends_at__gt=now)
    cancelled = Q(status=Status.CANCELLED)
    return bookings_visible_to(actor).aggregate(
        upcoming=Count("pk", filter=upcoming),
        past=Count("pk", filter=~upcoming & ~cancelled),
        cancelled=Count("pk", filter=cancelled),
    )


def clash_of(actor: Actor, slot: Slot) -> Booking | None:
    """The actor's own live appointment that shares any moment with `slot`, the earliest of them."""
    live = bookings_visible_to(actor).live()
    return live.filter(starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at).order_by("starts_at").first()


def booking_made_with(actor: Actor, idempotency_key: str) -> Booking | None:
    """What the actor booked with this form before."""
    return bookings_visible_to(actor).filter(booked_by_id=actor.pk, idempotency_key=idempotency_key).first()


# A doctor's


def doctor_list(
    actor: Actor,
    status: str = "",
    date_from: date | None = None,
    date_to: date | None = None,
    *,
    now: datetime,
) -> BookingQuerySet:
    """The actor's appointments, days of the hospital, both ends included (B8).

    From a first day on in order of time. Without one: those of today and later in order of time,
    then the earlier ones, latest first, so that the next thing to do stands on the first page.
    """
    bookings = bookings_visible_to(actor)
    if status:
        bookings = bookings.filter(status=status)
    if date_to:
        bookings = bookings.filter(starts_at__lt=start_of_day(date_to + timedelta(days=1)))
    if date_from:
        return bookings.filter(starts_at__gte=start_of_day(date_from)).order_by("starts_at", "pk")
    today = start_of_day(hospital_day(now))
    coming = Case(When(starts_at__gte=today, then=F("starts_at")))
    return bookings.order_by(coming.asc(nulls_last=True), "-starts_at", "pk")


def day_list(actor: Actor, day: date) -> BookingQuerySet:
    """The actor's appointments that hold a time on a day at the hospital, in order of time."""
    within = bookings_visible_to(actor).within(start_of_day(day), start_of_day(day + timedelta(days=1)))
    return within.filter(status__in=HOLDS_SLOT).order_by("starts_at", "pk")


# Both


def history(booking: Booking) -> QuerySet[BookingStatusChange]:
    """What happened to an appointment, first things first, with who did it. The booking was found for its reader."""
    return booking.changes.select_related("by").order_by("at", "pk")
