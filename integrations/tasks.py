"""What Celery runs. Each task may run twice, late or never at all, and no message is lost or sent twice for it."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from integrations.outbox import delivery

DRAIN_SECONDS = 50


@shared_task(ignore_result=True)
def drain_outbox() -> int:
    """Deliver what is due. Woken after each commit, and swept every few seconds by beat."""
    return delivery.drain(seconds=DRAIN_SECONDS, per_second=settings.OUTBOX_PER_SECOND)
