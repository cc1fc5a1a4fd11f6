"""Each figure by itself, kept for five minutes, so that a slow one is computed once and not for everybody.

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

FRESH = timedelta(minutes=5)
# Whoever asks for new figures by hand gets none younger than this: leaning on the key costs nothing.
NEWEST = timedelta(seconds=10)
KEPT_SECONDS = 3_600
LOCK_SECONDS = 20
PATIENCE_SECONDS = 2.0
PAUSE_SECONDS = 0.05
# Goes up whenever the shape or the name of a result changes: what an older version kept is never read.
VERSION = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A figure, and as of when."""

    value: T
    at: datetime


def kept(name: str, compute: Callable[[], T], *, now: datetime, renew: bool = False) -> Kept[T]:
    """The figure `name`, at most five minutes old unless somebody is just computing it; with `renew`, a new one.

    `name` says all it depends on. Raises what `compute` raises.
    """
    key = f"figures:{VERSION}:{name}"
    old: Kept[T] | None = _read(key)
    if old is not None and now - old.at < (NEWEST if renew else FRESH):
        return old
    if not cache.begin(f"{key}:computing", LOCK_SECONDS):
        there = old or _wait(key)
        if there is not None:
            return there
    try:
        new = Kept(compute(), now)
        cache.keep(key, new, KEPT_SECONDS)
    finally:
        cache.forget(f"{key}:computing")
    return new


def _read(key: str) -> Kept[Any] | None:
    found = cache.read(key)
    return found if isinstance(found, Kept) else None


def _wait(key: str) -> Kept[Any] | None:
    """What the other computes, unless it takes too long."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        time.sleep(PAUSE_SECONDS)
        if (there := _read(key)) is not None:
            return there
    return None
