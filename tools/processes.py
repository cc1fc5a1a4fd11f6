"""The processes of one running copy: started, watched, restarted, and never left behind."""

import ctypes
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tools.forks import Fork, Start

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LONGEST_PAUSE = 30  # seconds
LONG_ENOUGH = 60  # seconds of life after which a death counts as the first again
STOP_SECONDS = 2.5  # whoever needs longer is ended: what it had begun is found and done by the next one
LARGEST_LOG = 5_000_000  # bytes; a longer log starts afresh


class ChildProcess(Protocol):
    """What a `subprocess.Popen` and a `Fork` have in common."""

    pid: int
    returncode: int | Any

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


@dataclass
class Child:
    """Arguments for Python and what its environment holds beside ours; without its `module` it is left out.

    `is_ours`: it runs what this process has loaded, and begins as a copy of it where the system makes good ones.
    """

    name: str
    module: str
    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    is_ours: bool = False
    process: ChildProcess | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    deaths: int = 0

    @property
    def exists(self) -> bool:
        try:
            return importlib.util.find_spec(self.module) is not None
        except ModuleNotFoundError:
            return False


@dataclass
class Crew:
    """Children that live exactly as long as this process, however it ends.

    Their output goes to `log_folder`/<name>.log; `inherited` is an open file they keep open. `at_home` is called first
    in those that are copies of this process.
    """

    children: list[Child]
    log_folder: Path
    inherited: int
    say: Callable[[str], None]
    at_home: Callable[[], object] = lambda: None
    options: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.children = [child for child in self.children if child.exists]
        self.log_folder.mkdir(parents=True, exist_ok=True)
        self.options = {"pass_fds": [self.inherited], "start_new_session": True, "stdin": subprocess.DEVNULL}
        self.makes_copies = sys.platform.startswith("linux")
        if self.makes_copies:
            self.options["preexec_fn"] = death_signal(os.getpid())

    def look_after(self) -> None:
        """Start who has not been started, and who died: the first time at once, then after a pause that grows."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.restart_at:
                    self._start(child, now)
            elif child.process.poll() is not None:
                child.deaths = 1 if now - child.started_at > LONG_ENOUGH else child.deaths + 1
                pause = min(2 ** (child.deaths - 2), LONGEST_PAUSE) if child.deaths > 1 else 0
                when = f"in {pause} s" if pause else "at once"
                self.say(f"The {child.name} ended unexpectedly; starting it again {when}. See {self.log(child)}.")
                end_group(child.process)
                child.process, child.restart_at = None, now + pause
                if not pause:
                    self._start(child, now)

    def log(self, child: Child) -> Path:
        return self.log_folder / f"{child.name.replace(' ', '-')}.log"

    def stop(self) -> None:
        """Ask all to end, and end those who don't."""
        living = [child.process for child in self.children if child.process]
        for process in living:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in living:
            try:
                process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            end_group(process)

    def _start(self, child: Child, now: float) -> None:
        path = self.log(child)
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            os.truncate(path, 0)
        with path.open("ab") as log:
            fork = child.is_ours and self.makes_copies
            child.process = self._forked(child, log.fileno()) if fork else self._executed(child, log.fileno())
        child.started_at = now

    def _executed(self, child: Child, log: int) -> ChildProcess:
        command = [sys.executable, *child.arguments]
        if not self.makes_copies:
            command = [sys.executable, "-m", "tools.parent_watch", *command]
        environment = os.environ | child.environment
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment, **self.options)

    def _forked(self, child: Child, log: int) -> ChildProcess:
        def prepare() -> None:
            self.options["preexec_fn"]()
            os.environ.update(child.environment)
            self.at_home()

        return Fork(Start(child.name, child.arguments[1:], log, self.inherited, prepare))


def end_group(leader: ChildProcess) -> None:
    """End what a process that has ended left running: it would hold its port or its database."""
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)


def death_signal(parent: int) -> Callable[[], None]:
    """For a new child on Linux: the kernel ends it when its parent is gone, even by kill -9."""
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # gone before the kernel was asked
            os._exit(1)

    return ask
