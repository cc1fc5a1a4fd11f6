"""What Celery runs. Each task may run twice, late or never at all, and no message is lost or sent twice for it."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from core import clock
from integrations import delivery
from integrations.choices import Channel
from integrations.jobs import alarm

DRAIN_SECONDS = 50


@shared_task(ignore_result=True)
def deliver_email() -> int:
    """Hand over the e-mails that are due. Woken after each commit, and swept every few seconds by beat."""
    return _drain(Channel.EMAIL)


@shared_task(ignore_result=True)
def deliver_to_calendars() -> int:
    """The same for Google Calendar."""
    return _drain(Channel.GOOGLE)


def _drain(channel: Channel) -> int:
    return delivery.drain_channel(
        channel, seconds=DRAIN_SECONDS, per_second=settings.OUTBOX_PER_SECOND, threads=settings.OUTBOX_THREADS
    )


@shared_task(ignore_result=True)
def watch_jobs() -> int:
    """Every minute: a line in the log for each job and channel that is behind. Says how many."""
    return len(alarm.log_what_is_behind(now=clock.now()))
