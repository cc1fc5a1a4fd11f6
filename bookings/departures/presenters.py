"""The words around a doctor's leaving (H3)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from bookings.departures.forms import ASKED_EACH
from bookings.departures.rules import MOST_AT_ONCE, DeparturePreview
from bookings.departures.services import DepartureResult
from core.formats import long_date

# Of none, and of some.
_COMING_NOW = (
    gettext_lazy("No appointments from now on."),
    ngettext_lazy(
        "%(count)s appointment from now on, to decide about below.",
        "%(count)s appointments from now on, to decide about below.",
        "count",
    ),
)
_COMING_AFTER = (
    gettext_lazy("No appointments after %(day)s."),
    ngettext_lazy(
        "%(count)s appointment after %(day)s, to decide about below.",
        "%(count)s appointments after %(day)s, to decide about below.",
        "count",
    ),
)
_BEFORE = (
    gettext_lazy("No appointments until then."),
    ngettext_lazy(
        "%(count)s appointment until then: not affected.", "%(count)s appointments until then: not affected.", "count"
    ),
)
_FREE_NOW = (
    gettext_lazy("No free times from now on."),
    ngettext_lazy(
        "%(count)s free time from now on will be removed from the diary.",
        "%(count)s free times from now on will be removed from the diary.",
        "count",
    ),
)
_FREE_AFTER = (
    gettext_lazy("No free times after %(day)s."),
    ngettext_lazy(
        "%(count)s free time after %(day)s will be removed from the diary.",
        "%(count)s free times after %(day)s will be removed from the diary.",
        "count",
    ),
)
_WAITING = ngettext_lazy(
    "%(count)s patient on the waiting list: we’ll tell them that it’s closed.",
    "%(count)s patients on the waiting list: we’ll tell them that it’s closed.",
    "count",
)
_UNFINISHED = ngettext_lazy(
    "%(count)s past appointment without an outcome: the desk can still record one.",
    "%(count)s past appointments without an outcome: the desk can still record one.",
    "count",
)
_CANCELLED = ngettext_lazy("%(count)s cancelled", "%(count)s cancelled", "count")
_OFFERED = ngettext_lazy(
    "%(count)s cancelled with a time held with a colleague",
    "%(count)s cancelled with a time held with a colleague",
    "count",
)
_CLOSED_NOW = gettext_lazy(
    "The account will be closed straight away: no sign-in, no calendar connection, not in the directory. "
    "All records are kept."
)
_CLOSED_AFTER = gettext_lazy(
    "The account will be closed the night after: no sign-in, no calendar connection, not in the directory. "
    "All records are kept."
)


def effect_words(effect: DeparturePreview, last_day: date | None) -> list[str]:
    """What saving does besides what is asked below."""
    day = long_date(last_day) if last_day else ""
    said = [_number(*(_COMING_AFTER if last_day else _COMING_NOW), effect.count, day)]
    if last_day:
        said.append(_number(*_BEFORE, effect.before, day))
    said.append(_number(*(_FREE_AFTER if last_day else _FREE_NOW), effect.free_count, day))
    if effect.waiting:
        said.append(_WAITING % {"count": effect.waiting})
    if effect.unfinished:
        said.append(_UNFINISHED % {"count": effect.unfinished})
    said.append(str(_CLOSED_AFTER if last_day else _CLOSED_NOW))
    if effect.count > ASKED_EACH:
        each = _("You can decide about the first %(most)s one by one. The rest will get the answer for all.")
        said.append(each % {"most": ASKED_EACH})
    if effect.count > MOST_AT_ONCE:
        said.append(_("There are more than %(most)s: choose a later last day.") % {"most": MOST_AT_ONCE})
    return said


def _number(none: Any, some: Any, number: int, day: str) -> str:
    words = some if number else none
    return str(words % {"count": number, "day": day})


def left_words(left: DepartureResult, name: str, last_day: date | None) -> str:
    """One line for after saving."""
    facts = {"name": name, "day": long_date(last_day) if last_day else ""}
    done = _("%(name)s has left.") if left.is_complete or last_day is None else _("%(name)s will leave on %(day)s.")
    told = ", ".join(
        str(words % {"count": count})
        for count, words in ((len(left.cancelled), _CANCELLED), (len(left.offered), _OFFERED))
        if count
    )
    return " ".join([done % facts, *([_("Appointments: %(what)s.") % {"what": told}] if told else [])])
