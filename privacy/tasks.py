"""What Celery runs for personal data. Each may run twice, late or never without harm."""

from __future__ import annotations

from celery import shared_task

from core import clock
from privacy import erasure_list, purge, retention


@shared_task(ignore_result=True)
def erase_what_is_due() -> int:
    """Every night: records and invoices of erased people the law no longer asks to keep."""
    now = clock.now()
    return retention.erase_what_is_due(now=now) + retention.erase_invoices_due(now=now)


@shared_task(ignore_result=True)
def erase_messages() -> int:
    """Every ten minutes: what messages to erased people said, once the last has left."""
    return retention.erase_messages(now=clock.now())


@shared_task(ignore_result=True)
def keep_erasure_list() -> None:
    """Every hour: the list beside the backups, for what could not be written down at once."""
    erasure_list.keep()


@shared_task(ignore_result=True)
def purge_what_is_past() -> int:
    """Every night: sessions and cache rows that are over, what old messages said. Says how many there were of all."""
    gone = purge.purge(now=clock.now())
    return gone.sessions + gone.cached + gone.messages
