"""Weekly hours into concrete times: pure decisions on plain values (B5).

Rules are wall-clock times in the doctor's IANA zone; what comes out are instants in UTC, half-open. Around a change of
the clocks local time stays right: a time that falls into the gap, or reaches into it, is left out; where an hour comes
twice, its times come twice. (PEP 495: `fold` tells the two apart, and a time in a gap does not survive the round trip.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.intervals import A_DAY, Interval, cross_midnight, hours_on, length_of_hours

_TICK = timedelta(microseconds=1)
DAYS_A_WEEK = 7


@dataclass(frozen=True, kw_only=True)
class WeeklyRange:
    """One range of one weekday (Monday is 0), cut into times of `length` with `buffer` between.

    Valid from `valid_from` to `valid_until`, both days included, every `every_weeks`-th week counted from the week of
    `valid_from`. A night belongs to the day on which it begins: weekday, validity and rhythm are that day's
    (core/intervals.py says on which day it ends).
    """

    weekday: int
    starts: time
    ends: time
    length: timedelta
    buffer: timedelta
    valid_from: date
    valid_until: date | None = None
    every_weeks: int = 1

    def applies_on(self, day: date) -> bool:
        if day.weekday() != self.weekday or day < self.valid_from:
            return False
        if self.valid_until is not None and day > self.valid_until:
            return False
        weeks = (_monday(day) - _monday(self.valid_from)).days // DAYS_A_WEEK
        return weeks % self.every_weeks == 0

    @property
    def span(self) -> timedelta:
        """How long it lasts by the clock on the wall; at most 24 hours."""
        return length_of_hours(self.starts, self.ends)

    @property
    def crosses_midnight(self) -> bool:
        return cross_midnight(self.starts, self.ends)

    def next_day(self, since: date) -> date | None:
        """The first day from `since` on on which it applies; None when it has ended by then."""
        day = max(since, self.valid_from)
        day += timedelta(days=(self.weekday - day.weekday()) % DAYS_A_WEEK)
        weeks = (day + timedelta(weeks=number) for number in range(self.every_weeks))
        return next(filter(self.applies_on, weeks), None)

    def wall_clock(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Starts and ends of the times begun on `day` as the clock on the wall shows them, those of the night after
        midnight too, whatever the clocks do."""
        start, end = hours_on(day, self.starts, self.ends)
        while start + self.length <= end:
            yield start, start + self.length
            start += self.length + self.buffer


def concrete_times(
    ranges: Sequence[WeeklyRange], *, zone: ZoneInfo, first: date, last: date, blocked: Iterable[Interval] = ()
) -> list[Interval]:
    """All times that begin from `first` to `last` (both included, days in `zone`) and touch none of the `blocked`
    intervals; of the night begun the day before `first`, those after midnight.

    Sorted; no two overlap. `ranges` that overlap are refused where they are entered (doctors/schedule/rules.py); of any
    that stood there all the same, the earlier time stays.
    """
    days = _days(first - A_DAY, last)
    wanted = sorted(times for day in days for times in _of_day(ranges, day, zone, (first, last)))
    return _without_blocked(_without_overlaps(wanted), sorted(blocked))


def _of_day(ranges: Sequence[WeeklyRange], day: date, zone: ZoneInfo, within: tuple[date, date]) -> Iterator[Interval]:
    """The times of the ranges that begin on `day`, as far as they themselves begin `within` two days."""
    applying = [weekly for weekly in ranges if weekly.applies_on(day)]
    if not applying:
        return
    offset = _steady_offset(day, zone, days=2 if any(weekly.crosses_midnight for weekly in applying) else 1)
    for weekly in applying:
        for wall in weekly.wall_clock(day):
            if not within[0] <= wall[0].date() <= within[1]:
                continue
            if offset is None:
                yield from _instants(wall, zone)
            else:
                yield (wall[0] - offset).replace(tzinfo=UTC), (wall[1] - offset).replace(tzinfo=UTC)


def _steady_offset(day: date, zone: ZoneInfo, *, days: int) -> timedelta | None:
    """How far the wall is ahead of UTC, when it stays so for this many days; None when the clocks change meanwhile."""
    midnight = datetime.combine(day, time.min, zone)
    begins = midnight.utcoffset()
    # Arithmetic on the wall, not of instants.
    ends = [(midnight + number * A_DAY).replace(fold=1).utcoffset() for number in range(1, days + 1)]
    return begins if all(begins == end for end in ends) else None


def _instants(wall: tuple[datetime, datetime], zone: ZoneInfo) -> list[Interval]:
    """The instants at which the wall shows these times: none in a gap, two where the hour is repeated."""
    found = []
    for fold in (0, 1):
        start = wall[0].replace(tzinfo=zone, fold=fold).astimezone(UTC)
        end = start + (wall[1] - wall[0])
        # The last moment, not the end: an end that falls on the change itself is shown as the hour after it.
        if _wall(start, zone) == wall[0] and _wall(end - _TICK, zone) + _TICK == wall[1]:
            found.append((start, end))
    return sorted(set(found))


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _without_overlaps(times: Iterable[Interval]) -> list[Interval]:
    kept: list[Interval] = []
    for start, end in times:
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _without_blocked(times: Iterable[Interval], blocked: Sequence[Interval]) -> list[Interval]:
    """One pass over two sorted lists. A blocked interval may span many times, and blocked ones may overlap."""
    kept, waiting, reach = [], 0, datetime.min.replace(tzinfo=UTC)
    for start, end in times:
        while waiting < len(blocked) and blocked[waiting][0] < end:
            reach = max(reach, blocked[waiting][1])
            waiting += 1
        if reach <= start:
            kept.append((start, end))
    return kept


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
