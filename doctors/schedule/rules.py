"""What weekly hours must look like, and what they change in a diary: pure decisions on plain values (B5)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from math import lcm
from uuid import UUID

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.formats import hours_words
from core.intervals import A_DAY, Interval, are_hours, hours_on, overlaps, overlaps_any
from doctors.choices import Weekday
from doctors.rules import LONGEST, SHORTEST
from doctors.schedule.weekly_rules import DAYS_A_WEEK, WeeklyRange

LONGEST_BUFFER = timedelta(hours=4)
MOST_WEEKS = 52
MOST_RANGES = 80
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)


class InvalidHours(DomainError):
    """Weekly hours that can't be; `weekday` is the day to mend (Monday is 0), None when all are meant.

    `field` names the answer: hours, length, buffer, valid_from, valid_until or every.
    """

    status = 422

    def __init__(self, field: str, message: str, *, weekday: int | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.weekday = weekday


def check_hours(ranges: Sequence[WeeklyRange]) -> None:
    """Raises InvalidHours unless each range is plausible by itself and no two ever share a moment, a night and the
    morning after it included."""
    if len(ranges) > MOST_RANGES:
        raise InvalidHours("hours", _("That’s too many. You can have at most %(most)s ranges.") % {"most": MOST_RANGES})
    for weekly in ranges:
        _check_one(weekly)
    for one, other in combinations(sorted(ranges, key=lambda weekly: (weekly.weekday, weekly.starts)), 2):
        if _meet(one, other):
            raise InvalidHours("hours", _overlap_words(one, other), weekday=one.weekday)


def _check_one(weekly: WeeklyRange) -> None:
    day = Weekday(weekly.weekday).label
    if not are_hours(weekly.starts, weekly.ends):
        words = _("%(day)s: the end must differ from the start. For a whole day, enter 00:00 to 00:00.")
        raise InvalidHours("hours", words % {"day": day}, weekday=weekly.weekday)
    if not SHORTEST <= weekly.length <= LONGEST:
        raise InvalidHours("length", _("A time must be from 5 minutes to 8 hours long."))
    if not timedelta(0) <= weekly.buffer <= LONGEST_BUFFER:
        raise InvalidHours("buffer", _("The gap between appointments can be at most 4 hours."))
    if not 1 <= weekly.every_weeks <= MOST_WEEKS:
        raise InvalidHours("every", _("Choose from every week to every 52 weeks."))
    if not FIRST_DAY <= weekly.valid_from <= LAST_DAY:
        raise InvalidHours("valid_from", _("Choose a year between 2000 and 2100."))
    if weekly.valid_until is not None and weekly.valid_until > LAST_DAY:
        raise InvalidHours("valid_until", _("Choose a year up to 2100."))
    if weekly.valid_until is not None and weekly.valid_until < weekly.valid_from:
        raise InvalidHours("valid_until", _("The last day must not be before the first."))
    if weekly.length > weekly.span:
        words = _("%(day)s: not even one time fits from %(hours)s.")
        raise InvalidHours("hours", words % {"day": day, "hours": range_words(weekly)}, weekday=weekly.weekday)


def range_words(weekly: WeeklyRange) -> str:
    return hours_words(weekly.starts, weekly.ends)


def _overlap_words(one: WeeklyRange, other: WeeklyRange) -> str:
    facts = {"day": Weekday(one.weekday).label, "hours": range_words(one)}
    facts |= {"other_day": Weekday(other.weekday).label, "other_hours": range_words(other)}
    if one.weekday == other.weekday:
        return _("%(day)s: %(hours)s and %(other_hours)s overlap.") % facts
    return _("%(day)s: %(hours)s and %(other_day)s, %(other_hours)s, overlap.") % facts


def _meet(one: WeeklyRange, other: WeeklyRange) -> bool:
    """Whether the two ever share a moment: on one day, or the night of one with the day after it."""
    return any(_meet_days_apart(one, other, days * A_DAY) for days in (-1, 0, 1))


def _meet_days_apart(one: WeeklyRange, other: WeeklyRange, later: timedelta) -> bool:
    """Whether they share a moment where the day of `other` is this much later than the day of `one`."""
    first = max(one.valid_from, other.valid_from - later)
    first += timedelta(days=(one.weekday - first.weekday()) % DAYS_A_WEEK)
    if (first + later).weekday() != other.weekday:
        return False
    begins, ends = hours_on(first, one.starts, one.ends)
    if not overlaps((begins, ends), hours_on(first + later, other.starts, other.ends)):
        return False
    # The rhythm of the two together repeats after this many weeks.
    weeks = range(lcm(one.every_weeks, other.every_weeks))
    days = (first + timedelta(weeks=number) for number in weeks)
    return any(one.applies_on(day) and other.applies_on(day + later) for day in days)


@dataclass(frozen=True, slots=True)
class ExistingSlot:
    """A time as it stands in the diary."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    is_weekly: bool
    is_booked: bool = False
    is_held: bool = False
    has_begun: bool = False

    @property
    def stays(self) -> bool:
        """Somebody counts on it."""
        return self.is_booked or self.is_held

    @property
    def interval(self) -> Interval:
        return self.starts_at, self.ends_at


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do so that the diary says what the rules say.

    `kept_booked` and `kept_held` count times that no longer fit and stay because somebody counts on them;
    `in_the_way` counts wanted times that can't be, because another time stands there.
    """

    create: list[Interval]
    remove: list[UUID]
    kept_booked: int
    kept_held: int
    in_the_way: int


def plan(*, standing: Sequence[ExistingSlot], wanted: Sequence[Interval], blocked: Iterable[Interval]) -> Plan:
    """Compare the diary with the rules.

    `standing`: everything in the diary that is not over, in order. `wanted`: what the rules make, in order, none
    overlapping. `blocked`: time off and closures, in which a time entered by hand has no place either.
    """
    fits, off = set(wanted), sorted(blocked)
    remove, kept, unfit = [], [], []
    for slot in standing:
        misplaced = not slot.has_begun and (
            slot.interval not in fits if slot.is_weekly else overlaps_any(slot.interval, off)
        )
        if misplaced and not slot.stays:
            remove.append(slot.id)
            continue
        kept.append(slot.interval)
        if misplaced:
            unfit.append(slot)
    there = set(kept)
    free = list(_not_overlapping((times for times in wanted if times not in there), kept))
    return Plan(
        create=free,
        remove=remove,
        kept_booked=sum(slot.is_booked for slot in unfit),
        kept_held=sum(slot.is_held for slot in unfit),
        in_the_way=sum(times not in there for times in wanted) - len(free),
    )


def _not_overlapping(times: Iterable[Interval], taken: Sequence[Interval]) -> Iterator[Interval]:
    """Those of `times` free of everything `taken`, which is in order and overlaps nowhere in itself."""
    ends = [end for _, end in taken]
    for start, end in times:
        # The first that is not over when this begins is the only one that can be in its way.
        at = bisect_right(ends, start)
        if at == len(ends) or taken[at][0] >= end:
            yield start, end
