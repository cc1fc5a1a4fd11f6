"""Half-open intervals, [start, end): whether two share a moment, and what the hours of a day mean.

What only touches shares nothing: ten to eleven leaves room for eleven to twelve.

One rule for every form that takes hours. Hours belong to the day on which they begin. An end that isn't after the start
is on the next day: 20:00 to 00:00 ends at midnight, 22:00 to 02:00 at two in the morning, 00:00 to 00:00 a day later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Protocol

from django.db.models import F, Q

Interval = tuple[datetime, datetime]
A_DAY = timedelta(days=1)


def are_hours(starts: time, ends: time) -> bool:
    """Whether there is any time between: of equal ends only 00:00 to 00:00 means something, a whole day."""
    return starts != ends or starts == time.min


def hours_on(day: date, starts: time, ends: time) -> tuple[datetime, datetime]:
    """The stretch that begins on `day`, as the clock on the wall shows it; at most 24 hours."""
    last_day = day if ends > starts else day + A_DAY
    return datetime.combine(day, starts), datetime.combine(last_day, ends)


def length_of_hours(starts: time, ends: time) -> timedelta:
    """What the clock on the wall counts between; a change of the clocks makes it longer or shorter."""
    begins, ends_at = hours_on(date.min, starts, ends)
    return ends_at - begins


def cross_midnight(starts: time, ends: time) -> bool:
    """Whether some of these hours are on the next day; an end at midnight leaves none."""
    return time.min < ends <= starts


class Timed(Protocol):
    """What has a time: a slot, an appointment, time off."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...


def interval_of(timed: Timed) -> Interval:
    return timed.starts_at, timed.ends_at


def overlaps(one: Interval, other: Interval) -> bool:
    """Whether the two share a moment."""
    return one[0] < other[1] and other[0] < one[1]


def overlaps_any(one: Interval, others: Iterable[Interval]) -> bool:
    """Whether `one` shares a moment with any of `others`."""
    return any(overlaps(one, other) for other in others)


def overlapping(start: datetime | F, end: datetime | F, *, of: str = "") -> Q:
    """The same question to the database, about rows with `starts_at` and `ends_at`; `of`: by which relation they are
    reached."""
    path = f"{of}__" if of else ""
    return Q(**{f"{path}starts_at__lt": end, f"{path}ends_at__gt": start})
