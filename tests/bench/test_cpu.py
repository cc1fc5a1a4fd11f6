"""What a process and all below it use is seen, also of those that have ended by then."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench.http import cpu

# Busy for so long of its own time, then says so and waits; the second way is by a child that has ended by then.
BUSY = "import time\nwhile time.process_time() < 0.4: pass\n"
SAYS = "print(flush=True); input()"
BY_A_CHILD = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BUSY!r}])\n"
IN_A_THREAD = (
    "import threading, time\ndef busy():\n while time.thread_time() < 0.4: pass\n"
    "thread = threading.Thread(target=busy); thread.start(); thread.join()\n"
)


@pytest.fixture(params=[BUSY, BY_A_CHILD, IN_A_THREAD], ids=["itself", "a child that ended", "a thread that ended"])
def busy(request: pytest.FixtureRequest) -> Iterator[int]:
    command = [sys.executable, "-c", request.param + SAYS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.communicate("\n")


def test_a_busy_process_is_seen(busy: int) -> None:
    assert cpu.seconds([busy]) >= 0.35


def test_below_whoever_started_it_as_well(busy: int) -> None:
    meter = cpu.Meter({"all": [busy], "nobody": []})

    assert meter.read()["all"] >= 0.35
    assert meter.read()["nobody"] == 0


def test_who_waits_uses_nothing(busy: int) -> None:
    before = cpu.seconds([busy])

    assert cpu.seconds([busy]) - before < 0.05
    assert cpu.of_machine() > 0


def test_a_number_that_is_nobodys_uses_nothing() -> None:
    assert cpu.seconds([2**30]) == 0
