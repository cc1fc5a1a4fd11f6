"""How many refusals are written down: enough to see an attack, never so many that an attacker fills the disk.

Three limits, so that nobody uses up what the others need:

- of each account, address and page the first few in a quarter of an hour;
- of each source so many an hour: an account if somebody is signed in or tried to get into one, else an address;
- of each kind so many an hour from all strangers and all patients, each apart. Accounts of staff and doctors are few,
  and of those nothing is kept back but by the two limits above.

A wrong password therefore never competes with pages that were refused. What is not written is counted by source and
kind (`Suppressed`), and the sum goes into the trail every quarter of an hour (audit/suppression.py).
Counted in the shared cache, as the limits of sign-ins are; while it is away, in the memory of each process.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
from enum import Enum, auto
from typing import NamedTuple

from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache

WINDOW = 15 * 60  # seconds
HOUR = 60 * 60
MOST_ALIKE = 10  # in one window, of the same kind, account, address and page
MOST_OF_A_SOURCE = 100  # an hour, of the same kind
MOST_OF_A_KIND = 1_000  # an hour, of all strangers or of all patients: some 8 MB a kind at the very worst
ACCOUNT = "account "  # how a source begins that is one
ALWAYS_WRITTEN = frozenset({"STAFF", "DOCTOR"})

logger = logging.getLogger(__name__)
_own = LocMemCache("audit refusals", {"OPTIONS": {"MAX_ENTRIES": 20_000}})


class Verdict(Enum):
    WRITE = auto()
    LAST = auto()
    SILENT = auto()


class Refusal(NamedTuple):
    """`account` and `role`: whose account refused, or is tried; empty for a stranger."""

    kind: str
    account: str
    role: str
    address: str | None
    place: str

    @property
    def source(self) -> str:
        return f"{ACCOUNT}{self.account}" if self.account else f"net {network_of(self.address)}"

    def limits(self) -> list[tuple[str, int, int]]:
        """What is counted, the most of it, and in how many seconds; the narrowest first."""
        narrow = (self.account, network_of(self.address), self.place)
        limits = [
            (f"alike {self.kind} {narrow!r}", MOST_ALIKE, WINDOW),
            (f"source {self.kind} {self.source}", MOST_OF_A_SOURCE, HOUR),
        ]
        if self.role not in ALWAYS_WRITTEN:
            limits.append((f"kind {self.kind} {self.role}", MOST_OF_A_KIND, HOUR))
        return limits


def network_of(address: str | None) -> str:
    """One house: a whole /64 of IPv6 is a single customer's, who would else be 2^64 sources."""
    if not address:
        return "unknown"
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.IPv6Network((int(parsed), 64), strict=False).network_address)


def check(refusal: Refusal) -> Verdict:
    """Whether this refusal is written down. A cache that is away never hides one."""
    try:
        return _verdict(cache, refusal)
    except Exception as error:  # whatever it is, the trail must not go blind
        logger.warning("Refusals are counted by each process alone: %s", type(error).__name__)
        return _verdict(_own, refusal)


def _verdict(counters: BaseCache, refusal: Refusal) -> Verdict:
    verdict = Verdict.WRITE
    for name, most, seconds in refusal.limits():
        count = _count(counters, name, seconds)
        if count > most:
            return Verdict.SILENT
        if count == most:
            verdict = Verdict.LAST
    return verdict


def _count(counters: BaseCache, name: str, seconds: int) -> int:
    key = f"audit:{hashlib.sha256(name.encode()).hexdigest()[:32]}"
    if counters.add(key, 1, seconds):
        return 1
    try:
        return int(counters.incr(key))
    except ValueError:  # it ran out between the two
        counters.set(key, 1, seconds)
        return 1
