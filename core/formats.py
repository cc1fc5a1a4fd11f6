"""How dates, times, amounts and names are said: one way for pages, mails, messages and files.

`core/templatetags/hms.py` only registers these for templates.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import dateformat, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.intervals import cross_midnight
from core.money import from_cents, places
from core.text.names import split_title

_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "INR": "₹", "JPY": "¥", "AUD": "A$", "CAD": "CA$", "NZD": "NZ$"}
_NOON = 12


def _local(value: dt.date | dt.datetime) -> dt.date | dt.datetime:
    """An aware instant in the active time zone; a bare date or wall-clock time as it is."""
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def local_date(value: dt.date | dt.datetime) -> dt.date:
    """The day of an instant in the active time zone; a date as it is."""
    return _date(_local(value))


def long_date(value: dt.date | dt.datetime | None) -> str:
    """ "Wednesday 6 August 2026", in the active time zone. Nothing for nothing."""
    if not value:
        return ""
    return _told(_date(_local(value)), "l j F Y", get_language())


def month_name(day: dt.date) -> str:
    """ "August 2026": the month of a day."""
    return _told(_date(day), "F Y", get_language())


def short_date(value: dt.date | dt.datetime | None) -> str:
    """ "Wed 6 Aug", in the active time zone, for narrow places beside a full date."""
    if not value:
        return ""
    return _day_and_month(_local(value))


def clock_time(value: dt.time | dt.datetime | None) -> str:
    """ "2:30pm", minutes always shown, in the active time zone; noon is 12:00pm, midnight 12:00am.

    In the hour that the clock shows twice in autumn also the zone's letters: "1:30am BST" comes before "1:30am GMT".
    An instant that comes in a zone of its own (doctors/own_clock.py) is told by both clocks where these differ:
    "9:00am BST (1:45pm in Kathmandu)".
    """
    return "".join(here_and_there(value))


def here_and_there(value: dt.time | dt.datetime | None) -> tuple[str, str]:
    """`clock_time` in two: what a narrow button shows, and what is only read out behind it, often nothing."""
    if value is None or value == "":
        return "", ""
    moment = timezone.localtime(value) if isinstance(value, dt.datetime) and timezone.is_aware(value) else value
    told = _twelve_hours(moment)
    if not isinstance(moment, dt.datetime):
        return told, ""
    if _comes_twice(moment):
        return f"{told} {zone_letters(moment)}", _elsewhere(value, moment)
    elsewhere = _elsewhere(value, moment)
    return told, f" {zone_letters(moment)}{elsewhere}" if elsewhere else ""


def time_here(value: dt.datetime | None) -> str:
    """ "9:00am": by the hospital's clock alone, for narrow buttons under a sentence that names the other clock."""
    return here_and_there(value)[0]


def time_there(value: dt.datetime | None) -> str:
    """ " BST (1:45pm in Kathmandu)": the rest of `clock_time`, to be read out behind `time_here`; often nothing."""
    return here_and_there(value)[1]


def in_zone(value: dt.datetime, zone: str) -> dt.datetime:
    """An instant in the zone of whom it concerns, for `clock_time`: `{{ at|in_zone:doctor.time_zone|clock_time }}`."""
    return value.astimezone(ZoneInfo(zone))


def zone_letters(moment: dt.datetime) -> str:
    """ "BST"; "UTC+0545" for a zone without letters."""
    name = moment.tzname() or ""
    return f"UTC{moment:%z}" if name[:1] in "+-" else name


def zone_place(zone: str) -> str:
    """ "Kathmandu", of an IANA name."""
    return zone.rpartition("/")[2].replace("_", " ")


def is_told_twice(value: dt.datetime) -> bool:
    """Whether the clock of the zone that an instant comes in shows anything else than here, so that both are said."""
    return bool(_elsewhere(value, _local(value)))


def end_of_day_words(value: dt.datetime) -> str:
    """ "the end of the day", for a midnight, and what another clock shows then."""
    here = _local(value)
    return _("the end of the day") + _elsewhere(value, here, said=here - dt.timedelta(days=1))


def days_elsewhere(start: dt.datetime, end: dt.datetime) -> str:
    """ " (in Kathmandu from 4:45am on Thu 6 Aug to 4:45am on Fri 7 Aug)": behind whole days that are others there."""
    if not (is_told_twice(start) or is_told_twice(end)) or not isinstance(start.tzinfo, ZoneInfo):
        return ""
    return _(" (in %(place)s from %(start)s on %(first_day)s to %(end)s on %(last_day)s)") % {
        "start": _twelve_hours(start),
        "first_day": _day_and_month(start),
        "end": _twelve_hours(end),
        "last_day": _day_and_month(end),
        "place": zone_place(start.tzinfo.key),
    }


def _elsewhere(value: object, here: dt.date, *, said: dt.date | None = None) -> str:
    """What the clock of the zone shows that the instant came in, where it shows anything else than here; with its day
    where that is not the day that is `said`, by default the one here."""
    if not isinstance(value, dt.datetime) or not isinstance(value.tzinfo, ZoneInfo):
        return ""
    assert isinstance(here, dt.datetime)  # noqa: S101  the same instant
    if value.tzinfo.key == "UTC" or value.utcoffset() == here.utcoffset():
        return ""
    facts = {"time": _twelve_hours(value), "place": zone_place(value.tzinfo.key)}
    if _date(value) == _date(said or here):
        return _(" (%(time)s in %(place)s)") % facts
    return _(" (%(time)s on %(day)s in %(place)s)") % {**facts, "day": _day_and_month(value)}


def _day_and_month(day: dt.date) -> str:
    return _told(_date(day), "D j M", get_language())


@lru_cache(maxsize=2_000)
def _told(day: dt.date, form: str, language: str | None) -> str:
    """Lists show the same few days again and again. `language`: the active one, in which they are told."""
    return dateformat.format(day, form)


def _date(day: dt.date) -> dt.date:
    return day.date() if isinstance(day, dt.datetime) else day


def _twelve_hours(moment: dt.time | dt.datetime) -> str:
    return f"{moment.hour % 12 or 12}:{moment:%M}{'pm' if moment.hour >= _NOON else 'am'}"


def end_time(end: dt.datetime | None, start: dt.datetime, *, bare: bool = False) -> str:
    """When what began at `start` ends: "3:00pm", "midnight", "12:30am the next day", or with the date where it goes on
    longer; `bare` without the zone's letters. For what is shown beside its start."""
    if not end:
        return ""
    begun, ended = _local(start), _local(end)
    assert isinstance(begun, dt.datetime)  # noqa: S101  what has an end has hours
    assert isinstance(ended, dt.datetime)  # noqa: S101
    told, days = _twelve_hours(ended) if bare else clock_time(end), (ended.date() - begun.date()).days
    if days == 1 and ended.time() == dt.time.min:
        return _("midnight")
    if days == 1:
        return _("%(time)s the next day") % {"time": told}
    return _("%(time)s on %(day)s") % {"time": told, "day": long_date(end)} if days > 1 else told


def from_to(start: object, end: object) -> str:
    """ "9:00am to 9:30am", "Wed 6 Aug to Fri 8 Aug": a beginning and an end that are said already."""
    return _("%(start)s to %(end)s") % {"start": start, "end": end}


def hours_words(starts: dt.time, ends: dt.time) -> str:
    """ "09:00 to 12:00", "22:00 to 02:00 the next day", as they are typed; an end at midnight is 00:00."""
    start, end = f"{starts:%H:%M}", f"{ends:%H:%M}"
    if cross_midnight(starts, ends):
        return _("%(start)s to %(end)s the next day") % {"start": start, "end": end}
    return from_to(start, end)


def after_midnight(end: dt.datetime, start: dt.datetime) -> str:
    """The end of what goes on after the midnight of the day it began on, "12:30am the next day"; else nothing."""
    told = end_time(end, start)
    return told if told not in (clock_time(end), _("midnight")) else ""


def _comes_twice(moment: dt.datetime) -> bool:
    """Whether the clock shows this time of day twice on this day (PEP 495)."""
    return moment.utcoffset() != moment.replace(fold=not moment.fold).utcoffset()


def iso(value: dt.date | dt.datetime | None) -> str:
    """For `<time datetime>`: ISO 8601, instants with their offset and to the second (HTML knows three digits more)."""
    if not value:
        return ""
    local = _local(value)
    return local.isoformat(timespec="seconds") if isinstance(local, dt.datetime) else local.isoformat()


def money(cents: int | Literal[""] | None, currency: str = "") -> str:
    """Integer cents as "£1,250.00", in `settings.CURRENCY` unless said; a code without a sign of its own stands
    behind."""
    if cents is None or cents == "":
        return ""
    code = currency or settings.CURRENCY
    amount = from_cents(cents, code)
    sign, figure = ("-" if amount < 0 else ""), f"{abs(amount):,.{places(code)}f}"
    symbol = _SYMBOLS.get(code)
    return f"{sign}{symbol}{figure}" if symbol else f"{sign}{figure} {code}"


def initials(name: str) -> str:
    """At most two letters for an avatar, first and last word, titles left out: "Dr Ada Byron" is "AB"."""
    words = split_title(str(name))[1].split()
    ends = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in ends).upper()


def stars(rating: float | Decimal | None) -> list[str]:
    """Five icon names for a rating from 0 to 5, to the nearest half star."""
    halves = round(float(rating or 0) * 2)
    return ["star-fill" if halves >= 2 * n else "star-half" if halves == 2 * n - 1 else "star" for n in range(1, 6)]


def in_fours(text: str) -> str:
    """ "JBSW Y3DP": a code in groups that an eye can hold."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
