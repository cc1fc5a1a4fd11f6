"""Weekly hours that begin beyond the days the diary is filled ahead: from when their times can be booked (B5).

Pure: no clock, no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from doctors.schedule.weekly_rules import WeeklyRange


@dataclass(frozen=True, slots=True, order=True)
class Opening:
    """Times from `first_day` on, which are not in the diary yet, open for booking on the day `opens`."""

    first_day: date
    opens: date


def openings(
    ranges: Sequence[WeeklyRange], *, zone: ZoneInfo, horizon: timedelta, booking_window: timedelta, now: datetime
) -> list[Opening]:
    """What of `ranges` makes no time yet at `now`, one for each first day of validity, in order; days are those of
    `zone`. `horizon`: for how many days the diary is filled, today included."""
    by_validity = groupby(sorted(ranges, key=_valid_from), key=_valid_from)
    return sorted(
        min(later)
        for later in (list(_later(own, zone, horizon, booking_window, now)) for _, own in by_validity)
        if later
    )


def _valid_from(weekly: WeeklyRange) -> date:
    return weekly.valid_from


def _later(
    ranges: Iterator[WeeklyRange], zone: ZoneInfo, horizon: timedelta, booking_window: timedelta, now: datetime
) -> Iterator[Opening]:
    today = now.astimezone(zone).date()
    for weekly in ranges:
        day = weekly.next_day(today)
        if day is None or day < today + horizon:
            continue
        filled = day - horizon + timedelta(days=1)
        within_window = (datetime.combine(day, weekly.starts, zone) - booking_window).date()
        yield Opening(day, max(filled, within_window))
