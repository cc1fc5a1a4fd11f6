"""Which days a figure tells of. Pure: days in, days out; whoever asks for instants takes them from core.clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST = 366  # days
FIRST_EVER = date(2000, 1, 1)
# From here on a bar is a week: so many days side by side can't be told apart on a phone.
DAYS_SHOWN_SINGLY = 45


class Choice(StrEnum):
    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    YEAR = "12-months"
    THIS_MONTH = "this-month"
    LAST_MONTH = "last-month"
    CUSTOM = "custom"


LABELS: dict[Choice, StrOrPromise] = {
    Choice.WEEK: _("Last 7 days"),
    Choice.MONTH: _("Last 30 days"),
    Choice.QUARTER: _("Last 90 days"),
    Choice.YEAR: _("Last 12 months"),
    Choice.THIS_MONTH: _("This month"),
    Choice.LAST_MONTH: _("Last month"),
    Choice.CUSTOM: _("Other dates"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Calendar days at the hospital, both ends included; `first` is never after `last`."""

    first: date
    last: date

    @property
    def after(self) -> date:
        """The day after the last: with `first`, the half-open interval."""
        return self.last + timedelta(days=1)

    @property
    def length(self) -> int:
        """How many days."""
        return (self.after - self.first).days

    @property
    def is_by_week(self) -> bool:
        return self.length > DAYS_SHOWN_SINGLY

    def days(self) -> Iterator[date]:
        for number in range(self.length):
            yield self.first + timedelta(days=number)

    def buckets(self) -> list[Period]:
        """The days one by one; in a long period the weeks, Monday to Sunday, cut off where the period ends."""
        if not self.is_by_week:
            return [Period(day, day) for day in self.days()]
        weeks, begin = [], self.first
        while begin <= self.last:
            sunday = begin + timedelta(days=6 - begin.weekday())
            weeks.append(Period(begin, min(sunday, self.last)))
            begin = sunday + timedelta(days=1)
        return weeks

    def months(self) -> list[Period]:
        """The calendar months, cut off where the period begins and ends."""
        months, begin = [], self.first
        while begin <= self.last:
            following = _next_month(begin)
            months.append(Period(begin, min(following - timedelta(days=1), self.last)))
            begin = following
        return months

    def until(self, day: date) -> Period | None:
        """The part of it up to and including `day`; None when all of it comes later."""
        return Period(self.first, min(self.last, day)) if self.first <= day else None


def _next_month(day: date) -> date:
    """The first day of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def chosen(choice: Choice, *, today: date) -> Period:
    """The days of a choice other than "custom". The last 7 days are today and the six before, the last 12 months this
    month and the eleven whole ones before."""
    first_of_month = today.replace(day=1)
    if choice == Choice.THIS_MONTH:
        return Period(first_of_month, today)
    if choice == Choice.LAST_MONTH:
        last = first_of_month - timedelta(days=1)
        return Period(last.replace(day=1), last)
    if choice == Choice.YEAR:
        return Period(_next_month(first_of_month.replace(year=today.year - 1)), today)
    return Period(today - timedelta(days=int(choice) - 1), today)
