"""Each figure by itself, cached for five minutes, so that a slow one is computed once and not for everybody.

A figure is numbers, days and names, never a sentence: what is cached is shown in whatever language is asked for.
Of those who find it old one computes it anew; the others are given the old one, or wait a moment when there is none.
The cache is a convenience: whatever goes wrong with it, the figure is computed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from core import cache

MAX_AGE = timedelta(minutes=5)
# Whoever asks for new figures by hand is given the cached ones up to this age: leaning on the key costs nothing.
MAX_AGE_ON_REFRESH = timedelta(seconds=10)
TTL_SECONDS = 3_600  # an old one is still shown while a new one is computed
LOCK_SECONDS = 20
WAIT_SECONDS = 2.0
POLL_SECONDS = 0.05
# Goes up whenever the shape or the name of a result changes: what an older version cached is never read.
VERSION = 5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cached(Generic[T]):
    """A figure, and as of when."""

    value: T
    at: datetime


def cached(name: str, compute: Callable[[], T], *, now: datetime, renew: bool = False) -> Cached[T]:
    """The figure `name`, at most five minutes old unless somebody is just computing it; with `renew`, a new one.

    `name` says all it depends on. Raises what `compute` raises.
    """
    key = f"figures:{VERSION}:{name}"
    old: Cached[T] | None = _read(key)
    if old is not None and now - old.at < (MAX_AGE_ON_REFRESH if renew else MAX_AGE):
        return old
    if not cache.begin(f"{key}:computing", LOCK_SECONDS):
        there = old or _wait(key)
        if there is not None:
            return there
    try:
        new = Cached(compute(), now)
        cache.keep(key, new, TTL_SECONDS)
    finally:
        cache.forget(f"{key}:computing")
    return new


def _read(key: str) -> Cached[Any] | None:
    found = cache.read(key)
    return found if isinstance(found, Cached) else None


def _wait(key: str) -> Cached[Any] | None:
    """What the other computes, unless it takes too long."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        time.sleep(POLL_SECONDS)
        if (there := _read(key)) is not None:
            return there
    return None
