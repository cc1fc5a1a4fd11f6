"""Why a doctor has no slots that can be booked now, from the database (B7)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min, Q, Value

from core.intervals import Interval
from doctors.choices import SlotState
from doctors.models import Closure, DoctorProfile, Slot, SlotQuerySet, TimeOff
from doctors.no_slots import rules as no_slots
from doctors.no_slots.rules import NoSlots
from doctors.schedule.selectors import openings_of, weekly_hours_of


def why_no_slots(doctor: DoctorProfile, now: datetime) -> list[NoSlots]:
    """Why patients find no time of the doctor at `now`; empty when they do. Two queries, or three."""
    policy = doctor.booking_policy
    free = Q(state=SlotState.FREE, closed_by_calendar=False) & (Q(held_until__isnull=True) | Q(held_until__lte=now))
    soon, far = Q(starts_at__lte=now + policy.min_notice), Q(starts_at__gt=now + policy.booking_window)
    ahead = (
        SlotQuerySet(Slot)
        .for_doctor(doctor)
        .future(now)
        .aggregate(
            offered=Count("pk", filter=free & ~soon & ~far),
            too_soon=Count("pk", filter=free & soon),
            taken=Count("pk", filter=~free),
            first_far=Min("starts_at", filter=free & far),
        )
    )
    first_far = ahead.pop("first_far")
    away, closed = _off_and_closed(doctor, now)
    later = [] if first_far or ahead["offered"] else openings_of(doctor, weekly_hours_of(doctor), now)
    return no_slots.why_no_slots(
        no_slots.Facts(
            is_accepting=doctor.is_accepting,
            window_opens=first_far - policy.booking_window if first_far else None,
            away_until=no_slots.away_until(away, now),
            closed_until=no_slots.away_until(closed, now),
            hours_open=min((opening.opens for opening in later), default=None),
            **ahead,
        )
    )


def _off_and_closed(doctor: DoctorProfile, now: datetime) -> tuple[list[Interval], list[Interval]]:
    """What is not over of the doctor's time off and of the hospital's closures. One query."""
    facts = "starts_at", "ends_at"
    own = TimeOff.objects.filter(doctor=doctor, ends_at__gt=now).order_by().values_list(Value(True), *facts)
    all_of_us = Closure.objects.filter(ends_at__gt=now).order_by().values_list(Value(False), *facts)
    rows = list(own.union(all_of_us, all=True))
    return [(start, end) for is_own, start, end in rows if is_own], [
        (start, end) for is_own, start, end in rows if not is_own
    ]
