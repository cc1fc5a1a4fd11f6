"""Children that end with whoever started them."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.bootstrap.copies import ROOT, wait_for
from tools import processes
from tools.processes import Child, Crew

LEASH = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-m", "tools.parent_watch", "sleep", "60"]).pid, flush=True)
sys.stdin.read()
"""


def crew_of(folder: Path, *children: Child) -> tuple[Crew, list[str]]:
    said: list[str] = []
    return Crew(list(children), folder, sys.stdout.fileno(), said.append), said


def test_a_child_without_its_module_is_left_out(tmp_path: Path) -> None:
    crew, _ = crew_of(tmp_path, Child("a", "json", []), Child("b", "no_such", []), Child("c", "no_such.module", []))
    assert [child.name for child in crew.children] == ["a"]


def test_a_child_that_keeps_dying_is_started_again_with_growing_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock) / 10)
    crew, said = crew_of(tmp_path, Child("bad one", "json", ["-c", "print('born')"]))
    child = crew.children[0]
    while child.deaths < 3:
        crew.look_after()
        if child.process:
            child.process.wait()

    assert [line.split(" again ")[1].split(".")[0] for line in said] == ["at once", "in 1 s", "in 2 s"]
    assert (tmp_path / "bad-one.log").read_text().split() == ["born"] * 3


def test_who_dies_is_started_again_in_the_same_look(tmp_path: Path) -> None:
    """Nobody waits for the next one: what the site then needs to be back is the time in which it starts."""
    crew, _ = crew_of(tmp_path, Child("good one", "json", ["-c", "import time; time.sleep(60)"]))
    child = crew.children[0]
    crew.look_after()
    first = child.process
    first.kill()
    first.wait()

    crew.look_after()

    assert child.process is not None
    assert child.process.pid != first.pid
    crew.stop()


def test_a_child_that_ignores_the_request_to_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.processes.STOP_SECONDS", 0.2)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    crew, _ = crew_of(tmp_path, Child("deaf", "json", ["-c", deaf]))
    crew.look_after()
    wait_for(lambda: (tmp_path / "deaf.log").read_text() == "deaf\n", "the child")

    crew.stop()

    assert crew.children[0].process.returncode == -9


def test_nobody_who_takes_long_to_end_is_waited_for() -> None:
    """Three seconds are promised for all of it, and the database ends last."""
    assert processes.STOP_SECONDS <= 2.5


def test_a_leashed_command_ends_when_its_master_is_killed() -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", LEASH], cwd=ROOT, **pipes) as master:
        leash = psutil.Process(int(master.stdout.readline()))
        wait_for(lambda: bool(leash.children()), "the command")
        command = leash.children()[0]
        master.kill()

        wait_for(lambda: not command.is_running() or command.status() == psutil.STATUS_ZOMBIE, "the command's end")
        wait_for(lambda: not leash.is_running() or leash.status() == psutil.STATUS_ZOMBIE, "the leash's end")
