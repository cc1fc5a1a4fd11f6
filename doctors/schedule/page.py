"""The words of the week grid: which hours there are, and what new ones would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext

from core.clock import hospital_day
from core.formats import clock_time, end_time, long_date
from core.intervals import hours_on
from core.text.folding import duration_words
from doctors.choices import Weekday
from doctors.schedule.openings import Opening
from doctors.schedule.services import Outcome, Preview
from doctors.schedule.weekly_rules import DAYS_A_WEEK, WeeklyRange

NEW = "new"


@dataclass(frozen=True, slots=True)
class HoursSet:
    """Weekly hours of one validity, rhythm, length and pause: what one grid can show."""

    key: str
    label: str
    ranges: list[WeeklyRange]

    @property
    def url(self) -> str:
        return f"{reverse('doctors:weekly')}?hours={self.key}"


@dataclass(frozen=True, slots=True)
class ShownDay:
    date: date
    times: list[datetime]


@dataclass(frozen=True, slots=True)
class PreviewWords:
    """`sentences` say what saving does; `days` are those of the first week that has times."""

    must_look_again: bool
    sentences: list[str]
    days: list[ShownDay]
    week_count: int


def sets_of(ranges: Sequence[WeeklyRange]) -> list[HoursSet]:
    """The doctor's hours by what one grid can show, the earliest first."""
    return [
        HoursSet(_key(own[0]), _label(own[0]), own)
        for own in (list(group) for _, group in groupby(sorted(ranges, key=_order), key=_key))
    ]


def chosen_set(sets: Sequence[HoursSet], key: str) -> HoursSet | None:
    """The set of an address; the first, or an empty one, without a key; None when there is no such set."""
    empty = HoursSet(NEW, gettext("New hours"), [])
    if key == NEW or not (key or sets):
        return empty
    return next((known for known in sets if known.key == key), None) if key else sets[0]


def _order(weekly: WeeklyRange) -> tuple[date, str, int, datetime]:
    return weekly.valid_from, _key(weekly), weekly.weekday, datetime.combine(date.min, weekly.starts)


def _key(weekly: WeeklyRange) -> str:
    until = weekly.valid_until.isoformat() if weekly.valid_until else ""
    minutes = [part // timedelta(minutes=1) for part in (weekly.length, weekly.buffer)]
    return "_".join(map(str, [weekly.valid_from.isoformat(), until, weekly.every_weeks, *minutes]))


def _label(weekly: WeeklyRange) -> str:
    days = {"first": long_date(weekly.valid_from), "last": long_date(weekly.valid_until)}
    told = gettext("From %(first)s until %(last)s") if weekly.valid_until else gettext("From %(first)s")
    return f"{told % days}, {_rhythm(weekly.every_weeks)}" if weekly.every_weeks > 1 else told % days


def _rhythm(weeks: int) -> str:
    return ngettext("every week", "every %(weeks)s weeks", weeks) % {"weeks": weeks}


def preview_words(
    preview: Preview, ranges: Sequence[WeeklyRange], *, zone: ZoneInfo, must_look_again: bool
) -> PreviewWords:
    """What saving `ranges`, hours of `zone`, would do; `must_look_again` when something was changed after the last
    look."""
    days = [
        ShownDay(day, [start.astimezone(zone) for start, _ in times])
        for day, times in groupby(preview.times, key=lambda one: hospital_day(one[0]))
    ]
    week = [day for day in days if (day.date - days[0].date).days < DAYS_A_WEEK]
    said = [*_night_sentences(ranges), *_sentences(preview.outcome, preview.later)]
    return PreviewWords(must_look_again, said, week, sum(len(day.times) for day in week))


def _night_sentences(ranges: Sequence[WeeklyRange]) -> list[str]:
    """Which hours go on after midnight, so that an hour mistyped is noticed before it is saved."""
    nights = sorted((weekly for weekly in ranges if weekly.crosses_midnight), key=_hours_of)
    return [_night_words(list(same)) for _, same in groupby(nights, key=_hours_of)]


def _hours_of(weekly: WeeklyRange) -> tuple[time, time]:
    return weekly.starts, weekly.ends


def _night_words(same: Sequence[WeeklyRange]) -> str:
    begins, ends = hours_on(date.min, same[0].starts, same[0].ends)
    days = [str(Weekday(day).label) for day in sorted({weekly.weekday for weekly in same})]
    return gettext("%(days)s: the hours from %(start)s run until %(end)s, %(length)s in total.") % {
        "days": get_text_list(days, gettext("and")),
        "start": clock_time(begins),
        "end": end_time(ends, begins),
        "length": duration_words(ends - begins),
    }


def _sentences(outcome: Outcome, later: Sequence[Opening]) -> list[str]:
    none_added = gettext("No times will be added yet.") if later else gettext("No times will be added.")
    said = [_added(outcome.created) if outcome.created else none_added, *map(opening_words, later)]
    said.append(_removed(outcome.removed) if outcome.removed else gettext("No times will be removed."))
    if outcome.kept_booked:
        said.append(_kept_booked(outcome.kept_booked))
    if outcome.kept_held:
        said.append(_kept_held(outcome.kept_held))
    if outcome.in_the_way:
        said.append(_left_out(outcome.in_the_way))
    return said


def _added(count: int) -> str:
    return ngettext("%(count)s time is added.", "%(count)s times are added.", count) % {"count": f"{count:,}"}


def _removed(count: int) -> str:
    return ngettext("%(count)s time is removed.", "%(count)s times are removed.", count) % {"count": f"{count:,}"}


def _kept_booked(count: int) -> str:
    return ngettext(
        "%(count)s booked time outside these hours or in time off stays: nobody’s appointment will change.",
        "%(count)s booked times outside these hours or in time off stay: nobody’s appointment will change.",
        count,
    ) % {"count": f"{count:,}"}


def _kept_held(count: int) -> str:
    return ngettext(
        "%(count)s time held for a patient stays for now.", "%(count)s times held for a patient stay for now.", count
    ) % {"count": f"{count:,}"}


def _left_out(count: int) -> str:
    return ngettext(
        "%(count)s time is left out, because other times in your diary are in the way.",
        "%(count)s times are left out, because other times in your diary are in the way.",
        count,
    ) % {"count": f"{count:,}"}


def done_words(outcome: Outcome, later: Sequence[Opening]) -> str:
    """One line for after saving."""
    said = []
    if outcome.created or outcome.removed:
        added = ngettext("%(count)s time is added", "%(count)s times are added", outcome.created)
        removed = ngettext("%(count)s time is removed", "%(count)s times are removed", outcome.removed)
        added, removed = added % {"count": f"{outcome.created:,}"}, removed % {"count": f"{outcome.removed:,}"}
        said.append(gettext("%(added)s, %(removed)s.") % {"added": added, "removed": removed})
    elif not later:
        said.append(gettext("No times had to change."))
    return " ".join([*said, *map(opening_words, later)])


def opening_words(opening: Opening) -> str:
    return gettext("Times from %(day)s will be open for booking from %(opens)s.") % {
        "day": long_date(opening.first_day),
        "opens": long_date(opening.opens),
    }
