"""What the dashboards show, gathered from several apps in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q

from accounts.models import User
from bookings.holds.selectors import offers_waiting
from bookings.models import Booking, Hold, WaitingEntry
from bookings.reviews.selectors import patient_keys
from bookings.selectors import bookings_visible_to, cards_by_key, clinic_keys, day_rows
from bookings.waiting_list.selectors import waiting_cards_of
from bookings.waiting_list.selectors import waiting_entries as waiting_list
from core.clock import hospital_day, start_of_day
from doctors.choices import SlotState
from doctors.directory.selectors import Listing, directory
from doctors.models import DoctorProfile
from doctors.selectors import doctor_of, slots_visible_to
from integrations.google_calendar.selectors import busy_times_kept_until

DOCTORS_ON_HOME = 4
SHOWN = {"upcoming": 5, "past": 3, "cancelled": 3, "to_review": 2}
WAITING_SHOWN = 10
NOTED_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PatientHome:
    """`upcoming` begins with the next appointment. Lists are short; `counts` says how long they are."""

    upcoming: list[Booking]
    past: list[Booking]
    cancelled: list[Booking]
    to_review: list[Booking]
    counts: dict[str, int]
    waits_for: list[WaitingEntry]
    held: list[Hold]


@dataclass(frozen=True, slots=True)
class WeekCounts:
    """This week at the hospital, Monday to Sunday: `booked` times of the week, `free` ones still ahead."""

    booked: int
    free: int


@dataclass(frozen=True, slots=True)
class DoctorHome:
    doctor: DoctorProfile
    today: list[Booking]
    next: Booking | None
    waiting: list[Booking]
    waiting_count: int
    queue_length: int
    week: WeekCounts
    busy_times_kept_until: datetime | None
    noted: list[Booking]


def next_free_doctors(now: datetime) -> list[Listing]:
    """The doctors who could be seen soonest."""
    found = directory(now=now).items
    return [listing for listing in found if listing.next_free_at][:DOCTORS_ON_HOME]


def patient_home(actor: User, now: datetime) -> PatientHome:
    """Three queries, however many appointments there are; one more for who waits for a time."""
    waits_for = waiting_cards_of(actor, now)
    lists = patient_keys(actor, now)
    short = {name: keys[: SHOWN[name]] for name, keys in lists.items()}
    shown = cards_by_key(actor, {key for keys in short.values() for key in keys})
    return PatientHome(
        **{name: [shown[key] for key in keys] for name, keys in short.items()},
        counts={name: len(lists[name]) for name in ("upcoming", "past", "cancelled")},
        waits_for=waits_for,
        held=offers_waiting(actor, now) if waits_for else [],
    )


def doctor_home(actor: User, now: datetime) -> DoctorHome | None:
    """Six queries, however many appointments there are. None for whoever is no doctor."""
    doctor = doctor_of(actor)
    if doctor is None:
        return None
    lists = clinic_keys(actor, now)
    waiting, noted = lists["waiting"][:WAITING_SHOWN], lists["noted"][:NOTED_SHOWN]
    keys = {*lists["today"], *lists["upcoming"][:1], *waiting, *noted}
    shown = day_rows(bookings_visible_to(actor)).with_last_change().in_bulk(keys)
    for booking in shown.values():
        booking.doctor = doctor
    return DoctorHome(
        doctor=doctor,
        today=[shown[key] for key in lists["today"]],
        next=next((shown[key] for key in lists["upcoming"][:1]), None),
        waiting=[shown[key] for key in waiting],
        waiting_count=len(lists["waiting"]),
        queue_length=waiting_list(actor, now).count(),
        week=week_counts(actor, now),
        busy_times_kept_until=busy_times_kept_until(doctor.user),
        noted=[shown[key] for key in noted],
    )


def week_counts(actor: User, now: datetime) -> WeekCounts:
    """The doctor's times of the week `now` is in."""
    first, after = week_of(hospital_day(now))
    return WeekCounts(
        **slots_visible_to(actor)
        .within(start_of_day(first), start_of_day(after))
        .aggregate(
            booked=Count("pk", filter=Q(state=SlotState.BOOKED)),
            free=Count(
                "pk",
                filter=Q(state=SlotState.FREE, closed_by_calendar=False, starts_at__gt=now) & ~Q(held_until__gt=now),
            ),
        )
    )


def week_of(day: date) -> tuple[date, date]:
    """Monday of the week of `day`, and the Monday after."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=7)
