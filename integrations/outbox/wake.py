"""Telling a worker that something is due. Best effort: the beat task finds what a lost wake-up left behind."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from threading import Lock, Thread

from celery import current_app
from django.conf import settings
from kombu.pools import producers

from integrations.choices import Channel

logger = logging.getLogger(__name__)

_PATIENCE_SECONDS = 1
_QUIET_SECONDS = 10.0
# Whoever wakes a worker that was woken just now says nothing new: it looks for all there is.
_PAUSE_SECONDS = 0.25

# After this a wake-up says nothing that the sweeps have not seen by themselves.
EXPIRES_SECONDS = 30

DELIVER: Mapping[str, str] = {
    Channel.EMAIL: "integrations.tasks.deliver_email",
    Channel.GOOGLE: "integrations.tasks.deliver_to_calendars",
}


def wake_workers(task: str, *args: int) -> None:
    """Have Celery told, at once or a quarter of a second after the last time. Waits for nothing, raises nothing.

    The `task` goes by its name, with `args`: one that harms nobody when it is lost, late or run twice.
    """
    if settings.OUTBOX_WAKES_WORKERS:
        waker.wake(task, args)


class Waker:
    """Tells the broker in a thread of its own, so that no request waits for it. The thread ends when all is told; a
    process that ends waits until then."""

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = Lock()
        self._asked: dict[tuple[str, tuple[int, ...]], None] = {}  # in order, each once
        self._thread: Thread | None = None
        self.quiet_until = 0.0

    def wake(self, task: str, args: tuple[int, ...]) -> None:
        with self._lock:
            self._asked[task, args] = None
            if self._thread is None:
                thread = Thread(target=self._tell, name="waker")
                try:
                    thread.start()
                except RuntimeError as error:  # no more threads, or the end of the process
                    logger.warning("Nobody is woken (%s); the next sweep delivers.", error)
                else:
                    self._thread = thread

    def join(self) -> None:
        """Until all that was asked for so far has been told."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _tell(self) -> None:
        while True:
            with self._lock:
                asked, self._asked = list(self._asked), {}
                if not asked:
                    self._thread = None
                    return
            for task, args in asked:
                self._publish(task, args)
            time.sleep(_PAUSE_SECONDS)

    def _publish(self, task: str, args: tuple[int, ...]) -> None:
        """A broker that is away costs one short try, then nothing for ten seconds."""
        if time.monotonic() < self.quiet_until:
            return
        try:
            _publish(task, args)
        except Exception as error:
            self.quiet_until = time.monotonic() + _QUIET_SECONDS
            logger.warning("The job broker is away (%s); the next sweep delivers.", type(error).__name__)


waker = Waker()


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
