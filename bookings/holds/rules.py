"""Who gets a freed time, and for how long: pure decisions, given `now` and plain values (C9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from uuid import UUID

from django.utils.translation import ngettext

from bookings.rules import LimitReached
from core.intervals import interval_of, overlaps_any

# Less than this to read a mail and answer it is no offer.
SHORTEST_HOLD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class TimePreference:
    """Which times would suit: days and hours of the hospital's clock, both ends included, weekdays Monday 0.

    Hours from late until early, as 20:00 to 02:00, are a night's, which belongs to the day on which it begins.
    """

    first_day: date
    last_day: date
    weekdays: frozenset[int]
    earliest: time
    latest: time

    def suits(self, begins: datetime) -> bool:
        """`begins` as the hospital's clock shows it."""
        day, hour = begins.date(), begins.time()
        if self.goes_on_after_midnight:
            if self.latest < hour < self.earliest:
                return False
            day -= timedelta(days=hour <= self.latest)
        elif not self.earliest <= hour <= self.latest:
            return False
        return self.first_day <= day <= self.last_day and day.weekday() in self.weekdays

    @property
    def goes_on_after_midnight(self) -> bool:
        return self.latest < self.earliest

    @property
    def last_date(self) -> date:
        """The date of the last times that can suit: that of the morning after the last night, too."""
        return self.last_day + timedelta(days=self.goes_on_after_midnight)


@dataclass(frozen=True, slots=True)
class FreedSlot:
    """A time that has become free; `local` is its beginning on the hospital's clock."""

    key: UUID
    starts_at: datetime
    ends_at: datetime
    local: datetime


@dataclass(frozen=True, slots=True)
class WaitingPatient:
    """Somebody in the queue, as things stand now."""

    key: UUID
    wish: TimePreference
    has_offer: bool
    had: frozenset[UUID]
    busy: Sequence[tuple[datetime, datetime]]
    booked_at: datetime | None

    def can_have(self, freed: FreedSlot) -> bool:
        """Suits, was not refused before, the patient is free then, and it is earlier than what they have booked."""
        return (
            not self.has_offer
            and freed.key not in self.had
            and self.wish.suits(freed.local)
            and (self.booked_at is None or freed.starts_at < self.booked_at)
            and not overlaps_any(interval_of(freed), self.busy)
        )


def check_can_wait(waits: int, *, most: int, phone: str) -> None:
    """One more waiting list for a patient who stands on `waits`. Raises LimitReached."""
    if waits >= most:
        message = ngettext(
            "You’re already on %(count)d waiting list. Leave it first, or call us on %(phone)s.",
            "You’re already on %(count)d waiting lists. Leave one first, or call us on %(phone)s.",
            waits,
        )
        raise LimitReached(message % {"count": waits, "phone": phone})


def assign_slots(times: Iterable[FreedSlot], queue: Sequence[WaitingPatient]) -> Mapping[UUID, UUID]:
    """For each time the first of the queue who can have it, nobody two; the earliest times first."""
    served: set[UUID] = set()
    shares: dict[UUID, UUID] = {}
    for freed in sorted(times, key=lambda one: (one.starts_at, one.key)):
        taker = next(
            (candidate for candidate in queue if candidate.key not in served and candidate.can_have(freed)), None
        )
        if taker is not None:
            served.add(taker.key)
            shares[freed.key] = taker.key
    return shares


@dataclass(frozen=True, slots=True)
class WakingHours:
    """The hours of a clock in which people read their mail: from one full hour until another (24: midnight)."""

    first: int
    last: int
    zone: tzinfo

    def after(self, lasts: timedelta, now: datetime) -> datetime:
        """The end of `lasts` from `now` on, counted in these hours alone. An instant in UTC."""
        moment, day = now, now.astimezone(self.zone).date()
        while True:
            begins, ends = self._on(day, self.first), self._on(day, self.last)
            moment = max(moment, begins)
            if moment + lasts <= ends:
                return moment + lasts
            lasts -= max(ends - moment, timedelta(0))
            day += timedelta(days=1)

    def _on(self, day: date, hour: int) -> datetime:
        # Instants are compared in UTC: on a day of 23 or 25 hours, wall clocks would count the wrong ones.
        midnight = datetime.combine(day + timedelta(days=hour // 24), time(hour % 24), self.zone)
        return midnight.astimezone(UTC)


def held_until(
    *, starts_at: datetime, min_notice: timedelta, lasts: timedelta, waking: WakingHours, now: datetime
) -> datetime | None:
    """Until when a freed time is held; None when too little time is left before it can't be booked any more.

    At night the clock stands, unless the time is so near that it would be lost before anybody wakes.
    """
    latest = starts_at - min_notice
    until = waking.after(lasts, now)
    if until > latest:
        until = min(now + lasts, latest)
    return until if until - now >= SHORTEST_HOLD else None
