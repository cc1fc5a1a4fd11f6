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

Interval = tuple[datetime, datetime]

_TICK = timedelta(microseconds=1)
DAYS_A_WEEK = 7


@dataclass(frozen=True, kw_only=True)
class WeeklyRange:
    """One range of one weekday (Monday is 0), cut into times of `length` with `buffer` between.

    Valid from `valid_from` to `valid_until`, both days included, every `every_weeks`-th week counted from the week of
    `valid_from`. Ends on the same day: `ends` after `starts`.
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

    def wall_clock(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Starts and ends of a day's times as the clock on the wall shows them, whatever the clocks do that day."""
        start, end = datetime.combine(day, self.starts), datetime.combine(day, self.ends)
        while start + self.length <= end:
            yield start, start + self.length
            start += self.length + self.buffer


def concrete_times(
    ranges: Sequence[WeeklyRange], *, zone: ZoneInfo, first: date, last: date, blocked: Iterable[Interval] = ()
) -> list[Interval]:
    """All times from `first` to `last` (both included, days in `zone`) that touch none of the `blocked` intervals.

    Sorted; no two overlap, not even where ranges do: the earlier one stays.
    """
    wanted = sorted(times for day in _days(first, last) for times in _of_day(ranges, day, zone))
    return _without_blocked(_without_overlaps(wanted), sorted(blocked))


def _of_day(ranges: Sequence[WeeklyRange], day: date, zone: ZoneInfo) -> Iterator[Interval]:
    offset = _offset_all_day(day, zone)
    for weekly in ranges:
        if not weekly.applies_on(day):
            continue
        for wall in weekly.wall_clock(day):
            if offset is None:
                yield from _instants(wall, zone)
            else:
                yield (wall[0] - offset).replace(tzinfo=UTC), (wall[1] - offset).replace(tzinfo=UTC)


def _offset_all_day(day: date, zone: ZoneInfo) -> timedelta | None:
    """How far the wall is ahead of UTC, on a day on which it stays so; None on a day of change."""
    midnight = datetime.combine(day, time.min, zone)
    begins = midnight.utcoffset()
    ends = (midnight + timedelta(days=1)).replace(fold=1).utcoffset()  # arithmetic on the wall, not of instants
    return begins if begins == ends else None


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
