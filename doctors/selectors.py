"""Reading doctors and their times. Pages ask here, never the tables.

The directory must cost the same with ten doctors as with ten thousand, so it walks the index of free
times in order and stops after one page, instead of asking every doctor for a first time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.permissions import Viewer
from core import cache as shared_cache
from core.clock import end_of_day, hospital_day, start_of_day
from core.intervals import overlaps_any
from core.postgres.compiled import CompiledQuery
from doctors.booking_policy import hospital_terms
from doctors.models import Closure, Department, DoctorProfile, DoctorQuerySet, Slot, SlotQuerySet, TimeOff

STRIP_DAYS = 7
CHOICES_KEY = "doctors:choices"
CHOICES_SECONDS = 300
STAND_INS: dict[str, Any] = {
    "now": datetime(9001, 1, 1, tzinfo=UTC),
    "start": datetime(9002, 1, 1, tzinfo=UTC),
    "end": datetime(9003, 1, 1, tzinfo=UTC),
    "doctor": 9_004,
}


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A calendar day at the hospital with the free times of one doctor on it."""

    date: date
    times: list[Slot]


@dataclass(frozen=True, slots=True)
class FreeDays:
    """Seven days of a doctor's free times, and the nearest days with free times on either side."""

    selected: FreeDay
    days: list[FreeDay]
    first_free: date | None
    earlier: date | None
    later: date | None


# Departments and specializations: asked on every page, changed rarely.


def departments() -> list[Department]:
    """Every department by name, at most five minutes old (B1)."""
    return departments_and_specializations()[0]


def specializations() -> list[str]:
    """What the doctors patients can see are specialized in, by name, at most five minutes old."""
    return departments_and_specializations()[1]


def all_departments() -> QuerySet[Department]:
    """For a form that must know of a department the moment it exists."""
    return Department.objects.order_by("name")


def forget_choices(*_: object, **__: object) -> None:
    """Drop the cached lists when a change of departments or doctors is committed (apps.py). Never raises."""
    shared_cache.forget(CHOICES_KEY)


def departments_and_specializations() -> tuple[list[Department], list[str]]:
    """Both in one look."""
    kept: tuple[list[Department], list[str]] | None = shared_cache.read(CHOICES_KEY)
    if kept is None:
        words = listed_doctors().order_by("specialization").values_list("specialization", flat=True).distinct()
        kept = list(all_departments()), list(words)
        shared_cache.keep(CHOICES_KEY, kept, CHOICES_SECONDS)
    return kept


# Doctors


def _doctors() -> DoctorQuerySet:
    return DoctorQuerySet(DoctorProfile).select_related("user", "department")


def listed_doctors() -> DoctorQuerySet:
    """Everyone patients may see, with account and department."""
    return _doctors().listed()


def doctors_visible_to(viewer: Viewer) -> DoctorQuerySet:
    """Listed doctors for everybody; staff see all, a doctor also their own page before approval."""
    if not viewer.is_authenticated:
        return listed_doctors()
    if viewer.is_hospital_staff:
        return _doctors()
    if viewer.is_doctor:
        return _doctors().filter(Q(approved_at__isnull=False, user__is_active=True) | Q(user=viewer))
    return listed_doctors()


def doctor_by_slug(slug: str, *, viewer: Viewer | None = None) -> DoctorProfile | None:
    """The doctor of an address, if `viewer` (nobody: the public) may see them."""
    if viewer is None or not viewer.is_authenticated or not (viewer.is_hospital_staff or viewer.is_doctor):
        return next(iter(_listed_by_slug().run(slug=slug)), None)
    found = doctors_visible_to(viewer).select_related("user__google_connection")
    return found.filter(slug=slug).first()


@cache
def _listed_by_slug() -> CompiledQuery[DoctorProfile]:
    found = listed_doctors().select_related("user__google_connection").filter(slug="any-slug")
    return CompiledQuery(found[:1], {"slug": "any-slug"})


def doctor_of(viewer: Viewer) -> DoctorProfile | None:
    """The profile of the signed-in doctor, read with their calendar connection; None for everybody else."""
    if not viewer.is_authenticated or not viewer.is_doctor:
        return None
    return _doctors().select_related("user__google_connection").filter(user=viewer).first()


# Times


def _slots() -> SlotQuerySet:
    return SlotQuerySet(Slot)


def slots_visible_to(viewer: Viewer) -> SlotQuerySet:
    """The diary: a doctor's own times, free, booked and past; all for staff; nothing for anybody else."""
    if not viewer.is_authenticated:
        return _slots().none()
    if viewer.is_hospital_staff:
        return _slots()
    return _slots().filter(doctor__user=viewer) if viewer.is_doctor else _slots().none()


def diary_between(viewer: Viewer, first: date, last: date) -> list[Slot]:
    """The viewer's times from the day `first` to the day `last` at the hospital, both included, in order."""
    start, end = start_of_day(first), end_of_day(last)
    return list(slots_visible_to(viewer).within(start, end).order_by("starts_at"))


def time_off_visible_to(viewer: Viewer) -> QuerySet[TimeOff]:
    """A doctor's own time off, all for staff; nothing for anybody else. In order of time."""
    rows = TimeOff.objects.order_by("starts_at", "pk")
    if not viewer.is_authenticated:
        return rows.none()
    if viewer.is_hospital_staff:
        return rows
    return rows.filter(doctor__user=viewer) if viewer.is_doctor else rows.none()


def closures_ahead(now: datetime) -> list[Closure]:
    """Closures of the hospital that are not over, in order of time; everybody may know them."""
    return list(Closure.objects.filter(ends_at__gt=now).order_by("starts_at", "pk"))


def overlaps_in_diary(viewer: Viewer, times: Sequence[tuple[datetime, datetime]]) -> list[bool]:
    """For each of `times`, instants in order, whether something of the viewer's diary is in its way. One query."""
    if not times:
        return []
    taken = list(slots_visible_to(viewer).overlapping(times[0][0], times[-1][1]).values_list("starts_at", "ends_at"))
    return [overlaps_any(time, taken) for time in times]


def offered_slots(doctor: DoctorProfile, now: datetime) -> SlotQuerySet:
    """What a patient could book: free, ahead, and only while the doctor takes new bookings."""
    if not doctor.is_accepting:
        return _slots().none()
    return _slots().on_offer(now).for_doctor(doctor)


def slot_for_booking(slot_id: UUID) -> Slot | None:
    """A time of a listed doctor, free or not, past or not; whether it can be booked is for the rules to say."""
    slots = _slots().select_related("doctor__user__google_connection", "doctor__department")
    return slots.filter(pk=slot_id, doctor__approved_at__isnull=False, doctor__user__is_active=True).first()


def next_free_slots(doctor: DoctorProfile, now: datetime, limit: int, near: datetime | None = None) -> list[Slot]:
    """The doctor's next `limit` free times; with `near`, those closest to that instant. In order of time."""
    offered = offered_slots(doctor, now)
    if near is None:
        return list(offered.order_by("starts_at")[:limit])
    after = offered.filter(starts_at__gte=near).order_by("starts_at")[:limit]
    before = offered.filter(starts_at__lt=near).order_by("-starts_at")[:limit]
    closest = sorted([*after, *before], key=lambda slot: abs(slot.starts_at - near))[:limit]
    return sorted(closest, key=lambda slot: slot.starts_at)


def free_days(doctor: DoctorProfile, now: datetime, chosen: date | None = None) -> FreeDays:
    """Seven days around `chosen` (the next day with free times unless given), days of the hospital (B3).

    The strips lie end to end from today, so leafing on and back shows the same ones. Two queries.
    """
    today = hospital_day(now)
    first = _first_free(doctor, now)
    first_free = hospital_day(first.starts_at) if first else None
    selected = chosen or first_free or today
    begin = selected - timedelta(days=(selected - today).days % STRIP_DAYS)
    days = [begin + timedelta(days=n) for n in range(STRIP_DAYS)]
    slots = _strip(doctor, now, days) if first else []
    by_day = _by_day(slots)
    outside = [day for day in by_day if day not in days]
    free = [FreeDay(day, by_day.get(day, [])) for day in days]
    return FreeDays(
        selected=free[days.index(selected)],
        days=free,
        first_free=first_free,
        earlier=max((day for day in outside if day < begin), default=None),
        later=min((day for day in outside if day > begin), default=None),
    )


def _first_free(doctor: DoctorProfile, now: datetime) -> Slot | None:
    if not doctor.is_accepting:
        return None
    return next(iter(_first_statement(hospital_terms()).run(now=now, doctor=doctor.pk)), None)


def _strip(doctor: DoctorProfile, now: datetime, days: list[date]) -> list[Slot]:
    """The free times of some days running, with the last one before and the first one after them."""
    statement = _strip_statement(hospital_terms())
    return statement.run(now=now, doctor=doctor.pk, start=start_of_day(days[0]), end=end_of_day(days[-1]))


# `_terms`: what settings say, which is written into the text.


@lru_cache(maxsize=10)
def _first_statement(_terms: object) -> CompiledQuery[Slot]:
    now, doctor = STAND_INS["now"], STAND_INS["doctor"]
    offered = _slots().on_offer(now).filter(doctor=doctor)
    return CompiledQuery(offered.order_by("starts_at")[:1], {"now": now, "doctor": doctor})


@lru_cache(maxsize=10)
def _strip_statement(_terms: object) -> CompiledQuery[Slot]:
    offered = _slots().on_offer(STAND_INS["now"]).filter(doctor=STAND_INS["doctor"])
    start, end = STAND_INS["start"], STAND_INS["end"]
    before = offered.filter(starts_at__lt=start).order_by("-starts_at")[:1]
    after = offered.filter(starts_at__gte=end).order_by("starts_at")[:1]
    strip = offered.within(start, end).order_by().union(before, after, all=True).order_by("starts_at")
    return CompiledQuery(strip, STAND_INS)


def _by_day(slots: Iterable[Slot]) -> dict[date, list[Slot]]:
    days: dict[date, list[Slot]] = {}
    for slot in slots:
        days.setdefault(hospital_day(slot.starts_at), []).append(slot)
    return days
