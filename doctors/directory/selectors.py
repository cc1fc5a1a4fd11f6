"""Reading the directory (B2): the listed doctors whom one looks for, with their next free slots."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When

from core.clock import end_of_day, hospital_day
from core.postgres.compiled import CompiledQuery
from doctors.booking_policy import hospital_terms
from doctors.models import DoctorProfile, DoctorQuerySet, Slot, SlotQuerySet
from doctors.selectors import departments, listed_doctors

PAGE_SIZE = 10
LAST_PAGE = 1_000
LAST_PAGE_TO_WALK_TO = 20
SLOTS_ON_A_CARD = 3
# What a card shows of a doctor; whoever asks for more of one pays a query.
SHOWN = (
    *("slug", "specialization", "qualification", "years_of_experience", "consultation_fee_cents", "time_zone"),
    *("rating_count", "rating_sum", "is_accepting", "approved_at"),
    *("user", "user__full_name", "user__is_active", "department", "department__name"),
)
STAND_INS: dict[str, Any] = {
    "now": datetime(9001, 1, 1, tzinfo=UTC),
    "until": datetime(9002, 1, 1, tzinfo=UTC),
    "specialization": "any",
    "department": 9_003,
}


@dataclass(frozen=True, slots=True)
class Listing:
    """A doctor as the directory shows them. `next_free_at` is None when nothing can be booked."""

    doctor: DoctorProfile
    next_free_at: datetime | None = None
    times: list[Slot] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list that is never counted: whether there is a next one is known by fetching one row more."""

    number: int
    items: list[Listing]
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1


def directory(
    *,
    query: str = "",
    specialization: str = "",
    department: str = "",
    before: date | None = None,
    now: datetime,
    page: int = 1,
) -> Page:
    """Doctors by next free time, then those without one by name (B2). At most three queries.

    `query`: words in any order, accents and case aside. `department`: a slug. `specialization`: as written.
    `before`: only doctors with a free time on or before that day at the hospital. `page` counts from 1, clamped.
    """
    page = min(max(page, 1), LAST_PAGE)
    offset, wanted = (page - 1) * PAGE_SIZE, PAGE_SIZE + 1
    narrowed = Narrowed(specialization or None, _department_id(department) if department else None)
    if query.strip() or page > LAST_PAGE_TO_WALK_TO:
        rows = _ask_each(narrowed.doctors().matching(query), now, before, offset, wanted)
        rows = [*_with_slots(rows[:PAGE_SIZE], now), *rows[PAGE_SIZE:]]
    else:
        rows = _walk(narrowed, now, before, offset, wanted)
    return Page(number=page, items=rows[:PAGE_SIZE], has_next=len(rows) == wanted)


def other_doctors_with_slots(doctor: DoctorProfile, now: datetime, limit: int = 3) -> list[Listing]:
    """Doctors of the same department who have free times, soonest first. Two queries."""
    colleagues = listed_doctors().filter(department=doctor.department_id).exclude(pk=doctor.pk)
    return _with_slots(_ask_each(colleagues.filter(_has_slots(now)), now, None, 0, limit), now)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """By values the planner has statistics of, so that it knows when few doctors are left."""

    specialization: str | None = None
    department: int | None = None

    def doctors(self) -> DoctorQuerySet:
        found = listed_doctors()
        if self.specialization is not None:
            found = found.filter(specialization=self.specialization)
        if self.department is not None:
            found = found.filter(department=self.department)
        return found


def _department_id(slug: str) -> int:
    """No doctor is in the department 0."""
    return next((known.pk for known in departments() if known.slug == slug), 0)


def _walk(narrowed: Narrowed, now: datetime, before: date | None, offset: int, wanted: int) -> list[Listing]:
    """Go through the free times in order, stop when the page is full; costs the same however many there are."""
    until = end_of_day(before) if before else None
    values = {"specialization": narrowed.specialization, "department": narrowed.department, "until": until}
    given = {name: value for name, value in values.items() if value is not None}
    statement = _walk_statement(frozenset(given), offset, wanted, hospital_terms())
    rows = [_listing(slot) for slot in statement.run(now=now, **given)]
    if len(rows) < wanted and before is None:
        doctors = narrowed.doctors()
        with_times = offset + len(rows) if rows or not offset else doctors.filter(_has_slots(now)).count()
        skip = max(offset - with_times, 0)
        rest = doctors.exclude(_has_slots(now)).order_by("user__search_name", "pk")
        rows += [Listing(doctor) for doctor in rest[skip : skip + wanted - len(rows)]]
    return rows


@lru_cache(maxsize=200)
def _walk_statement(given: frozenset[str], offset: int, wanted: int, _terms: object) -> CompiledQuery[Slot]:
    """`slot_free_by_time` gives the order, `slot_free_of_doctor` says whether the doctor has an earlier one.

    `given`: the filters that are set. `_terms`: what settings say, which is written into the text.
    """
    stand_ins = {name: value for name, value in STAND_INS.items() if name in given or name == "now"}
    narrowed = Narrowed(stand_ins.get("specialization"), stand_ins.get("department"))
    now: datetime = stand_ins["now"]
    of_doctor = SlotQuerySet(Slot).on_offer(now, lambda name: OuterRef(f"doctor__{name}"))
    of_doctor = of_doctor.filter(doctor=OuterRef("doctor"))
    earlier = of_doctor.filter(starts_at__lt=OuterRef("starts_at"))
    next_few = of_doctor.filter(starts_at__gte=OuterRef("starts_at")).order_by("starts_at")
    firsts = SlotQuerySet(Slot).on_offer(now)
    firsts = firsts.filter(~Exists(earlier), doctor__in=narrowed.doctors().filter(is_accepting=True))
    if "until" in stand_ins:
        firsts = firsts.filter(starts_at__lt=stand_ins["until"])
    firsts = firsts.annotate(
        next_keys=ArraySubquery(next_few.values("pk")[:SLOTS_ON_A_CARD]),
        next_starts=ArraySubquery(next_few.values("starts_at")[:SLOTS_ON_A_CARD]),
    )
    firsts = firsts.select_related("doctor__user", "doctor__department").order_by("starts_at", "doctor_id")
    shown = firsts.only("starts_at", "doctor", *(f"doctor__{name}" for name in SHOWN))
    return CompiledQuery(shown[offset : offset + wanted], stand_ins)


def _listing(first: Any) -> Listing:
    """Of a row of `_walk_statement`: of the doctor's next times those of the same day."""
    day = hospital_day(first.starts_at)
    times = [
        Slot(pk=key, doctor=first.doctor, starts_at=starts_at)
        for key, starts_at in zip(first.next_keys, first.next_starts, strict=True)
        if hospital_day(starts_at) == day
    ]
    return Listing(first.doctor, first.starts_at, times)


def _ask_each(doctors: DoctorQuerySet, now: datetime, before: date | None, offset: int, wanted: int) -> list[Listing]:
    """Ask every one of `doctors` for a first free time: for few of them, or far down the list."""
    first = (
        SlotQuerySet(Slot)
        .on_offer(now, OuterRef)
        .filter(doctor=OuterRef("pk"))
        .order_by("starts_at")
        .values("starts_at")[:1]
    )
    asked = doctors.annotate(next_free_at=Case(When(is_accepting=True, then=Subquery(first))))
    if before is not None:
        asked = asked.filter(next_free_at__lt=end_of_day(before))
    ordered = asked.order_by(F("next_free_at").asc(nulls_last=True), "user__search_name", "pk")
    rows = ordered[offset : offset + wanted]
    return [Listing(doctor, doctor.next_free_at) for doctor in rows]  # type: ignore[attr-defined]


def _has_slots(now: datetime) -> Q:
    free = SlotQuerySet(Slot).on_offer(now, OuterRef).filter(doctor=OuterRef("pk"))
    return Q(Exists(free)) & Q(is_accepting=True)


def _with_slots(rows: list[Listing], now: datetime) -> list[Listing]:
    """The first few times of each doctor's next day, for a whole page in one query."""
    days = Q(pk__in=[])
    for row in rows:
        if row.next_free_at:
            end = end_of_day(hospital_day(row.next_free_at))
            days |= Q(doctor=row.doctor.pk, starts_at__gte=row.next_free_at, starts_at__lt=end)
    by_doctor: dict[int, list[Slot]] = {}
    if days.children:
        for slot in SlotQuerySet(Slot).on_offer(now).filter(days).order_by("starts_at"):
            by_doctor.setdefault(slot.doctor_id, []).append(slot)
    return [Listing(row.doctor, row.next_free_at, by_doctor.get(row.doctor.pk, [])[:SLOTS_ON_A_CARD]) for row in rows]
