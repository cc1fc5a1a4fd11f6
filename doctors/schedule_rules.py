"""What weekly hours must look like, and what they change in a diary: pure decisions on plain values (B5)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import combinations
from math import lcm
from uuid import UUID

from core.errors import DomainError
from doctors.rules import LONGEST, SHORTEST
from doctors.weekly_rules import DAYS_A_WEEK, Interval, WeeklyRange

LONGEST_BUFFER = timedelta(hours=4)
MOST_WEEKS = 52
MOST_RANGES = 80
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class InvalidHours(DomainError):
    """Weekly hours that can't be; `weekday` is the day to mend (Monday is 0), None when all are meant.

    `field` names the answer: hours, length, buffer, valid_from, valid_until or every.
    """

    def __init__(self, field: str, message: str, *, weekday: int | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.weekday = weekday


def check_hours(ranges: Sequence[WeeklyRange]) -> None:
    """Raises InvalidHours unless each range is plausible by itself and no two share a moment of a day."""
    if len(ranges) > MOST_RANGES:
        raise InvalidHours("hours", f"That is too much: at most {MOST_RANGES} ranges can be kept.")
    for weekly in ranges:
        _check_one(weekly)
    for one, other in combinations(sorted(ranges, key=lambda weekly: (weekly.weekday, weekly.starts)), 2):
        if _meet(one, other):
            words = f"{_DAYS[one.weekday]}: {_range_words(one)} and {_range_words(other)} overlap."
            raise InvalidHours("hours", words, weekday=one.weekday)


def _check_one(weekly: WeeklyRange) -> None:
    day = _DAYS[weekly.weekday]
    if weekly.ends <= weekly.starts:
        raise InvalidHours("hours", f"{day}: the end must be after the start.", weekday=weekly.weekday)
    if not SHORTEST <= weekly.length <= LONGEST:
        raise InvalidHours("length", "A time must be from 5 minutes to 8 hours long.")
    if not timedelta(0) <= weekly.buffer <= LONGEST_BUFFER:
        raise InvalidHours("buffer", "The pause between two can be at most 4 hours.")
    if not 1 <= weekly.every_weeks <= MOST_WEEKS:
        raise InvalidHours("every", "Choose from every week to every 52 weeks.")
    if not FIRST_DAY <= weekly.valid_from <= LAST_DAY:
        raise InvalidHours("valid_from", "Choose a year between 2000 and 2100.")
    if weekly.valid_until is not None and weekly.valid_until > LAST_DAY:
        raise InvalidHours("valid_until", "Choose a year up to 2100.")
    if weekly.valid_until is not None and weekly.valid_until < weekly.valid_from:
        raise InvalidHours("valid_until", "The last day must not be before the first.")
    if _on(weekly.starts) + weekly.length > _on(weekly.ends):
        words = f"{day}: not even one time fits between {_range_words(weekly)}."
        raise InvalidHours("hours", words, weekday=weekly.weekday)


def _on(at: time) -> datetime:
    return datetime.combine(date.min, at)


def _range_words(weekly: WeeklyRange) -> str:
    return f"{weekly.starts:%H:%M} to {weekly.ends:%H:%M}"


def _meet(one: WeeklyRange, other: WeeklyRange) -> bool:
    """Whether there is a day on which both apply and share a moment."""
    if one.weekday != other.weekday or not (one.starts < other.ends and other.starts < one.ends):
        return False
    first = max(one.valid_from, other.valid_from)
    first += timedelta(days=(one.weekday - first.weekday()) % DAYS_A_WEEK)
    # The rhythm of the two together repeats after this many weeks.
    weeks = range(lcm(one.every_weeks, other.every_weeks))
    days = (first + timedelta(weeks=number) for number in weeks)
    return any(one.applies_on(day) and other.applies_on(day) for day in days)


@dataclass(frozen=True, slots=True)
class Standing:
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


def plan(*, standing: Sequence[Standing], wanted: Sequence[Interval], blocked: Iterable[Interval]) -> Plan:
    """Compare the diary with the rules.

    `standing`: everything in the diary that is not over, in order. `wanted`: what the rules make, in order, none
    overlapping. `blocked`: time off and closures, in which a time entered by hand has no place either.
    """
    fits, off = set(wanted), sorted(blocked)
    remove, kept, unfit = [], [], []
    for slot in standing:
        misplaced = not slot.has_begun and (
            slot.interval not in fits if slot.is_weekly else touches(slot.interval, off)
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


def touches(times: Interval, others: Collection[Interval]) -> bool:
    """Whether half-open `times` shares a moment with any of `others`."""
    return any(start < times[1] and times[0] < end for start, end in others)


def _not_overlapping(times: Iterable[Interval], taken: Sequence[Interval]) -> Iterator[Interval]:
    """Those of `times` free of everything `taken`, which is in order and overlaps nowhere in itself."""
    ends = [end for _, end in taken]
    for start, end in times:
        # The first that is not over when this begins is the only one that can be in its way.
        at = bisect_right(ends, start)
        if at == len(ends) or taken[at][0] >= end:
            yield start, end
