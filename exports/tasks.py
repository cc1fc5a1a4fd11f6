"""What Celery runs for exports. Each may run twice, late or never without harm."""

from __future__ import annotations

import time
from uuid import UUID

from celery import shared_task

from core import clock
from core.batches import process_each
from exports import selectors, services

RUN_SECONDS = 50


@shared_task(ignore_result=True)
def run_exports() -> int:
    """Make the files that are due, one after the other. Woken when one is asked for, and swept by beat: that finds what
    a lost wake-up or a dead worker left. Says how many are ready."""
    until = time.monotonic() + RUN_SECONDS

    def make(export_id: UUID) -> int:
        export = services.claim(export_id, now=clock.now()) if time.monotonic() < until else None
        return int(services.run(export)) if export else 0

    return process_each(selectors.due_exports(clock.now()), make, what="The export")


@shared_task(ignore_result=True)
def expire_exports() -> int:
    """Every night: files whose time is over, and rows of long ago. Says how many there were of both."""
    now = clock.now()
    return services.expire(now=now) + services.purge(now=now)
