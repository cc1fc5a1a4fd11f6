"""What Celery runs for doctors. Each may run twice, late or never without harm."""

from __future__ import annotations

from celery import shared_task

from core import clock
from doctors import busy_times
from doctors.schedule import services as schedule


@shared_task(ignore_result=True)
def fill_diaries() -> int:
    """Every night, and after a change that concerns everybody: weekly hours into times. Says how many it made."""
    return schedule.generate_all(now=clock.now()).created


@shared_task(ignore_result=True)
def look_at_busy_times() -> int:
    """Every ten minutes: free times close and open as their doctors' own calendars say. Says how many calendars."""
    return busy_times.look_at_all(now=clock.now())


@shared_task(ignore_result=True)
def look_at_busy_times_of(user_id: int) -> None:
    """When somebody is about to book and the last look is old: at one doctor's calendar."""
    busy_times.look_at_one(user_id, now=clock.now())
