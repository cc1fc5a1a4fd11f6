"""Which months' reports are due when: pure. A month is that of the hospital's clock, known by its first day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# A report that couldn't be made in time is made later, as long as it tells anybody anything.
CATCHES_UP = 3  # months


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_before(month: date) -> date:
    return month_of(month - timedelta(days=1))


def month_after(month: date) -> date:
    return month_of(month + timedelta(days=31))


def due_at(month: date, *, hour: int, zone: ZoneInfo) -> datetime:
    """When the report of `month` is to be made: on the 1st of the next, at `hour` of the clock in `zone`."""
    return datetime.combine(month_after(month), time(hour), zone)


def last_due_month(*, now: datetime, hour: int, zone: ZoneInfo) -> date:
    """The last month whose hour has come, however long ago it came."""
    last = month_before(month_of(now.astimezone(zone).date()))
    return last if now >= due_at(last, hour=hour, zone=zone) else month_before(last)


def due_months(*, now: datetime, hour: int, zone: ZoneInfo) -> list[date]:
    """The months whose reports there should be by `now`, the earliest first: the last due one, and as many before it as
    are caught up with."""
    months = [last_due_month(now=now, hour=hour, zone=zone)]
    while len(months) < CATCHES_UP:
        months.insert(0, month_before(months[0]))
    return months


def is_mailed(month: date, *, now: datetime, hour: int, zone: ZoneInfo) -> bool:
    """Whether a report made at `now` is news: only the last month's is. The others are there for whoever looks."""
    return month == last_due_month(now=now, hour=hour, zone=zone)
