"""Why are there no times? Reasons as codes, from plain facts (B7). Pure: no clock, no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.intervals import Interval

# Shorter time off, or one further ahead, is not why somebody finds nothing today.
LEAVE_LASTS = timedelta(hours=4)
LEAVE_BEGINS_WITHIN = timedelta(days=7)


class NoSlotsReason(StrEnum):
    """Why patients find no time of a doctor."""

    NOT_ACCEPTING = "NOT_ACCEPTING"
    LEAVE = "LEAVE"
    CLOSURE = "CLOSURE"
    NOTICE = "NOTICE"
    WINDOW = "WINDOW"
    FULL = "FULL"
    HOURS_BEGIN = "HOURS_BEGIN"
    NONE_OFFERED = "NONE_OFFERED"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is in a diary from now on. `offered`, `too_soon` and `taken` count times (taken: booked, or held for
    somebody); `window_opens` is when the first free time beyond the booking window can be booked, `hours_open` the day
    from which the first times of weekly hours can be that begin beyond the diary."""

    is_accepting: bool
    offered: int = 0
    too_soon: int = 0
    taken: int = 0
    window_opens: datetime | None = None
    away_until: datetime | None = None
    closed_until: datetime | None = None
    hours_open: date | None = None


@dataclass(frozen=True, slots=True)
class NoSlots:
    """A reason, and until when it stands, where that is known."""

    reason: NoSlotsReason
    until: datetime | date | None = None


def why_no_slots(facts: Facts) -> list[NoSlots]:
    """Every reason that holds, the one that explains most first; none when patients find times."""
    found = [] if facts.is_accepting else [NoSlots(NoSlotsReason.NOT_ACCEPTING)]
    if facts.offered:
        return found
    dated = (
        (NoSlotsReason.LEAVE, facts.away_until),
        (NoSlotsReason.CLOSURE, facts.closed_until),
        (NoSlotsReason.WINDOW, facts.window_opens),
    )
    found += [NoSlots(reason, until) for reason, until in dated if until]
    if facts.too_soon:
        found.append(NoSlots(NoSlotsReason.NOTICE))
    if facts.taken:
        found.append(NoSlots(NoSlotsReason.FULL))
    if facts.hours_open:
        found.append(NoSlots(NoSlotsReason.HOURS_BEGIN, facts.hours_open))
    return found or [NoSlots(NoSlotsReason.NONE_OFFERED)]


def away_until(stretches: Iterable[Interval], now: datetime) -> datetime | None:
    """The end of the time off that is running, or begins soon and is long; stretches end to end count as one."""
    end: datetime | None = None
    for start, until in sorted(stretches):
        if end is not None:
            if start <= end:
                end = max(end, until)
        elif start <= now < until or (now < start <= now + LEAVE_BEGINS_WITHIN and until - start >= LEAVE_LASTS):
            end = until
    return end
