"""What Celery runs for records. May run twice, late or never without harm."""

from __future__ import annotations

from celery import shared_task

from clinical.comparison import compare_reads as compare
from core import clock


@shared_task(ignore_result=True)
def compare_reads() -> int:
    """Every night: answers that showed a record against the rows of who read them."""
    return compare(now=clock.now())
