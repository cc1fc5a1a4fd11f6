"""What was offered, and what of it was used. Definitions: docs/figures.md."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.db.models import DateTimeField, F, Func, IntegerField, QuerySet, Value

from core.clock import hospital_day, start_of_day
from core.text.names import doctor_name
from dashboards.figures.periods import Period
from dashboards.figures.types import DoctorUse, Scope, Utilisation
from doctors.models import DoctorProfile, SlotQuerySet
from doctors.utilisation import SUMS, SlotTime, Use, minutes_by, open_or_booked, unavailable, use_from, use_of


def utilisation(period: Period, scope: Scope, *, now: datetime) -> Utilisation:
    """Booked minutes of the minutes offered by approved doctors, on the days of `period` up to and with today.

    What is offered and what is booked, doctors/utilisation.py says. At most six statements.
    """
    within = period.until(hospital_day(now))
    if within is None:
        return Utilisation({}, [])
    doctors = DoctorProfile.objects.filter(approved_at__isnull=False)
    if scope.department is not None:
        doctors = doctors.filter(department=scope.department)
    start, end = start_of_day(within.first), start_of_day(within.after)
    times = open_or_booked(doctors, start, end)
    # By day and by doctor are two statements: PostgreSQL shares each out between its workers, not the two together.
    away = unavailable(times, doctors, start, end)
    return Utilisation(_by_day(times, list(within.days()), away), _by_doctor(times, doctors, away))


def _by_day(times: SlotQuerySet, days: list[date], away: list[SlotTime]) -> dict[date, Use]:
    starts = Value([start_of_day(day) for day in days], output_field=ArrayField(DateTimeField()))
    # The number of the last day that has begun by then, from 1: the days of our own clock, whatever their length.
    day = Func(F("starts_at"), starts, function="width_bucket", output_field=IntegerField())
    less = minutes_by((hospital_day(starts_at), length) for _, starts_at, length in away)
    rows = times.annotate(day=day).values_list("day").annotate(**SUMS)
    uses = {days[number - 1]: (offered, booked) for number, offered, booked in rows}
    found = {day: use_from(*sums, less[day]) for day, sums in sorted(uses.items())}
    return {day: use for day, use in found.items() if use.offered}


def _by_doctor(times: SlotQuerySet, doctors: QuerySet[DoctorProfile], away: list[SlotTime]) -> list[DoctorUse]:
    uses = use_of(times, away)
    people = doctors.order_by("user__search_name", "pk").values_list("pk", "user__full_name", "department__name")
    return [DoctorUse(key, doctor_name(name), department, uses[key]) for key, name, department in people if key in uses]
