"""The desk's day: doctors with who comes to them, counts, filters, and a mark by which a change is noticed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import User
from bookings.desk.arrival_status import COUNTED, ArrivalStatus, count_words
from bookings.desk.rows import DeskRow, fits, with_next
from bookings.models import Booking
from bookings.presenters import day_words
from core.clock import hospital_day
from core.formats import clock_time
from core.intervals import A_DAY
from doctors.models import DoctorProfile
from patients.presenters import names_apart
from patients.selectors import read_query


@dataclass(frozen=True, slots=True)
class Filters:
    """What the desk looks at. `department` and `doctor` are slugs, all empty for everything."""

    day: date
    query: str = ""
    department: str = ""
    doctor: str = ""
    standing: str = ""

    def address(self, name: str = "bookings:desk", **changes: str) -> str:
        """The page with these filters, but for `changes`."""
        kept = {"date": self.day.isoformat(), "q": self.query, "department": self.department}
        kept |= {"doctor": self.doctor, "status": self.standing} | changes
        query = {key: value for key, value in kept.items() if value}
        return f"{reverse(name)}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class CountLink:
    """One of the figures at the top; following it shows only those, following it again all."""

    standing: ArrivalStatus
    label: str
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class DoctorDay:
    slug: str
    name: str
    department: str
    place: str
    summary: str
    next_up: str
    rows: list[DeskRow]
    done: list[DeskRow]
    done_words: str


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    is_chosen: bool


class DeskPage:
    """The desk's day, `now`. `bookings` are those of the whole day: what is counted does not change with what is looked
    for."""

    def __init__(self, bookings: Sequence[Booking], viewer: User, filters: Filters, now: datetime) -> None:
        self._bookings = bookings
        self._today = hospital_day(now)
        self.filters, self.at = filters, now
        back, names = filters.address(), names_apart(booking.patient for booking in bookings)
        self._rows = [
            (booking, DeskRow(booking, viewer, now, day=filters.day, next_url=back, names=names))
            for booking in bookings
        ]
        self._shown = [(booking, row) for booking, row in self._rows if _is_wanted(booking, row, filters)]

    @cached_property
    def doctors(self) -> list[DoctorDay]:
        return _doctors([(booking, row) for booking, row in self._shown if row.standing != ArrivalStatus.CANCELLED])

    @property
    def label(self) -> str:
        return day_words(self.filters.day, self._today)

    @property
    def is_today(self) -> bool:
        return self.filters.day == self._today

    @property
    def before_url(self) -> str:
        return self._on(self.filters.day - A_DAY)

    @property
    def after_url(self) -> str:
        return self._on(self.filters.day + A_DAY)

    @property
    def today_url(self) -> str:
        return self.filters.address(date="")

    @cached_property
    def counts(self) -> list[CountLink]:
        return _counts([row for booking, row in self._rows if _is_of(booking, self.filters)], self.filters)

    @property
    def counts_words(self) -> str:
        return ", ".join(count_words(link.standing, link.count) for link in self.counts)

    @cached_property
    def cancelled(self) -> list[DeskRow]:
        return [row for _, row in self._shown if row.standing == ArrivalStatus.CANCELLED]

    @cached_property
    def choices(self) -> Mapping[str, list[Option]]:
        return _choices(self._bookings, self.filters)

    @property
    def is_empty_day(self) -> bool:
        return not self._bookings

    @property
    def is_filtered(self) -> bool:
        filters = self.filters
        return bool(filters.query or filters.department or filters.doctor or filters.standing)

    @property
    def clear_url(self) -> str:
        return Filters(self.filters.day).address()

    @property
    def elsewhere_url(self) -> str:
        query = self.filters.query
        return f"{reverse('bookings:desk_book')}?{urlencode({'q': query})}" if query else ""

    @cached_property
    def news(self) -> str:
        """Changes only when something happened, not when a minute passes."""
        return _digest([[row.key, row.standing, row.attention] for _, row in self._rows])

    @cached_property
    def version(self) -> str:
        """Changes with what is shown. Who is next follows from how they all stand."""
        marks = [[row.key, str(row.tag.label), row.attention] for _, row in self._rows]
        return f"{self.news}-{_digest([marks, self.filters])}"

    @property
    def refresh_url(self) -> str:
        asks = _asks_again(self.version, self.filters, self._today)
        return f"{self.filters.address('bookings:desk_board')}&{urlencode(asks)}"

    def _on(self, day: date) -> str:
        return self.filters.address(date=day.isoformat())


def _asks_again(version: str, filters: Filters, today: date) -> dict[str, str]:
    """A page of today says so: at midnight it is to go on to the new day."""
    return {"seen": version} | ({"today": today.isoformat()} if filters.day == today else {})


def has_news(seen: str, page: DeskPage) -> bool:
    """Whether anything but the minutes differs from the version an open page has."""
    return seen.partition("-")[0] != page.news


def _is_of(booking: Booking, filters: Filters) -> bool:
    doctor = booking.doctor
    return filters.department in {"", doctor.department.slug} and filters.doctor in {"", doctor.slug}


def _is_wanted(booking: Booking, row: DeskRow, filters: Filters) -> bool:
    if not _is_of(booking, filters) or filters.standing not in {"", row.standing}:
        return False
    return not filters.query or fits(row, read_query(filters.query), filters.query)


def _counts(rows: Iterable[DeskRow], filters: Filters) -> list[CountLink]:
    found = Counter(row.standing for row in rows)
    return [
        CountLink(
            standing=standing,
            label=str(standing.label),
            count=found[standing],
            url=filters.address(status="" if filters.standing == standing else standing.value),
            is_current=filters.standing == standing,
        )
        for standing in COUNTED
    ]


def _doctors(shown: Iterable[tuple[Booking, DeskRow]]) -> list[DoctorDay]:
    """By department, then by name."""
    by_doctor: dict[int, tuple[DoctorProfile, list[DeskRow]]] = {}
    for booking, row in shown:
        by_doctor.setdefault(booking.doctor_id, (booking.doctor, []))[1].append(row)
    ordered = sorted(by_doctor.values(), key=lambda one: (one[0].department.name, one[0].user.search_name, one[0].pk))
    return [_doctor_day(doctor, rows) for doctor, rows in ordered]


def _doctor_day(doctor: DoctorProfile, rows: list[DeskRow]) -> DoctorDay:
    marked = with_next(rows)
    following = next((row for row in marked if row.is_next), None)
    counts = Counter(row.standing for row in rows)
    return DoctorDay(
        slug=doctor.slug,
        name=doctor.display_name,
        department=doctor.department.name,
        place=doctor.room,
        summary=", ".join(count_words(standing, counts[standing]) for standing in COUNTED if counts[standing]),
        next_up=f"{following.name}, {clock_time(following.starts_at)}" if following else "",
        rows=[row for row in marked if not row.is_brief],
        done=[row for row in marked if row.is_brief],
        done_words=count_words(ArrivalStatus.DONE, counts[ArrivalStatus.DONE]),
    )


def _choices(bookings: Sequence[Booking], filters: Filters) -> dict[str, list[Option]]:
    """For the two lists of the filter: who and what has appointments on the day."""
    departments = {(booking.doctor.department.name, booking.doctor.department.slug) for booking in bookings}
    doctors = {(booking.doctor.display_name, booking.doctor.slug) for booking in bookings}
    return {
        "department": _options(departments, filters.department, gettext("All departments")),
        "doctor": _options(doctors, filters.doctor, gettext("All doctors")),
    }


def _options(known: Iterable[tuple[str, str]], chosen: str, everything: str) -> list[Option]:
    rows = [Option(value, label, value == chosen) for label, value in sorted(known)]
    return [Option("", everything, not chosen), *rows]


def _digest(facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]
