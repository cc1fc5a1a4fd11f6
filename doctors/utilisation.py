"""What was offered, and what of it was used: the one rule of the figures and the monthly reports (docs/figures.md).

Offered is every time that starts in a stretch and is booked, or free and neither closed by the doctor's own calendar
nor in time off or a closure. Booked is every one whose appointment is still to come, has been kept or was missed; a
cancelled or moved appointment has given its time back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from core.intervals import overlapping
from doctors.choices import SlotState
from doctors.models import Closure, DoctorProfile, Slot, SlotQuerySet, TimeOff

_LENGTH = F("ends_at") - F("starts_at")
#: For `annotate`, on times as `open_or_booked` finds them.
SUMS = {"offered": Sum(_LENGTH), "booked": Sum(_LENGTH, filter=Q(state=SlotState.BOOKED))}
_MINUTE = timedelta(minutes=1)

SlotTime = tuple[int, datetime, timedelta]  # its doctor, when it starts, how long it is


@dataclass(frozen=True, slots=True)
class Use:
    """Minutes offered, and of those booked."""

    offered: int = 0
    booked: int = 0

    @property
    def share(self) -> float | None:
        """0 to 1; None when nothing was offered: that is no utilisation of 0 %."""
        return self.booked / self.offered if self.offered else None

    def __add__(self, other: Use) -> Use:
        return Use(self.offered + other.offered, self.booked + other.booked)


def use_by_doctor(doctors: QuerySet[DoctorProfile], start: datetime, end: datetime) -> dict[int, Use]:
    """By the doctor's key; who offered nothing is left out. Of the instants [start, end). Four statements at most."""
    times = open_or_booked(doctors, start, end)
    return use_of(times, unavailable(times, doctors, start, end))


def open_or_booked(doctors: QuerySet[DoctorProfile], start: datetime, end: datetime) -> SlotQuerySet:
    """The times of [start, end), those in time off or a closure still among them: see `unavailable`."""
    found = Q(state=SlotState.BOOKED) | Q(closed_by_calendar=False)
    return SlotQuerySet(Slot).within(start, end).filter(found, doctor__in=doctors.values("pk")).order_by()


def use_of(times: SlotQuerySet, away: Iterable[SlotTime]) -> dict[int, Use]:
    """By doctor, with what is `unavailable` taken off. One statement."""
    less = minutes_by((doctor, length) for doctor, _, length in away)
    sums = times.values_list("doctor").annotate(**SUMS)
    uses = {doctor: use_from(offered, booked, less[doctor]) for doctor, offered, booked in sums}
    return {doctor: use for doctor, use in uses.items() if use.offered}


def use_from(offered: timedelta, booked: timedelta | None, less: int) -> Use:
    return Use(offered // _MINUTE - less, (booked or timedelta()) // _MINUTE)


def unavailable(
    times: SlotQuerySet, doctors: QuerySet[DoctorProfile], start: datetime, end: datetime
) -> list[SlotTime]:
    """Free times in the way of time off or a closure, each once. Three statements at most.

    Few are left: what had not begun was taken out of the diary when the time off was entered. So they are looked up
    from that side, and taken off the sums, instead of asking every time of the diary.
    """
    meanwhile = overlapping(start, end)
    slot = "doctor__slots__"
    hit = overlapping(F("starts_at"), F("ends_at"), of="doctor__slots")
    of_these = {
        f"{slot}state": SlotState.FREE,
        f"{slot}closed_by_calendar": False,
        f"{slot}starts_at__gte": start,
    }
    off = TimeOff.objects.filter(Q(**{f"{slot}starts_at__lt": end}), meanwhile, hit, **of_these, doctor__in=doctors)
    facts = ("pk", "doctor", "starts_at", "ends_at")
    found = set(off.order_by().values_list(*(f"doctor__slots__{name}" for name in facts)))
    closed = Q()
    for starts_at, ends_at in Closure.objects.filter(meanwhile).values_list("starts_at", "ends_at"):
        closed |= overlapping(starts_at, ends_at)
    if closed:
        found |= set(times.filter(closed, state=SlotState.FREE).values_list(*facts))
    return _times(found)


def _times(rows: Iterable[tuple[UUID, int, datetime, datetime]]) -> list[SlotTime]:
    return [(doctor, starts_at, ends_at - starts_at) for _, doctor, starts_at, ends_at in rows]


def minutes_by(lengths: Iterable[tuple[Any, timedelta]]) -> Counter[Any]:
    """Minutes by whatever they are of."""
    total: Counter[Any] = Counter()
    for key, length in lengths:
        total[key] += length // _MINUTE
    return total
