"""Telling a worker that something is due. Best effort: the beat task finds what a lost wake-up left behind."""

from __future__ import annotations

import logging
import time

from django.conf import settings

logger = logging.getLogger(__name__)

_QUIET_SECONDS = 10.0
_quiet_until = 0.0


def wake_workers() -> None:
    """Tell Celery. A broker that is away costs one short try, then nothing for ten seconds; never an error."""
    global _quiet_until  # noqa: PLW0603  one small memory per process, so that no request after the first waits
    if not settings.OUTBOX_WAKES_WORKERS or time.monotonic() < _quiet_until:
        return
    from integrations.tasks import drain_outbox  # noqa: PLC0415  tasks import services, which import this

    try:
        drain_outbox.apply_async(retry=False, ignore_result=True)
    except Exception as error:
        _quiet_until = time.monotonic() + _QUIET_SECONDS
        logger.warning("The job broker is away (%s); the next sweep delivers.", type(error).__name__)
