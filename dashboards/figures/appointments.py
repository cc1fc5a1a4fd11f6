"""What became of appointments, by the day they were to be on. Definitions: docs/figures.md.

A moved appointment is a new booking and a cancelled old one (docs/adr/0006): only the new one is counted anywhere here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.choices import Role
from bookings.choices import Status
from bookings.models import BookingQuerySet
from bookings.selectors import counted_bookings
from core.clock import hospital_day, start_of_day
from dashboards.figures.periods import Period
from dashboards.figures.types import Cancellations, Missed, Scope, Visits

SHORT_NOTICE = timedelta(hours=24)
# Where an appointment stands, as the figures call it.
STANDS: dict[str, str] = {
    Status.PENDING: "coming",
    Status.CONFIRMED: "coming",
    Status.CHECKED_IN: "arrived",
    Status.COMPLETED: "done",
    Status.CANCELLED: "cancelled",
    Status.NO_SHOW: "missed",
}
#: Lead times in days between booking and visit, both ends included; the last has no end.
LEADS: tuple[tuple[int, int | None], ...] = ((0, 0), (1, 2), (3, 7), (8, 14), (15, 30), (31, None))
WHO: dict[str, str] = {Role.PATIENT: "patient", Role.DOCTOR: "doctor", Role.STAFF: "staff"}


def _standing(period: Period, scope: Scope) -> BookingQuerySet:
    """The appointments of the period's days that were not moved elsewhere."""
    found = counted_bookings(start_of_day(period.first), start_of_day(period.after))
    return found if scope.department is None else found.filter(doctor__department=scope.department)


def _day(field: str) -> TruncDate:
    return TruncDate(field, tzinfo=timezone.get_default_timezone())


def by_day(period: Period, scope: Scope) -> dict[date, Visits]:
    """Appointments by hospital day and by where they stand now; days without any are left out. One statement."""
    rows = _standing(period, scope).annotate(day=_day("starts_at")).values_list("day", "status").annotate(Count("pk"))
    counts: dict[date, dict[str, int]] = {}
    for day, status, count in rows:
        of_day = counts.setdefault(day, {})
        of_day[STANDS[status]] = of_day.get(STANDS[status], 0) + count
    return {day: Visits(**of_day) for day, of_day in sorted(counts.items())}


def today(scope: Scope, *, now: datetime) -> Visits:
    """Today's appointments by where they stand."""
    day = hospital_day(now)
    return by_day(Period(day, day), scope).get(day, Visits())


def no_shows(period: Period, scope: Scope) -> list[Missed]:
    """Visits and missed ones by lead time, in the order of LEADS. One statement.

    A visit here is an appointment whose patient came (arrived or seen) or was marked as missed; what is
    cancelled, or not yet decided, is none. Lead time is the number of hospital days from the booking to the visit.
    """
    decided = _standing(period, scope).filter(status__in=(Status.CHECKED_IN, Status.COMPLETED, Status.NO_SHOW))
    lead = ExpressionWrapper(_day("starts_at") - _day("created_at"), output_field=DurationField())
    missed = Count("pk", filter=Q(status=Status.NO_SHOW))
    rows = decided.annotate(lead=lead).values_list("lead").annotate(visits=Count("pk"), missed=missed)
    return by_lead((between.days, visits, of_those) for between, visits, of_those in rows)


def by_lead(rows: Iterable[tuple[int, int, int]]) -> list[Missed]:
    """Days, visits and missed ones put into LEADS. Pure. Entered after it began (a walk-in) is the same day."""
    found = [Missed()] * len(LEADS)
    for days, visits, missed in rows:
        place = next(n for n, (_, most) in enumerate(LEADS) if most is None or max(days, 0) <= most)
        found[place] = Missed(found[place].visits + visits, found[place].missed + missed)
    return found


def cancellations(period: Period, scope: Scope) -> Cancellations:
    """Cancelled appointments by who cancelled, and of those with less than 24 hours to go. One statement."""
    short = Count("pk", filter=Q(cancelled_at__gt=F("starts_at") - SHORT_NOTICE))
    cancelled = _standing(period, scope).filter(status=Status.CANCELLED)
    rows = cancelled.values_list("cancelled_by__role").annotate(all=Count("pk"), short=short)
    counts = {WHO[role]: (count, of_those) for role, count, of_those in rows}
    return Cancellations({who: counts.get(who, (0, 0)) for who in WHO.values()})
