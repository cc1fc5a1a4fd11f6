"""The calendar above a list of the admin, from its first day to its last.

Django's own asks the database on which days there is something, which reads every row of the list. This one asks for
the earliest and the latest, which an index knows, and offers what lies between.
"""

from __future__ import annotations

import calendar
from datetime import date, datetime
from typing import Any

from django import template
from django.db.models import Max, Min, QuerySet
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

register = template.Library()

Choice = dict[str, str]


@register.inclusion_tag("admin/date_hierarchy.html")
def days_of(cl: Any) -> dict[str, Any]:
    """Years, the months of the chosen one, or the days of the chosen month."""
    bounds = QuerySet(cl.model).aggregate(first=Min(cl.date_hierarchy), last=Max(cl.date_hierarchy))
    if bounds["first"] is None:
        return {"show": False}
    first, last = _day(bounds["first"]), _day(bounds["last"])
    chosen = {part: int(cl.params[key]) for part in ("year", "month", "day") if (key := _key(cl, part)) in cl.params}
    if "day" in chosen:
        return _one_day(cl, **chosen)
    if "month" in chosen:
        return {"show": True, "back": _back(cl, year=chosen["year"]), "choices": _days(cl, first, last, **chosen)}
    if "year" in chosen:
        return {"show": True, "back": _back(cl), "choices": _months(cl, first, last, chosen["year"])}
    if first.year == last.year:
        return {"show": True, "choices": _months(cl, first, last, first.year)}
    years = range(first.year, last.year + 1)
    return {"show": True, "choices": [{"link": _link(cl, year=year), "title": str(year)} for year in years]}


def _one_day(cl: Any, year: int, month: int, day: int) -> dict[str, Any]:
    back = {"link": _link(cl, year=year, month=month), "title": f"{MONTHS[month]} {year}"}
    return {"show": True, "back": back, "choices": [{"title": f"{day} {MONTHS[month]}"}]}


def _days(cl: Any, first: date, last: date, year: int, month: int) -> list[Choice]:
    days = (date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1))
    return [
        {"link": _link(cl, year=year, month=month, day=found.day), "title": f"{found.day} {MONTHS[month]}"}
        for found in days
        if first <= found <= last
    ]


def _months(cl: Any, first: date, last: date, year: int) -> list[Choice]:
    return [
        {"link": _link(cl, year=year, month=month), "title": f"{MONTHS[month]} {year}"}
        for month in MONTHS
        if (first.year, first.month) <= (year, month) <= (last.year, last.month)
    ]


def _back(cl: Any, **to: int) -> Choice:
    return {"link": _link(cl, **to), "title": str(to["year"]) if to else _("All dates")}


def _link(cl: Any, **parts: int) -> str:
    asked = {_key(cl, part): str(value) for part, value in parts.items()}
    return str(cl.get_query_string(asked, [f"{cl.date_hierarchy}__"]))


def _key(cl: Any, part: str) -> str:
    return f"{cl.date_hierarchy}__{part}"


def _day(moment: datetime | date) -> date:
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
