"""What was offered, and what of it was used. Definitions: docs/figures.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import DateTimeField, F, Func, IntegerField, Q, QuerySet, Sum, Value

from core.clock import hospital_day, start_of_day
from core.intervals import overlapping
from core.text.names import doctor_name
from dashboards.figures.periods import Period
from dashboards.figures.types import DoctorUse, Scope, Use, Utilisation
from doctors.choices import SlotState
from doctors.models import Closure, DoctorProfile, Slot, SlotQuerySet, TimeOff

_LENGTH = F("ends_at") - F("starts_at")
_SUMS = {"offered": Sum(_LENGTH), "booked": Sum(_LENGTH, filter=Q(state=SlotState.BOOKED))}
_MINUTE = timedelta(minutes=1)


def utilisation(period: Period, scope: Scope, *, now: datetime) -> Utilisation:
    """Booked minutes of the minutes offered by approved doctors, on the days of `period` up to and with today.

    Offered is every time that starts on those days and is booked, or free and neither closed by the doctor's own
    calendar nor in time off or a closure. Booked is every one whose appointment is still to come, has been kept or
    was missed; a cancelled or moved appointment has given its time back. At most six statements.
    """
    within = period.until(hospital_day(now))
    if within is None:
        return Utilisation({}, [])
    doctors = DoctorProfile.objects.filter(approved_at__isnull=False)
    if scope.department is not None:
        doctors = doctors.filter(department=scope.department)
    start, end = start_of_day(within.first), start_of_day(within.after)
    open_or_booked = Q(state=SlotState.BOOKED) | Q(closed_by_calendar=False)
    times = SlotQuerySet(Slot).within(start, end).filter(open_or_booked, doctor__in=doctors.values("pk")).order_by()
    # By day and by doctor are two statements: PostgreSQL shares each out between its workers, not the two together.
    away = _away(times, doctors, start, end)
    return Utilisation(_by_day(times, list(within.days()), away), _by_doctor(times, doctors, away))


def _by_day(times: SlotQuerySet, days: list[date], away: list[_Time]) -> dict[date, Use]:
    starts = Value([start_of_day(day) for day in days], output_field=ArrayField(DateTimeField()))
    # The number of the last day that has begun by then, from 1: the days of our own clock, whatever their length.
    day = Func(F("starts_at"), starts, function="width_bucket", output_field=IntegerField())
    less = _summed((hospital_day(starts_at), length) for _, starts_at, length in away)
    rows = times.annotate(day=day).values_list("day").annotate(**_SUMS)
    uses = {days[number - 1]: (offered, booked) for number, offered, booked in rows}
    found = {day: _use(*sums, less[day]) for day, sums in sorted(uses.items())}
    return {day: use for day, use in found.items() if use.offered}


def _by_doctor(times: SlotQuerySet, doctors: QuerySet[DoctorProfile], away: list[_Time]) -> list[DoctorUse]:
    less = _summed((doctor, length) for doctor, _, length in away)
    sums = {key: (offered, booked) for key, offered, booked in times.values_list("doctor").annotate(**_SUMS)}
    people = doctors.order_by("user__search_name", "pk").values_list("pk", "user__full_name", "department__name")
    found = [
        DoctorUse(key, doctor_name(name), department, _use(*sums[key], less[key]))
        for key, name, department in people
        if key in sums
    ]
    return [row for row in found if row.use.offered]


def _use(offered: timedelta, booked: timedelta | None, less: int) -> Use:
    return Use(offered // _MINUTE - less, (booked or timedelta()) // _MINUTE)


_Time = tuple[int, datetime, timedelta]  # its doctor, when it starts, how long it is


def _away(times: SlotQuerySet, doctors: QuerySet[DoctorProfile], start: datetime, end: datetime) -> list[_Time]:
    """Free times in the way of time off or a closure, each once.

    Few are left: what had not begun was taken out of the diary when the time off was entered. So they are looked up
    from that side, and taken off the sums, instead of asking every time of the diary.
    """
    meanwhile = overlapping(start, end)
    slot = "doctor__slots__"
    hit = overlapping(F("starts_at"), F("ends_at"), of="doctor__slots")
    of_these = {
        f"{slot}state": SlotState.FREE,
        f"{slot}closed_by_calendar": False,
        f"{slot}starts_at__gte": start,
    }
    off = TimeOff.objects.filter(Q(**{f"{slot}starts_at__lt": end}), meanwhile, hit, **of_these, doctor__in=doctors)
    facts = ("pk", "doctor", "starts_at", "ends_at")
    found = set(off.order_by().values_list(*(f"doctor__slots__{name}" for name in facts)))
    closed = Q()
    for starts_at, ends_at in Closure.objects.filter(meanwhile).values_list("starts_at", "ends_at"):
        closed |= overlapping(starts_at, ends_at)
    if closed:
        found |= set(times.filter(closed, state=SlotState.FREE).values_list(*facts))
    return _times(found)


def _times(rows: Iterable[tuple[UUID, int, datetime, datetime]]) -> list[_Time]:
    return [(doctor, starts_at, ends_at - starts_at) for _, doctor, starts_at, ends_at in rows]


def _summed(lengths: Iterable[tuple[Any, timedelta]]) -> Counter[Any]:
    """Minutes by whatever they are of."""
    total: Counter[Any] = Counter()
    for key, length in lengths:
        total[key] += length // _MINUTE
    return total
