"""What Celery runs for money. May run twice, late or never without harm."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from billing.services import sweep, visits
from core import clock

# How long ago an appointment began that the frequent run looks at; the night's looks at all.
LOOK_BACK = timedelta(days=35)
# How many a run settles: half a minute's, and the night's a quarter of an hour's.
MOST, MOST_AT_NIGHT = 500, 20_000


@shared_task(ignore_result=True)
def settle_visit(booking_id: int) -> None:
    """Woken after each commit in which an appointment ended or came back."""
    visits.settle_visit(booking_id=booking_id, now=clock.now())


@shared_task(ignore_result=True)
def settle_visits() -> int:
    """Every minute: what a lost wake-up left behind."""
    now = clock.now()
    return sweep.settle_visits(since=now - LOOK_BACK, most=MOST, now=now)


@shared_task(ignore_result=True)
def settle_all_visits() -> int:
    """Every night: the same, however long ago they were."""
    return sweep.settle_visits(since=None, most=MOST_AT_NIGHT, now=clock.now())
