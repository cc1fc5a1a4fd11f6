"""Whoever wants the same thing at the same moment takes turns inside the process, and never holds all of its threads.

Rivals who wait for one row hold a thread and a connection each, and each is told alone, under the lock, what the first
of them could have told all. So one at a time of each process goes to the database; the others stand behind, and are
told by a short look as soon as it is decided. Why so, and what follows for threads: docs/adr/0029.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.errors import Busy

PATIENCE = 5.0  # seconds, as long as a lock is waited for (hms_project/env.py)
# How long all may wait: what goes its ordinary way is decided well within it.
ORDINARY = 1.0  # seconds
# So long something counts as wanted after a turn. A hint, no more: whoever is alone need not look first.
LATELY = 60.0  # seconds
MOST_NOTED = 10_000


class Process:
    """What the web server says of this process when it starts (gunicorn.conf.py)."""

    threads = 8


@dataclass(slots=True)
class _Line:
    """Those who want one thing: who has the turn, and behind it in the order they came.

    `since`: from when on it has been going its ordinary way, or not; all times are of the monotonic clock.
    """

    changed: threading.Condition
    since: float
    holder: object = None
    turn_began: float = 0.0
    behind: list[object] = field(default_factory=list)


class Turns:
    """One turn at a time for each key; at most half of the process's threads for long, and none for very long."""

    def __init__(self, *, ordinary: float = ORDINARY) -> None:
        self._ordinary = ordinary
        self._lock = threading.Lock()
        self._lines: dict[Hashable, _Line] = {}
        self._ended: dict[Hashable, float] = {}

    @contextmanager
    def turn(self, key: Hashable) -> Iterator[bool]:
        """Says whether somebody else had it meanwhile. Raises Busy when too many wait, or it takes too long."""
        waited = self._begin(key, object())
        try:
            yield waited
        finally:
            self._end(key)

    def is_wanted(self, key: Hashable) -> bool:
        """Whether anybody has the turn, or had it a moment ago: then it may be decided already."""
        with self._lock:
            return key in self._lines or time.monotonic() < self._ended.get(key, float("-inf")) + LATELY

    def waiting(self, key: Hashable) -> int:
        """How many stand behind whoever has the turn."""
        with self._lock:
            return len(self._lines[key].behind) if key in self._lines else 0

    def _begin(self, key: Hashable, me: object) -> bool:
        begun = time.monotonic()
        with self._lock:
            line = self._lines.get(key)
            if line is None:
                self._lines[key] = _Line(threading.Condition(self._lock), begun, holder=me, turn_began=begun)
                return False
            line.behind.append(me)
            try:
                while line.holder is not None or line.behind[0] is not me:
                    left = self._until(line, me, begun) - time.monotonic()
                    if left <= 0:
                        raise Busy
                    line.changed.wait(left)
            finally:
                line.behind.remove(me)
                line.changed.notify_all()  # whoever was behind has moved up
            line.holder, line.turn_began = me, time.monotonic()
            return True

    def _until(self, line: _Line, me: object, begun: float) -> float:
        """Half of the threads, with whoever has the turn, wait as long as there is patience; the others only as long as
        all goes its ordinary way."""
        among_half = line.behind.index(me) + 1 < max(2, Process.threads // 2)
        return begun + PATIENCE if among_half else line.since + self._ordinary

    def _end(self, key: Hashable) -> None:
        with self._lock:
            line, now = self._lines[key], time.monotonic()
            line.holder = None
            if len(self._ended) >= MOST_NOTED:
                self._ended.clear()
            self._ended[key] = now
            if not line.behind:
                del self._lines[key]
                return
            if now < line.turn_began + self._ordinary:
                line.since = now
            line.changed.notify_all()
