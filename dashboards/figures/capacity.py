"""What was offered and used, and how soon one gets an appointment. Definitions and sources: docs/figures.md."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, Subquery

from core.clock import hospital_day, start_of_day
from dashboards.figures.periods import Period
from dashboards.figures.results import Access, DoctorUse, Scope, Use, Utilisation
from doctors.choices import SlotState
from doctors.models import Closure, DoctorProfile, DoctorQuerySet, Slot, SlotQuerySet, TimeOff

_SECONDS = 60
# Each scan adds up by doctor and day, which PostgreSQL shares out between its workers, before the little that comes of
# it is added up both ways. Times that time off or a closure has taken are few: what they add is taken off again.
_UTILISATION = """
WITH diary AS (
    SELECT doctor_id, width_bucket(starts_at, %(days)s) AS day,
           sum(ends_at - starts_at) AS offered,
           sum(ends_at - starts_at) FILTER (WHERE state = 'BOOKED') AS booked
    FROM doctors_slot
    WHERE starts_at >= %(start)s AND starts_at < %(end)s AND (state = 'BOOKED' OR NOT closed_by_calendar)
    GROUP BY 1, 2
), away AS (
    SELECT slot.id, slot.doctor_id, slot.starts_at, slot.ends_at
    FROM doctors_timeoff off
    JOIN doctors_slot slot ON slot.doctor_id = off.doctor_id
         AND slot.starts_at < off.ends_at AND slot.ends_at > off.starts_at
    WHERE slot.starts_at >= %(start)s AND slot.starts_at < %(end)s AND slot.state = 'FREE'
          AND NOT slot.closed_by_calendar
    UNION
    SELECT slot.id, slot.doctor_id, slot.starts_at, slot.ends_at
    FROM doctors_closure closure
    JOIN doctors_slot slot ON slot.starts_at < closure.ends_at AND slot.ends_at > closure.starts_at
    WHERE slot.starts_at >= %(start)s AND slot.starts_at < %(end)s AND slot.state = 'FREE'
          AND NOT slot.closed_by_calendar
), both_together AS (
    SELECT doctor_id, day, offered, booked FROM diary
    UNION ALL
    SELECT doctor_id, width_bucket(starts_at, %(days)s), -sum(ends_at - starts_at), NULL FROM away GROUP BY 1, 2
)
SELECT doctor.id, person.full_name, department.name, day,
       extract(epoch FROM sum(offered))::bigint, extract(epoch FROM coalesce(sum(booked), interval '0'))::bigint
FROM both_together
JOIN doctors_doctorprofile doctor ON doctor.id = doctor_id
JOIN doctors_department department ON department.id = doctor.department_id
JOIN accounts_user person ON person.id = doctor.user_id
WHERE doctor.approved_at IS NOT NULL
      AND (%(department)s::bigint IS NULL OR doctor.department_id = %(department)s::bigint)
GROUP BY GROUPING SETS ((doctor.id, person.full_name, person.search_name, department.name), (day))
HAVING sum(offered) > interval '0'
ORDER BY person.search_name, doctor.id, day"""


def utilisation(period: Period, scope: Scope, *, now: datetime) -> Utilisation:
    """Booked minutes of the minutes offered by approved doctors, on the days of `period` up to and with today.

    Offered is every time that starts on those days and is booked, or free and neither closed by the doctor's own
    calendar nor in time off or a closure. Booked is every one whose appointment is still to come, has been kept or
    was missed; a cancelled or moved appointment has given its time back. One statement.
    """
    days = period.until(hospital_day(now))
    if days is None:
        return Utilisation({}, [])
    starts = [start_of_day(day) for day in days.days()]
    facts = {"days": starts, "start": starts[0], "end": start_of_day(days.after), "department": scope.department}
    with connection.cursor() as cursor:
        cursor.execute(_UTILISATION, facts)
        rows = cursor.fetchall()
    return _added_up(rows, list(days.days()))


def _added_up(rows: list[tuple[Any, ...]], days: list[date]) -> Utilisation:
    by_day, by_doctor = {}, []
    for doctor, name, department, day, offered, booked in rows:
        use = Use(offered // _SECONDS, booked // _SECONDS)
        if doctor is None:
            by_day[days[day - 1]] = use  # buckets are counted from 1
        else:
            by_doctor.append(DoctorUse(doctor, f"Dr {name}", department, use))
    return Utilisation(by_day, by_doctor)


def third_next(scope: Scope, *, now: datetime) -> list[Access]:
    """For every doctor patients can book, the days from today until the third free time, in order of name.

    Calendar days at the hospital, weekends counted, today 0, as the Institute for Healthcare Improvement measures
    access. Free is what anybody could book at `now`: not held, not closed, within the doctor's notice and window.
    One statement; each doctor costs three rows of the index `slot_free_of_doctor`.
    """
    today = hospital_day(now)
    free = SlotQuerySet(Slot).on_offer(now, OuterRef).filter(doctor=OuterRef("pk"))
    free = free.order_by("starts_at").values("starts_at")
    doctors = _in(scope, DoctorQuerySet(DoctorProfile).listed().filter(is_accepting=True))
    rows = doctors.annotate(third=Subquery(free[2:3])).order_by("user__search_name", "pk")
    return [
        Access(key, f"Dr {name}", department, None if third is None else (hospital_day(third) - today).days)
        for key, name, department, third in rows.values_list("pk", "user__full_name", "department__name", "third")
    ]


def doctors_at_work(day: date, scope: Scope) -> int:
    """How many approved doctors offer a time on a day, in the sense of `utilisation`. One statement."""
    times = SlotQuerySet(Slot).within(start_of_day(day), start_of_day(day + timedelta(days=1)))
    meanwhile = {"starts_at__lt": OuterRef("ends_at"), "ends_at__gt": OuterRef("starts_at")}
    off = Exists(TimeOff.objects.filter(doctor=OuterRef("doctor"), **meanwhile))
    closed = Exists(Closure.objects.filter(**meanwhile))
    offered = Q(state=SlotState.BOOKED) | (Q(closed_by_calendar=False) & ~off & ~closed)
    at_work = times.filter(offered, doctor__approved_at__isnull=False)
    if scope.department is not None:
        at_work = at_work.filter(doctor__department=scope.department)
    return at_work.order_by().values("doctor").distinct().count()


def free_times_left(scope: Scope, *, now: datetime) -> int:
    """How many times of today anybody could still book at `now`."""
    tomorrow = start_of_day(hospital_day(now) + timedelta(days=1))
    bookable = _in(scope, DoctorQuerySet(DoctorProfile).listed().filter(is_accepting=True))
    return SlotQuerySet(Slot).on_offer(now).filter(starts_at__lt=tomorrow, doctor__in=bookable).count()


def _in(scope: Scope, doctors: DoctorQuerySet) -> DoctorQuerySet:
    return doctors if scope.department is None else doctors.filter(department=scope.department)
