"""Time off: what it may be, and what can become of the appointments it hits (B6). Pure decisions on plain values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bookings.choices import Status
from bookings.models import Booking
from core.errors import DomainError
from core.intervals import Interval, are_hours, hours_on, overlaps_any
from doctors.models import Slot

Key = TypeVar("Key", bound=Hashable)

LONGEST = timedelta(days=366)
FURTHEST_AHEAD = timedelta(days=730)
TIMES_OFFERED = 3


class InvalidTimeOff(DomainError):
    """Time off that can't be; `field` names the answer to mend: first_day, start, last_day or end."""

    status = 422

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class TimeOffDecision(StrEnum):
    """What becomes of an appointment that time off hits."""

    KEEP = "keep"
    CANCEL = "cancel"
    OFFER = "offer"


def stretch(
    *, first_day: date, start: time | None, last_day: date, end: time | None, zone: ZoneInfo, now: datetime
) -> Interval:
    """The instants from `start` on the first day to `end` on the last; without hours the whole days, in `zone`.

    An end of midnight, like none at all, is the end of the last day. Of one day, hours whose end isn't after their
    start go on into the next (core/intervals.py). A moment the clocks skip is taken as the one after it; of a
    start that they show twice the first is meant, of an end the last: nothing of it is left open.
    Raises InvalidTimeOff.
    """
    if last_day < first_day:
        raise InvalidTimeOff("last_day", _("The last day must not be before the first."))
    starts, until = start or time.min, end or time.min
    if first_day == last_day:
        if not are_hours(starts, until):
            raise InvalidTimeOff("end", _("The end must differ from the start."))
        wall = hours_on(first_day, starts, until)
    else:
        last = last_day + timedelta(days=until == time.min)
        wall = datetime.combine(first_day, starts), datetime.combine(last, until)
    begins = wall[0].replace(tzinfo=zone).astimezone(UTC)
    ends = max(wall[1].replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if ends <= begins:
        raise InvalidTimeOff("end", _("The clocks change then, so there’s no time left between. Choose another end."))
    if ends <= now:
        raise InvalidTimeOff("last_day", _("This has already passed. Choose a day from today on."))
    if begins > now + FURTHEST_AHEAD:
        raise InvalidTimeOff("first_day", _("Choose a day within the next two years."))
    if ends - begins > LONGEST:
        raise InvalidTimeOff("last_day", _("Time off can be at most a year long. Add the rest afterwards."))
    return begins, ends


def choices_for(status: Status, *, can_offer: bool) -> list[TimeOffDecision]:
    """A patient who is here already can only be kept; others can be offered times when there are any."""
    if status == Status.CHECKED_IN:
        return [TimeOffDecision.KEEP]
    return (
        [TimeOffDecision.KEEP, TimeOffDecision.CANCEL, TimeOffDecision.OFFER]
        if can_offer
        else [TimeOffDecision.KEEP, TimeOffDecision.CANCEL]
    )


@dataclass(frozen=True, slots=True)
class AffectedBooking:
    """An appointment in need of other times; `busy` are the patient's other appointments."""

    interval: Interval
    busy: Sequence[Interval] = ()


def assign_alternatives(hits: Mapping[Key, AffectedBooking], free: Sequence[Interval]) -> dict[Key, list[Interval]]:
    """Up to three of the `free` times for each of `hits`, none twice: the next ones after the appointment itself,
    then the last ones before it; none while the patient is elsewhere."""
    left = sorted(free)
    shares: dict[Key, list[Interval]] = {}
    for key, hit in sorted(hits.items(), key=lambda item: item[1].interval):
        later = [interval for interval in left if interval[0] >= hit.interval[0]]
        earlier = [interval for interval in reversed(left) if interval[0] < hit.interval[0]]
        suiting = [interval for interval in [*later, *earlier] if not overlaps_any(interval, hit.busy)]
        shares[key] = sorted(suiting[:TIMES_OFFERED])
        left = [interval for interval in left if interval not in shares[key]]
    return shares


@dataclass(frozen=True, slots=True)
class TimeOffPreview:
    """What time off meets in the diary: appointments, the times each could be offered, free times that go."""

    bookings: list[Booking]
    offers: dict[int, list[Slot]]
    free_count: int
    held_count: int
