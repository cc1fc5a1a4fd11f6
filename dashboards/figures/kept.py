"""Each figure by itself, kept for five minutes, so that a slow one is computed once and not for everybody.

Of those who find it old one computes it anew; the others are given the old one, or wait a moment when there is none.
The cache is a convenience: whatever goes wrong with it, the figure is computed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.core.cache import cache

logger = logging.getLogger(__name__)

FRESH = timedelta(minutes=5)
# Whoever asks for new figures by hand gets none younger than this: leaning on the key costs nothing.
NEWEST = timedelta(seconds=10)
KEPT_SECONDS = 3_600
LOCK_SECONDS = 20
PATIENCE_SECONDS = 2.0
PAUSE_SECONDS = 0.05
# Goes up whenever the shape of a result changes: what an older version kept is never read.
VERSION = 1

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
    if not _begin(key):
        there = old or _wait(key)
        if there is not None:
            return there
    try:
        new = Kept(compute(), now)
        _try(lambda: cache.set(key, new, KEPT_SECONDS))
    finally:
        _try(lambda: cache.delete(f"{key}:computing"))
    return new


def _read(key: str) -> Kept[Any] | None:
    found = _try(lambda: cache.get(key))
    return found if isinstance(found, Kept) else None


def _begin(key: str) -> bool:
    """Whether it is ours to compute: nobody else has begun, or the cache can't say."""
    return _try(lambda: cache.add(f"{key}:computing", 1, LOCK_SECONDS)) is not False


def _wait(key: str) -> Kept[Any] | None:
    """What the other computes, unless it takes too long."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        time.sleep(PAUSE_SECONDS)
        if (there := _read(key)) is not None:
            return there
    return None


def _try(act: Callable[[], Any]) -> Any:
    """None when the cache is out of order: Redis away, its table missing, something in it nobody can read."""
    try:
        return act()
    except Exception:
        logger.exception("The cache of the figures is out of order; they are computed each time.")
        return None
