"""Which times the sample doctors offer on which day: pure, on plain values, by the hospital's clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.intervals import overlaps_any
from sample_data.people import Hours

Times = tuple[datetime, datetime]

WORKING_DAYS_AHEAD = 14
_FRIDAY = 4
_HALF_HOUR = timedelta(minutes=30)


def working_day(today: date, distance: int) -> date:
    """The working day `distance` (not 0) of them after `today`, before it when negative. Monday to Friday."""
    step = timedelta(days=1 if distance > 0 else -1)
    day = today
    for _ in range(abs(distance)):
        day += step
        while day.weekday() > _FRIDAY:
            day += step
    return day


def coming_working_days(today: date) -> list[date]:
    return [working_day(today, distance) for distance in range(1, WORKING_DAYS_AHEAD + 1)]


def at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """The instant the hospital's clock shows `clock` ("09:30") on `day`."""
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(ZoneInfo("UTC"))


def times_of_day(hours: Hours, day: date, zone: ZoneInfo) -> list[Times]:
    """The times of one day of a doctor who works on it."""
    length = timedelta(minutes=hours.minutes)
    times = []
    for opens, closes in hours.ranges:
        start, end = at(day, opens, zone), at(day, closes, zone)
        while start + length <= end:
            times.append((start, start + length))
            start += length
    return times


def late_times(day: date, zone: ZoneInfo, *, now: datetime) -> list[Times]:
    """The half hours left of `day` after `now`, to midnight: whoever opens the demo at night wants to book as well."""
    midnight = at(day + timedelta(days=1), "00:00", zone)
    start = at(day, "00:00", zone)
    times = []
    while start + _HALF_HOUR <= midnight:
        if start > now:
            times.append((start, start + _HALF_HOUR))
        start += _HALF_HOUR
    return times


def early_times(day: date, zone: ZoneInfo, *, now: datetime) -> list[Times]:
    """The half hours of `day` over by `now`, the latest first: a desk opened at night has seen somebody as well."""
    start = at(day, "00:00", zone)
    times = []
    while start + _HALF_HOUR <= now:
        times.append((start, start + _HALF_HOUR))
        start += _HALF_HOUR
    return times[::-1]


def fitting(wanted: Iterable[Times], taken: Iterable[Times]) -> Iterator[Times]:
    """Those of `wanted` that share no moment with any of `taken`."""
    held = list(taken)
    yield from (times for times in wanted if not overlaps_any(times, held))
