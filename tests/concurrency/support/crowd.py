"""People who act at the same moment: real threads, a database connection for each, released together."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier, local
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

PATIENCE = 120  # seconds; a rush that takes longer hangs


@dataclass(frozen=True)
class Answer:
    """What one of the crowd got, and how long it took from the common start, in seconds."""

    value: Any
    error: Exception | None
    seconds: float


class Crowd:
    """Threads that keep their connection from one rush to the next, as the web server's do."""

    def __init__(self, size: int) -> None:
        self._pool = ThreadPoolExecutor(size)
        self._thread = local()
        self._connections: list[BaseDatabaseWrapper] = []

    def rush(self, acts: Sequence[Callable[[], Any]]) -> list[Answer]:
        """Do all acts at once; the answers stand in the order of the acts."""
        start = Barrier(len(acts))
        answers = [self._pool.submit(self._act, act, start) for act in acts]
        return [answer.result(timeout=PATIENCE) for answer in answers]

    def close(self) -> None:
        self._pool.shutdown()
        for connection in self._connections:
            connection.close()

    def _act(self, act: Callable[[], Any], start: Barrier) -> Answer:
        self._connect()
        start.wait(timeout=PATIENCE)
        began = time.perf_counter()
        try:
            value, error = act(), None
        except Exception as raised:  # whatever it is, the test judges it
            value, error = None, raised
        return Answer(value, error, time.perf_counter() - began)

    def _connect(self) -> None:
        if getattr(self._thread, "connected", False):
            return
        connection = connections["default"]
        connection.ensure_connection()
        connection.inc_thread_sharing()  # so that close() may close it
        self._connections.append(connection)
        self._thread.connected = True


def outcomes(answers: Sequence[Answer]) -> Counter[str]:
    """How many got what: "done", or the name of the error."""
    return Counter("done" if answer.error is None else type(answer.error).__name__ for answer in answers)


def values(answers: Sequence[Answer]) -> list[Any]:
    """What those got who were not refused."""
    return [answer.value for answer in answers if answer.error is None]
