"""Hours of a day as people say them, and the stretch of wall-clock time they mean: half-open, [start, end).

One rule for every form that takes hours. Hours belong to the day on which they begin. An end that isn't after the start
is on the next day: 20:00 to 00:00 ends at midnight, 22:00 to 02:00 at two in the morning, 00:00 to 00:00 a day later.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

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
