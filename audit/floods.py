"""How many refusals are written down: enough to see an attack, never so many that an attacker fills the disk.

Of each account, address and page the first few in a quarter of an hour; of all together so many an hour. The last one
that is written says that there were more. Counted in the shared cache, as the limits of sign-ins are.
"""

from __future__ import annotations

import hashlib
import logging
from enum import Enum, auto

from django.core.cache import cache

WINDOW = 15 * 60  # seconds
MOST_ALIKE = 10  # in one window, of the same kind, account, address and page
MOST_AN_HOUR = 2_000  # of all kinds together: some 20 MB a day at the very worst

logger = logging.getLogger(__name__)


class Verdict(Enum):
    WRITE = auto()
    LAST = auto()
    SILENT = auto()


def judge(kind: str, *whose: object) -> Verdict:
    """Whether the next refusal of this sort is written down. A cache that is away never hides one."""
    sort = hashlib.sha256(repr((str(kind), *whose)).encode()).hexdigest()[:32]
    try:
        alike, in_all = _count(f"audit:{sort}", WINDOW), 0
        if alike <= MOST_ALIKE:
            in_all = _count("audit:refusals", 60 * 60)
    except Exception:
        logger.exception("Refusals could not be counted")
        return Verdict.WRITE
    if alike > MOST_ALIKE or in_all > MOST_AN_HOUR:
        return Verdict.SILENT
    return Verdict.LAST if alike == MOST_ALIKE or in_all == MOST_AN_HOUR else Verdict.WRITE


def _count(key: str, seconds: int) -> int:
    if cache.add(key, 1, seconds):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two
        cache.set(key, 1, seconds)
        return 1
