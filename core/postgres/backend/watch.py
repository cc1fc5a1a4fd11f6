"""What waits for the database, and until when.

`statement_timeout` is kept by the server: one that stands still keeps nothing. The kernel notices a machine that is
gone (`tcp_user_timeout`, hms_project/env.py), but not one that is frozen, nor a proxy in between that is. So one thread
of each process looks for what has waited too long and shuts that connection: the driver raises OperationalError, and
the person gets a 503 in place of nothing.
"""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LOOK_EVERY = 0.25  # seconds


class Watch:
    """Starts its thread in the process that waits: gunicorn forks."""

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[int, float]] = {}
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    @contextmanager
    def until(self, seconds: float, *, handle: int) -> Iterator[None]:
        """Shut the socket `handle` when the block takes longer."""
        # A handle of our own: the driver may close its one, and the number be another file's, while we look.
        handle = os.dup(handle)
        with self._lock:
            number = next(self._numbers)
            self._waiting[number] = handle, time.monotonic() + seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="database-watch", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                del self._waiting[number]
            os.close(handle)

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_EVERY)
            with self._lock:
                now = time.monotonic()
                for handle, until in self._waiting.values():
                    if until < now:
                        _shut(handle)


def _shut(handle: int) -> None:
    try:
        with socket.socket(fileno=os.dup(handle)) as ours:
            ours.shutdown(socket.SHUT_RDWR)
    except OSError:  # it was over already, or there is no handle to be had: the watch goes on
        return
