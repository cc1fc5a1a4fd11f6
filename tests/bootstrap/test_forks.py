"""Processes that begin as copies of the one which looks after them (Linux)."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.bootstrap.copies import ROOT, wait_for

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="copies are made on Linux alone")

# A module that says what it was told and found, and stays until it is told to end.
MODULE = """
import atexit, os, pathlib, sys, time
print("run", *sys.argv[1:], flush=True)
print("loaded before" if "loaded_by_the_first" in sys.modules else "not loaded", flush=True)
print("leads a group" if os.getpgrp() == os.getpid() else "in a group", flush=True)
print("files", *sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1], flush=True)
print("prepared" if os.environ.get("PREPARED") else "not prepared", os.environ.get("OWN"), flush=True)
atexit.register(print, "tidied up", flush=True)
if "fail" in sys.argv:
    raise ValueError("no luck")
sys.exit(int(sys.argv[1])) if sys.argv[1].isdigit() else time.sleep(600)
"""
FIRST = """
import os, pathlib, sys, time
from tools.processes import Child, Crew
sys.path.insert(0, sys.argv[1])
import loaded_by_the_first
kept, other = os.open(os.devnull, os.O_RDONLY), os.open(os.devnull, os.O_RDONLY)
print("mine are", kept, other, flush=True)
child = Child("one", "the_module", ["-m", "the_module", *sys.argv[2:]], {"OWN": "own"}, is_ours=True)
crew = Crew([child], pathlib.Path(sys.argv[1]), kept, print, lambda: os.environ.update(PREPARED="yes"))
crew.look_after()
print(child.process.pid, flush=True)
for line in sys.stdin:
    if line == "wait\\n":
        print("ended with", child.process.wait(), flush=True)
    if line == "stop\\n":
        crew.stop()
        print("ended with", child.process.returncode, flush=True)
"""


class First:
    """The process that makes the copy; `log` is what the copy printed."""

    def __init__(self, folder: Path, *told: str) -> None:
        (folder / "the_module.py").write_text(MODULE)
        (folder / "loaded_by_the_first.py").touch()
        self.path = folder / "one.log"
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([sys.executable, "-c", FIRST, str(folder), *told], cwd=ROOT, **pipes)
        self.kept = self.line().split()[2]
        self.copy = psutil.Process(int(self.line()))

    def line(self) -> str:
        return str(self.process.stdout.readline()).strip()

    def ask(self, word: str) -> str:
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return self.line()

    @property
    def log(self) -> list[str]:
        return self.path.read_text().splitlines()


def started(first: First) -> bool:
    return first.path.exists() and any(line.startswith("prepared") for line in first.log)


@pytest.mark.parametrize("code", [0, 3])
def test_a_copy_runs_a_module_with_what_is_loaded_and_ends_as_it_does(code: int, tmp_path: Path) -> None:
    first = First(tmp_path, str(code))

    assert first.ask("wait") == f"ended with {code}"
    assert first.log == [
        f"run {code}",
        "loaded before",
        "leads a group",
        f"files 0 1 2 {first.kept}",
        "prepared own",
        "tidied up",
    ]
    first.process.communicate()


def test_what_goes_wrong_in_a_copy_stands_in_its_log_and_ends_it_alone(tmp_path: Path) -> None:
    first = First(tmp_path, "fail")

    assert first.ask("wait") == "ended with 1"
    assert "ValueError: no luck" in first.log
    assert first.log[-1] == "tidied up"
    assert first.process.poll() is None
    first.process.communicate()


def test_a_copy_that_is_stopped_or_killed_has_the_signal_for_its_code(tmp_path: Path) -> None:
    first = First(tmp_path, "stay")
    wait_for(lambda: started(first), "the copy")
    first.copy.send_signal(signal.SIGKILL)
    assert first.ask("wait") == f"ended with {-signal.SIGKILL}"
    first.process.communicate()

    again = First(tmp_path, "stay")
    wait_for(lambda: started(again), "the copy")
    assert again.ask("stop") == f"ended with {-signal.SIGTERM}"
    again.process.communicate()


def test_a_copy_ends_when_the_first_is_killed(tmp_path: Path) -> None:
    first = First(tmp_path, "stay")
    wait_for(lambda: started(first), "the copy")

    first.process.kill()
    first.process.communicate()

    wait_for(lambda: not first.copy.is_running() or first.copy.status() == psutil.STATUS_ZOMBIE, "the copy's end")
