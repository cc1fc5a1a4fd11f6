"""What Celery runs for bookings. Each may run twice, late or never without harm."""

from __future__ import annotations

from celery import shared_task

from bookings import reminders
from core import clock


@shared_task(ignore_result=True)
def remind_of_tomorrow() -> int:
    """Every five minutes: the service decides by the hospital's clock what is due."""
    return reminders.remind(now=clock.now())
