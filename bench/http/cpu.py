"""Processor time of running programs, as the kernel counts it (Linux)."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
NANOSECONDS = 1e9
# A moment counts as quiet when less than this share of one processor was used in it.
QUIET, LOOK_SECONDS, LONGEST_WAIT = 0.04, 0.15, 6.0


def seconds(roots: Iterable[int]) -> float:
    """What these processes and all that descend from them have used since they began, those already gone included."""
    known = _processes()
    children: dict[int, list[int]] = defaultdict(list)
    for pid, (parent, _own, _gone) in known.items():
        children[parent].append(pid)
    total, waiting = 0.0, list(roots)
    while waiting:
        pid = waiting.pop()
        waiting += children[pid]
        if pid in known:
            _parent, own, gone = known[pid]
            total += max(own, _exactly(pid)) + gone
    return total


def _processes() -> dict[int, tuple[int, float, float]]:
    """By number: the parent, and the seconds of the process itself and of its children that have ended."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        with suppress(OSError):  # it has just gone
            facts = (folder / "stat").read_text().rpartition(")")[2].split()  # a name may hold anything
            ticks = [int(fact) for fact in facts[11:15]]
            found[int(folder.name)] = (
                int(facts[1]),
                sum(ticks[:2]) / TICKS_A_SECOND,
                sum(ticks[2:]) / TICKS_A_SECOND,
            )
    return found


def _exactly(pid: int) -> float:
    """Of the threads that live: ticks are of ten milliseconds, as long as several requests."""
    total = 0
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            total += int((thread / "schedstat").read_text().split()[0])
    return total / NANOSECONDS


class Meter:
    """Reads what each of some groups of processes has used: name → the processes at the root of each."""

    def __init__(self, groups: Mapping[str, Iterable[int]]) -> None:
        self.groups = {name: list(roots) for name, roots in groups.items()}

    def read(self) -> dict[str, float]:
        return {name: seconds(roots) for name, roots in self.groups.items()}

    def wait_until_quiet(self) -> None:
        """Until what the last round left to do is done; a few seconds at most, for something always ticks."""
        deadline = time.monotonic() + LONGEST_WAIT
        before = sum(self.read().values())
        while time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            now = sum(self.read().values())
            if now - before < QUIET * LOOK_SECONDS:
                return
            before = now


def of_machine() -> float:
    """Seconds in which its processors worked at all."""
    facts = [int(fact) for fact in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(facts) - facts[3] - facts[4]) / TICKS_A_SECOND  # without idling and waiting for the disk
