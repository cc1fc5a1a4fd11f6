"""Who leaves, and what becomes of their coming appointments (H3). Pure decisions on plain values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking
from core.clock import end_of_day, hospital_day
from core.errors import DomainError
from core.intervals import Interval, overlaps_any
from doctors.models import Slot

FURTHEST_AHEAD = timedelta(days=730)
Key = TypeVar("Key", bound=Hashable)
Time = TypeVar("Time", bound=Hashable)

# A doctor with more appointments to decide than this leaves on a later day: one transaction has its limits.
MOST_AT_ONCE = 300


class TooMany(DomainError):
    message = format_lazy(
        _(
            "There are more than {most} appointments to decide. Choose a later last day, "
            "or let the doctor take time off for a part of them first."
        ),
        most=MOST_AT_ONCE,
    )
    code = "too_many_appointments"


class PatientIsHere(DomainError):
    message = _("A patient is checked in with this doctor. Finish that visit first, or choose today as the last day.")


class AlreadyLeft(DomainError):
    message = _("This doctor has already left.")


class InvalidLastDay(DomainError):
    message = _("Choose a day from today on, within the next two years.")
    status = 422


class DepartureDecision(StrEnum):
    """What becomes of an appointment whose doctor leaves before it."""

    CANCEL = "cancel"
    COLLEAGUE = "colleague"


@dataclass(frozen=True, slots=True)
class DisplacedBooking:
    """An appointment in need of another doctor. `busy`: when its patient is elsewhere; `not_with`: the doctors whose
    waiting list they are on already."""

    interval: Interval
    busy: Sequence[Interval] = ()
    not_with: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ColleagueSlot:
    """A free time of a colleague."""

    interval: Interval
    doctor: int


def assign_colleagues(stranded: Mapping[Key, DisplacedBooking], free: Mapping[Time, ColleagueSlot]) -> dict[Key, Time]:
    """For each appointment one free time, none twice: the next after it, else the last before; at most one with each
    colleague for one who has none there yet. Whom nothing suits is not in the answer."""
    left, shares = dict(free), dict[Key, Time]()
    for key, one in sorted(stranded.items(), key=lambda item: item[1].interval):
        suiting = [time for time, offer in left.items() if _suits(offer, one)]
        if suiting:
            start = one.interval[0]
            shares[key] = min(suiting, key=lambda time: _distance(left[time].interval[0], start))
            del left[shares[key]]
    return shares


def _suits(offer: ColleagueSlot, one: DisplacedBooking) -> bool:
    return offer.doctor not in one.not_with and not overlaps_any(offer.interval, one.busy)


def _distance(offered: datetime, wanted: datetime) -> tuple[bool, float]:
    return offered < wanted, abs((offered - wanted).total_seconds())


@dataclass(frozen=True, slots=True)
class DeparturePreview:
    """What leaving would meet: the appointments to decide, those before, free times that go, who waits."""

    bookings: list[Booking]
    count: int
    with_colleague: dict[int, Slot]
    before: int
    unfinished: int
    free_count: int
    waiting: int


def leaves_at(last_day: date | None, now: datetime) -> datetime:
    """The first instant at which the doctor is gone. Raises InvalidLastDay."""
    if last_day is None:
        return now
    if not hospital_day(now) <= last_day <= hospital_day(now + FURTHEST_AHEAD):
        raise InvalidLastDay
    return end_of_day(last_day)
