"""What many ask for in the same second is worked out once: kept in the memory of the process, for a moment.

For what is the same for everybody who asks, and may be a little old. It costs no statement, unlike the shared cache,
and nothing has to be forgotten when it changes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from core.errors import Busy

T = TypeVar("T")
MOST = 256  # things remembered at once
PATIENCE = 2.0  # seconds, for whoever works it out


@dataclass(slots=True)
class _Place(Generic[T]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    value: T | None = None
    made_at: float = float("-inf")


class Remembered(Generic[T]):
    """Values by key, each at most `fresh` seconds old; up to `stale` while somebody is working out a new one.

    A value is worked out by one thread at a time. The others take the older one, or wait for the first there is.
    """

    everything: list[Remembered[object]] = []

    def __init__(self, *, fresh: float = 1.0, stale: float = 3.0) -> None:
        self._fresh, self._stale = fresh, stale
        self._lock = threading.Lock()
        self._places: dict[Hashable, _Place[T]] = {}
        Remembered.everything.append(self)  # type: ignore[arg-type]

    def get(self, key: Hashable, work_out: Callable[[], T]) -> T:
        """Raises what `work_out` raises; nothing is remembered of that. Busy when others are at it for too long."""
        place = self._place(key)
        if self._is_younger(place, self._fresh):
            return place.value  # type: ignore[return-value]
        may_wait = not self._is_younger(place, self._stale)
        if not place.lock.acquire(timeout=PATIENCE if may_wait else 0):
            if may_wait:
                raise Busy
            return place.value  # type: ignore[return-value]
        try:
            if not self._is_younger(place, self._fresh):  # else somebody did so while this one waited
                place.value = work_out()
                place.made_at = time.monotonic()
            return place.value  # type: ignore[return-value]
        finally:
            place.lock.release()

    def forget(self) -> None:
        with self._lock:
            self._places.clear()

    def _place(self, key: Hashable) -> _Place[T]:
        with self._lock:
            if key not in self._places and len(self._places) >= MOST:
                self._places.clear()  # all of it is of this moment
            return self._places.setdefault(key, _Place())

    @staticmethod
    def _is_younger(place: _Place[T], seconds: float) -> bool:
        return time.monotonic() < place.made_at + seconds
