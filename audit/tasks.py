"""What Celery runs for the audit trail."""

from __future__ import annotations

from celery import shared_task

from audit import suppression
from core import clock


@shared_task(ignore_result=True)
def tell_of_suppressed() -> int:
    """Every quarter of an hour: how many refusals were not written down, of which kind and from where."""
    return suppression.tell(now=clock.now())
