"""The words and tabs of the two lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from bookings.choices import Status
from bookings.presenters import Tab, day_words
from bookings.selectors import WhenList

_LISTS: dict[str, WhenList] = {"upcoming": "upcoming", "past": "past", "cancelled": "cancelled"}
_LABELS = {"upcoming": "Upcoming", "past": "Past", "cancelled": "Cancelled"}
NO_SUCH_LIST = "There is no such list. These are your upcoming appointments."


def list_named(asked: str) -> WhenList:
    """The list of `?when=`; the upcoming one when there is none of that name."""
    return _LISTS.get(asked, "upcoming")


def patient_tabs(current: WhenList, counts: Mapping[str, int]) -> list[Tab]:
    """The three lists and how many appointments each holds."""
    address = reverse("bookings:patient_list")
    return [Tab(_LABELS[name], f"{address}?when={name}", name == current, counts[name]) for name in _LISTS]


@dataclass(frozen=True, slots=True)
class EmptyWords:
    title: str
    text: str


_EMPTY = {
    "upcoming": EmptyWords("No upcoming appointments", "Find a doctor and choose a time that suits you."),
    "past": EmptyWords("No past appointments", "Appointments stand here once they are over."),
    "cancelled": EmptyWords("No cancelled appointments", "Appointments you or the hospital cancel stand here."),
}


def empty_words(when: WhenList) -> EmptyWords:
    return _EMPTY[when]


def shortcut_tabs(status: str, first: date | None, last: date | None, today: date) -> list[Tab]:
    """The filters a doctor needs every day, as links one can keep."""
    address = reverse("bookings:doctor_list")
    shortcuts: list[tuple[str, dict[str, str], tuple[str, date | None, date | None]]] = [
        ("All", {}, ("", None, None)),
        ("Today", {"from": "today", "to": "today"}, ("", today, today)),
        ("From today", {"from": "today"}, ("", today, None)),
        ("Waiting for you", {"status": Status.PENDING}, (Status.PENDING, None, None)),
    ]
    return [
        Tab(label, f"{address}?{urlencode(query)}" if query else address, (status, first, last) == chosen)
        for label, query, chosen in shortcuts
    ]


def list_title(only_day: date | None, today: date) -> str:
    """The heading: the day when the list is of one, for a printed page must say which."""
    return day_words(only_day, today) if only_day else "Appointments"
