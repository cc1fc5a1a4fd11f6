"""The free times the desk offers: with one doctor, or with anyone in a department. The hospital is bound neither by
notice nor by the booking window (C10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext

from bookings.models import Booking
from core.clock import end_of_day, hospital_day, start_of_day
from core.intervals import interval_of, overlaps_any
from doctors.choices import SlotState
from doctors.models import Department, DoctorProfile, Slot, SlotQuerySet
from doctors.selectors import departments, listed_doctors

AT_ONCE = 90  # times read for one look
MOST_DAYS = 3
NEAREST = 8
DOCTORS_FOUND = 8


def anyone_in(department: Department) -> str:
    return gettext("Anyone in %(department)s") % {"department": department.name}


@dataclass(frozen=True, slots=True)
class DoctorChoice:
    """With whom: exactly one of the two."""

    doctor: DoctorProfile | None = None
    department: Department | None = None

    @property
    def name(self) -> str:
        if self.doctor is not None:
            return self.doctor.display_name
        return anyone_in(self.department) if self.department else ""


@dataclass(frozen=True, slots=True)
class SlotsFound:
    """Some whole days of free times in order, and the day to look on from; None when these are the last."""

    days: list[tuple[date, list[Slot]]]
    later: date | None


def find_doctors(typed: str) -> list[DoctorProfile]:
    """Doctors patients may see whose name or specialization has every word. One query."""
    return list(listed_doctors().matching(typed).order_by("user__search_name", "pk")[:DOCTORS_FOUND])


def department_named(slug: str) -> Department | None:
    return next((department for department in departments() if department.slug == slug), None)


def _offered(wish: DoctorChoice, now: datetime) -> SlotQuerySet:
    unheld = Q(held_until__isnull=True) | Q(held_until__lte=now)
    listed = Q(doctor__approved_at__isnull=False, doctor__user__is_active=True, doctor__is_accepting=True)
    free = SlotQuerySet(Slot).free().filter(unheld, listed, closed_by_calendar=False)
    free = free.select_related("doctor__user", "doctor__department")
    return free.filter(doctor=wish.doctor) if wish.doctor else free.filter(doctor__department=wish.department)


def next_slots(wish: DoctorChoice, *, since: date | None, busy: Sequence[Booking], now: datetime) -> SlotsFound:
    """The next days with free times from `since` on (today unless given) at which the patient, elsewhere during
    `busy`, could come; days of the hospital. One query."""
    ahead = _offered(wish, now).future(now)
    ahead = ahead.filter(starts_at__gte=start_of_day(since)) if since else ahead
    read = list(ahead.order_by("starts_at", "doctor_id")[: AT_ONCE + 1])
    days = [(day, list(slots)) for day, slots in groupby(read, key=lambda slot: hospital_day(slot.starts_at))]
    whole = days[:-1] if len(read) > AT_ONCE and len(days) > 1 else days
    shown = whole[:MOST_DAYS]
    following = days[len(shown)][0] if len(days) > len(shown) else None
    if following is None and len(read) > AT_ONCE:
        following = shown[-1][0] + timedelta(days=1)
    taken = [interval_of(booking) for booking in busy]
    can = [(day, [slot for slot in slots if not overlaps_any(interval_of(slot), taken)]) for day, slots in shown]
    return SlotsFound([(day, slots) for day, slots in can if slots], following)


def nearest_slots(wish: DoctorChoice, *, near: datetime, busy: Sequence[Booking], now: datetime) -> list[Slot]:
    """The free times closest to the one that could not be had, in order of time. Two queries."""
    offered = _offered(wish, now).future(now)
    after = offered.filter(starts_at__gte=near).order_by("starts_at", "doctor_id")[: 2 * NEAREST]
    before = offered.filter(starts_at__lt=near).order_by("-starts_at", "doctor_id")[: 2 * NEAREST]
    taken = [interval_of(booking) for booking in busy]
    can = [slot for slot in (*after, *before) if not overlaps_any(interval_of(slot), taken)]
    closest = sorted(can, key=lambda slot: abs(slot.starts_at - near))[:NEAREST]
    return sorted(closest, key=lambda slot: (slot.starts_at, slot.doctor_id))


def who_works_now(wish: DoctorChoice, now: datetime) -> list[DoctorProfile]:
    """Who could see a walk-in from this minute on, as far as the diaries say: of a department, those with times today
    and nobody with them just now; a doctor asked for by name in any case. At most one query."""
    if wish.doctor is not None:
        return [wish.doctor] if wish.doctor.is_accepting else []
    today = hospital_day(now)
    times = SlotQuerySet(Slot).filter(doctor=OuterRef("pk"))
    todays = times.overlapping(start_of_day(today), end_of_day(today))
    taken = times.overlapping(now, now + timedelta(minutes=1)).exclude(state=SlotState.FREE)
    here = listed_doctors().filter(Exists(todays), ~Exists(taken), department=wish.department, is_accepting=True)
    return list(here.order_by("user__search_name", "pk"))
