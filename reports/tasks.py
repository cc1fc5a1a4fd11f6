"""What Celery runs for monthly reports. May run twice, late or never without harm."""

from __future__ import annotations

from celery import shared_task

from core import clock
from reports import services


@shared_task(ignore_result=True)
def make_monthly_reports() -> int:
    """Every quarter of an hour: the service decides by the hospital's clock what is due."""
    return services.make_reports(now=clock.now())
