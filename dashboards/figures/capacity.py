"""How soon one gets an appointment, and who is there today. Definitions and sources: docs/figures.md."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, Subquery

from core.clock import end_of_day, hospital_day, start_of_day
from core.intervals import overlapping
from core.text.names import doctor_name
from dashboards.figures.types import Scope, ThirdNextAvailable
from doctors.choices import SlotState
from doctors.models import Closure, DoctorProfile, DoctorQuerySet, Slot, SlotQuerySet, TimeOff


def third_next(scope: Scope, *, now: datetime) -> list[ThirdNextAvailable]:
    """For every doctor patients can book, the days from today until the third free time, in order of name.

    Calendar days at the hospital, weekends counted, today 0, as the Institute for Healthcare Improvement measures
    access. Free is what anybody could book at `now`: not held, not closed, within the doctor's notice and window.
    One statement; each doctor costs three rows of the index `slot_free_of_doctor`.
    """
    today = hospital_day(now)
    free = SlotQuerySet(Slot).on_offer(now, OuterRef).filter(doctor=OuterRef("pk"))
    doctors = _in(scope, DoctorQuerySet(DoctorProfile).listed().filter(is_accepting=True))
    third = Subquery(free.order_by("starts_at").values("starts_at")[2:3])
    rows = doctors.annotate(third=third).order_by("user__search_name", "pk")
    return [
        ThirdNextAvailable(
            key, doctor_name(name), department, None if starts_at is None else (hospital_day(starts_at) - today).days
        )
        for key, name, department, starts_at in rows.values_list("pk", "user__full_name", "department__name", "third")
    ]


def doctors_at_work(day: date, scope: Scope) -> int:
    """How many approved doctors offer a time on a day, in the sense of `utilisation`. One statement."""
    times = SlotQuerySet(Slot).within(start_of_day(day), end_of_day(day))
    meanwhile = overlapping(OuterRef("starts_at"), OuterRef("ends_at"))
    off = Exists(TimeOff.objects.filter(meanwhile, doctor=OuterRef("doctor")))
    closed = Exists(Closure.objects.filter(meanwhile))
    offered = Q(state=SlotState.BOOKED) | (Q(closed_by_calendar=False) & ~off & ~closed)
    at_work = times.filter(offered, doctor__approved_at__isnull=False)
    if scope.department is not None:
        at_work = at_work.filter(doctor__department=scope.department)
    return at_work.order_by().values("doctor").distinct().count()


def free_slots_left(scope: Scope, *, now: datetime) -> int:
    """How many times of today anybody could still book at `now`."""
    tomorrow = end_of_day(hospital_day(now))
    bookable = _in(scope, DoctorQuerySet(DoctorProfile).listed().filter(is_accepting=True))
    return SlotQuerySet(Slot).on_offer(now).filter(starts_at__lt=tomorrow, doctor__in=bookable).count()


def _in(scope: Scope, doctors: DoctorQuerySet) -> DoctorQuerySet:
    return doctors if scope.department is None else doctors.filter(department=scope.department)
