"""The words and tabs of the two lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.choices import Status
from bookings.presenters import Tab, day_words
from bookings.selectors import WhenList

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_LISTS: dict[str, WhenList] = {"upcoming": "upcoming", "past": "past", "cancelled": "cancelled"}
_LABELS = {"upcoming": gettext_lazy("Upcoming"), "past": gettext_lazy("Past"), "cancelled": gettext_lazy("Cancelled")}
NO_SUCH_LIST = gettext_lazy("We don’t have that list. These are your upcoming appointments.")


def list_named(asked: str) -> WhenList:
    """The list of `?when=`; the upcoming one when there is none of that name."""
    return _LISTS.get(asked, "upcoming")


def patient_tabs(current: WhenList, counts: Mapping[str, int]) -> list[Tab]:
    """The three lists and how many appointments each holds."""
    address = reverse("bookings:patient_list")
    return [Tab(str(_LABELS[name]), f"{address}?when={name}", name == current, counts[name]) for name in _LISTS]


@dataclass(frozen=True, slots=True)
class EmptyWords:
    title: StrOrPromise
    text: StrOrPromise


_EMPTY = {
    "upcoming": EmptyWords(
        gettext_lazy("No upcoming appointments"), gettext_lazy("Find a doctor and choose a time that suits you.")
    ),
    "past": EmptyWords(
        gettext_lazy("No past appointments"), gettext_lazy("Your past appointments will be listed here.")
    ),
    "cancelled": EmptyWords(
        gettext_lazy("No cancelled appointments"), gettext_lazy("Cancelled appointments will be listed here.")
    ),
}


def empty_words(when: WhenList) -> EmptyWords:
    return _EMPTY[when]


def shortcut_tabs(status: str, first: date | None, last: date | None, today: date) -> list[Tab]:
    """The filters a doctor needs every day, as links one can keep."""
    address = reverse("bookings:doctor_list")
    shortcuts: list[tuple[str, dict[str, str], tuple[str, date | None, date | None]]] = [
        (_("All"), {}, ("", None, None)),
        (_("Today"), {"from": "today", "to": "today"}, ("", today, today)),
        (_("From today"), {"from": "today"}, ("", today, None)),
        (_("Waiting for you to confirm"), {"status": Status.PENDING}, (Status.PENDING, None, None)),
    ]
    return [
        Tab(label, f"{address}?{urlencode(query)}" if query else address, (status, first, last) == chosen)
        for label, query, chosen in shortcuts
    ]


def list_title(only_day: date | None, today: date) -> str:
    """The heading: the day when the list is of one, for a printed page must say which."""
    return day_words(only_day, today) if only_day else _("Appointments")
