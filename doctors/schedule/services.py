"""Weekly hours into the diary: setting them, and turning them into times over a rolling window (B5).

Everything here holds the doctor's lock, then the locks of the times it takes out, in key order (docs/locking.md).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.batches import process_each
from core.db import short_transaction
from core.errors import DomainError, translated
from core.intervals import Interval, interval_of, overlaps_any
from doctors import locks
from doctors.choices import SlotSource, SlotState
from doctors.models import Closure, DoctorProfile, Slot, TimeOff, WeeklyHours
from doctors.schedule.openings import Opening
from doctors.schedule.rules import ExistingSlot, Plan, check_hours, plan
from doctors.schedule.selectors import openings_of, weekly_hours_of
from doctors.schedule.weekly_rules import WeeklyRange, concrete_times
from doctors.services import SLOT_ERRORS

logger = logging.getLogger(__name__)

_INSERT = f"""
INSERT INTO doctors_slot (id, doctor_id, starts_at, ends_at, state, source, created_at)
SELECT gen_random_uuid(), %s, starts_at, ends_at, '{SlotState.FREE}', '{SlotSource.WEEKLY}', statement_timestamp()
FROM unnest(%s::timestamptz[], %s::timestamptz[]) AS wanted (starts_at, ends_at)"""  # noqa: S608  our own words


@dataclass(frozen=True, slots=True)
class Outcome:
    """What turning the rules into times did, or would do.

    `kept_booked` and `kept_held` count times that no longer fit the rules and stay, because a patient counts on them;
    `in_the_way` counts times the rules ask for where another one stands.
    """

    created: int = 0
    removed: int = 0
    kept_booked: int = 0
    kept_held: int = 0
    in_the_way: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.created + other.created,
            self.removed + other.removed,
            self.kept_booked + other.kept_booked,
            self.kept_held + other.kept_held,
            self.in_the_way + other.in_the_way,
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """What hours would do, without doing it. `times`: all they would make, instants in order; `later`: what of them
    begins too far ahead to make any yet."""

    outcome: Outcome
    times: list[Interval]
    later: list[Opening]


class WeeklyHoursChanged(DomainError):
    message = _("Your weekly hours have been changed in another window. Nothing was saved: please check them again.")


def set_weekly_hours(
    *,
    doctor: DoctorProfile,
    ranges: Sequence[WeeklyRange],
    seen: Sequence[WeeklyRange] | None = None,
    time_zone: str = "",
    now: datetime,
) -> Outcome:
    """Replace the doctor's weekly hours by `ranges` and turn them into times at once.

    `seen`: the hours `ranges` were made from, where they keep part of them; should there be others by now, nothing is
    lost and WeeklyHoursChanged raised. `time_zone` (an IANA name) is the wall whose clock the ranges mean; empty leaves
    it as it is.
    Raises InvalidHours, WeeklyHoursChanged, Busy.
    """
    check_hours(ranges)
    with translated(SLOT_ERRORS), short_transaction():
        fresh = locks.doctor(doctor.pk)
        if seen is not None and set(weekly_hours_of(fresh)) != set(seen):  # another tab saved while this one waited
            raise WeeklyHoursChanged
        if time_zone and time_zone != fresh.time_zone:
            fresh.time_zone = time_zone
            fresh.save(update_fields=["time_zone"])
        WeeklyHours.objects.filter(doctor=fresh).delete()
        WeeklyHours.objects.bulk_create(_as_row(fresh, weekly) for weekly in ranges)
        return fill(fresh, now)


def generate(*, doctor: DoctorProfile, now: datetime) -> Outcome:
    """Make the doctor's diary say what the rules say, from `now` over `SLOT_HORIZON_DAYS`. Twice changes nothing.

    Never touches a time that is booked or held for somebody; takes out free ones that no longer fit. Raises Busy.
    """
    with translated(SLOT_ERRORS), short_transaction():
        return fill(locks.doctor(doctor.pk), now)


def generate_all(*, now: datetime) -> Outcome:
    """`generate` for every active doctor with weekly hours, in a short transaction each; the busy come next night."""
    total = Outcome()

    def fill_one(doctor: DoctorProfile) -> bool:
        nonlocal total
        total += generate(doctor=doctor, now=now)
        return True

    doctors = DoctorProfile.objects.filter(user__is_active=True, weekly_hours__isnull=False).distinct().order_by("pk")
    process_each(list(doctors.only("pk")), fill_one, what="The diary of doctor")
    logger.info("Weekly hours: %s made, %s taken out.", total.created, total.removed)
    return total


def preview(*, doctor: DoctorProfile, ranges: Sequence[WeeklyRange], time_zone: str, now: datetime) -> Preview:
    """What `set_weekly_hours` would do at `now`. Changes and locks nothing. Raises InvalidHours."""
    check_hours(ranges)
    off = _blocked(doctor, now)
    times = _wanted(ranges, time_zone or doctor.time_zone, off, now)
    planned = plan(standing=_standing(doctor, now), wanted=times, blocked=off)
    return Preview(_outcome(planned), times, openings_of(doctor, ranges, now, time_zone=time_zone))


def _as_row(doctor: DoctorProfile, weekly: WeeklyRange) -> WeeklyHours:
    return WeeklyHours(
        doctor=doctor,
        weekday=weekly.weekday,
        starts=weekly.starts,
        ends=weekly.ends,
        slot_minutes=weekly.length // timedelta(minutes=1),
        buffer_minutes=weekly.buffer // timedelta(minutes=1),
        valid_from=weekly.valid_from,
        valid_until=weekly.valid_until,
        every_weeks=weekly.every_weeks,
    )


# Inside a transaction that holds the doctor's lock


def fill(doctor: DoctorProfile, now: datetime) -> Outcome:
    """`generate` inside the caller's transaction; the caller holds the lock of `doctor`."""
    off = _blocked(doctor, now)
    wanted = _wanted(weekly_hours_of(doctor), doctor.time_zone, off, now)
    standing = _standing(doctor, now)
    planned = plan(standing=standing, wanted=wanted, blocked=off)
    removed = locks.free_slots(planned.remove, now)
    if len(removed) < len(planned.remove):
        # Somebody has just booked one of them: it stays, and whatever overlaps it is not made.
        lost = set(planned.remove) - set(removed)
        standing = [replace(slot, is_booked=True) if slot.id in lost else slot for slot in standing]
        planned = plan(standing=standing, wanted=wanted, blocked=off)
    take_out(planned.remove)
    _put_in(doctor, planned.create)
    return _outcome(planned)


def take_out(slot_ids: Sequence[UUID]) -> int:
    """Delete times the caller has locked and found free; cancelled appointments keep their own copy of the time."""
    if slot_ids:
        Slot.objects.filter(pk__in=slot_ids).delete()
    return len(slot_ids)


def still_offered(slot: Slot) -> bool:
    """Whether a time that is given back has its place in the diary still: its doctor is not off then, the hospital
    not closed, and the weekly hours, if it came of them, still make it."""
    off = _blocked(slot.doctor, slot.starts_at, until=slot.ends_at)
    if overlaps_any(interval_of(slot), off):
        return False
    if slot.source != SlotSource.WEEKLY:
        return True
    zone = ZoneInfo(slot.doctor.time_zone)
    day = slot.starts_at.astimezone(zone).date()
    made = concrete_times(weekly_hours_of(slot.doctor), zone=zone, first=day, last=day)
    return (slot.starts_at, slot.ends_at) in made


def _put_in(doctor: DoctorProfile, times: Sequence[Interval]) -> None:
    """In one statement with two arrays: for a thousand doctors, rows built one by one take twice as long."""
    if not times:
        return
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [doctor.pk, [start for start, _ in times], [end for _, end in times]])


def _outcome(planned: Plan) -> Outcome:
    return Outcome(
        created=len(planned.create),
        removed=len(planned.remove),
        kept_booked=planned.kept_booked,
        kept_held=planned.kept_held,
        in_the_way=planned.in_the_way,
    )


def _wanted(ranges: Sequence[WeeklyRange], time_zone: str, off: Sequence[Interval], now: datetime) -> list[Interval]:
    """What the rules make of the days from `now` on; days and hours are those of `time_zone`."""
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    last = today + timedelta(days=settings.SLOT_HORIZON_DAYS - 1)
    return [times for times in concrete_times(ranges, zone=zone, first=today, last=last, blocked=off) if times[0] > now]


def _standing(doctor: DoctorProfile, now: datetime) -> list[ExistingSlot]:
    rows = Slot.objects.filter(doctor=doctor, ends_at__gt=now).order_by("starts_at")
    facts = rows.values_list("pk", "starts_at", "ends_at", "source", "state", "held_until")
    return [
        ExistingSlot(
            pk,
            start,
            end,
            is_weekly=source == SlotSource.WEEKLY,
            is_booked=state == SlotState.BOOKED,
            is_held=held_until is not None and held_until > now,
            has_begun=start <= now,
        )
        for pk, start, end, source, state, held_until in facts
    ]


def _blocked(doctor: DoctorProfile, now: datetime, *, until: datetime | None = None) -> list[Interval]:
    """Time off of the doctor and closures of the hospital that are not over at `now`, begun by `until`."""

    def ahead(rows: QuerySet[TimeOff] | QuerySet[Closure]) -> list[Interval]:
        found = rows.filter(ends_at__gt=now)
        return list((found.filter(starts_at__lt=until) if until else found).values_list("starts_at", "ends_at"))

    return ahead(TimeOff.objects.filter(doctor=doctor)) + ahead(Closure.objects.all())
