"""Telling a worker that something is due. Best effort: the beat task finds what a lost wake-up left behind."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from celery import current_app
from django.conf import settings
from kombu.pools import producers

from integrations.choices import Channel

logger = logging.getLogger(__name__)

_PATIENCE_SECONDS = 1
_QUIET_SECONDS = 10.0
_quiet_until = 0.0


# After this a wake-up says nothing that the sweeps have not seen by themselves.
EXPIRES_SECONDS = 30

DELIVER: Mapping[str, str] = {
    Channel.EMAIL: "integrations.tasks.deliver_email",
    Channel.GOOGLE: "integrations.tasks.deliver_to_calendars",
}


def wake_workers(task: str, *args: int) -> None:
    """Tell Celery. A broker that is away costs one short try, then nothing for ten seconds; never an error.

    The `task` goes by its name, with `args`: one that harms nobody when it is lost, late or run twice.
    """
    global _quiet_until  # noqa: PLW0603  one small memory per process, so that no request after the first waits
    if not settings.OUTBOX_WAKES_WORKERS or time.monotonic() < _quiet_until:
        return
    try:
        _publish(task, args)
    except Exception as error:
        _quiet_until = time.monotonic() + _QUIET_SECONDS
        logger.warning("The job broker is away (%s); the next sweep delivers.", type(error).__name__)


def _publish(task: str, args: tuple[int, ...]) -> None:
    """One try over a connection of our own: `retry=False` alone leaves Celery trying to connect for six seconds."""
    connection = current_app.connection_for_write(
        connect_timeout=_PATIENCE_SECONDS,
        transport_options={
            **current_app.conf.broker_transport_options,
            "max_retries": 0,
            "socket_connect_timeout": _PATIENCE_SECONDS,
            "socket_timeout": _PATIENCE_SECONDS,
        },
    )
    with producers[connection].acquire(block=True, timeout=_PATIENCE_SECONDS) as producer:
        current_app.send_task(
            task, args=args, producer=producer, retry=False, ignore_result=True, expires=EXPIRES_SECONDS
        )
