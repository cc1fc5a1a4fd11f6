"""Filling the sample diaries, a window of working days ahead, run after run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from core.clock import hospital_day
from doctors.models import DoctorProfile, Slot
from doctors.services import create_slots
from sample_data import diary
from sample_data.cast import JOINED_BEFORE
from sample_data.diary import Times
from sample_data.past_days import DAYS
from sample_data.people import DemoDoctor
from sample_data.visits import BEGUN_AT_LEAST, FREE_LEFT

_LOOKED_BACK = 5  # working days


def zone() -> ZoneInfo:
    """The hospital's zone."""
    return ZoneInfo(settings.TIME_ZONE)


def slots_around(now: datetime) -> dict[int, list[Slot]]:
    """The times of every doctor from a few working days ago on, by doctor: one query for all diaries."""
    start = diary.at(diary.working_day(hospital_day(now), -_LOOKED_BACK), "00:00", zone())
    found: dict[int, list[Slot]] = {}
    for slot in Slot.objects.filter(starts_at__gte=start):
        found.setdefault(slot.doctor_id, []).append(slot)
    return found


def fill_diary(person: DemoDoctor, doctor: DoctorProfile, slots: Sequence[Slot], *, now: datetime) -> int:
    """Times for today and the working days ahead, where a day has no free one. Says how many were added.

    A diary still empty also gets its last four weeks, for the figures.
    """
    today = hospital_day(now)
    is_new = person.is_approved and not slots
    past = [diary.working_day(today, -distance) for distance in range(1, DAYS + 1)] if is_new else []
    served = {hospital_day(slot.starts_at) for slot in slots if slot.is_free}
    days = [day for day in (*past, today, *diary.coming_working_days(today)) if day not in served]
    wanted = [times for day in days for times in _times_of(person, day, today=today)]
    taken = [(slot.starts_at, slot.ends_at) for slot in slots]
    added = list(diary.fitting(wanted, taken))
    if person.is_open_today:
        added += _early_times([*taken, *added], now=now)
        added += _late_times(slots, [*taken, *added], now=now)
    return offer(doctor, added, now=now)


def _times_of(person: DemoDoctor, day: date, *, today: date) -> list[Times]:
    if person.hours is None:
        return []
    works = day.weekday() in person.hours.weekdays or (person.is_open_today and day == today)
    return diary.times_of_day(person.hours, day, zone()) if works else []


def _early_times(diary_now: Sequence[Times], *, now: datetime) -> list[Times]:
    """With few times of today begun, half hours before now until enough are; from midnight on at most."""
    today = hospital_day(now)
    begun = [start for start, _ in diary_now if start <= now and hospital_day(start) == today]
    extra = list(diary.fitting(diary.early_times(today, zone(), now=now), diary_now))
    return extra[: max(0, BEGUN_AT_LEAST - len(begun))]


def _late_times(slots: Sequence[Slot], diary_now: Sequence[Times], *, now: datetime) -> list[Times]:
    """With few free times left today, half hours until enough are; until midnight at most."""
    today = hospital_day(now)
    held = {slot.starts_at for slot in slots if not slot.is_free}
    free = [start for start, _ in diary_now if start > now and hospital_day(start) == today and start not in held]
    if len(free) >= FREE_LEFT:
        return []
    extra = list(diary.fitting(diary.late_times(today, zone(), now=now), diary_now))
    return extra[: 2 * FREE_LEFT - len(free)]


def offer(doctor: DoctorProfile, times: Iterable[Times], *, now: datetime) -> int:
    """Put `times` into the diary as if that had been done long ago, so that some may lie in the past."""
    wanted = list(times)
    if wanted:
        create_slots(doctor=doctor, times=wanted, now=now - JOINED_BEFORE)
    return len(wanted)
