"""Programs beside the test: each in a process group of its own, and ended with this process whatever happens."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.processes import end_group

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 300  # seconds; what takes longer hangs, however busy the machine is
LEASH = (sys.executable, "-m", "tools.parent_watch")  # no code of ours between fork and exec: threads may be running


def start(
    command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [*LEASH, *command], cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    """`kill -9` of the whole group: nobody gets to tidy up. Harmless when it has ended."""
    end_group(process)
    process.wait(PATIENCE)


def wait_until(condition: Callable[[], object], *, what: str, seconds: float = PATIENCE) -> float:
    """Look until `condition` holds; says how many seconds that took. Raises AssertionError with `what` was awaited."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began
