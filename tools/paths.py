"""Where a copy of HMS runs: its data folder and ports, and the certainty that no other copy is there.

Two locks tell what is going on. `run.lock` is held by the running `run.py`; `children.lock` is held by it
and by every process it starts. The kernel frees both when their holders die, however they die.
"""

import fcntl
import os
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from pathlib import Path

PORTS = range(1, 65536)
PATIENCE = 20  # seconds for a copy, or for the processes of a killed one, to end


class RunError(Exception):
    """What is wrong and what to do about it, in a sentence."""


@dataclass
class Place:
    """A data folder and the ports, by the name of the variable that sets each."""

    home: Path
    ports: dict[str, int]
    locks: list[int] = field(default_factory=list)

    @classmethod
    def from_environment(cls) -> "Place":
        """By HMS_HOME, PORT, EMAIL_PORT and, where it is set, GOOGLE_PORT. Raises RunError."""
        ports = {}
        for name in ("PORT", "EMAIL_PORT", "GOOGLE_PORT"):
            value = os.environ.get(name)
            if value is None:
                continue
            if not value.isdecimal() or int(value) not in PORTS:
                raise RunError(f"{name} must be a number from 1 to 65535, not {value!r}.")
            ports[name] = int(value)
        for name, other in combinations(ports, 2):
            if ports[name] == ports[other]:
                raise RunError(f"{name} and {other} are both {ports[name]}: each needs one of its own.")
        return cls(Path(os.environ["HMS_HOME"]), ports)

    @cached_property
    def inbox_port(self) -> int:
        """A free port for the local inbox, the same for as long as this copy runs."""
        return free_port()

    @cached_property
    def google_port(self) -> int:
        """GOOGLE_PORT, or a free port for the stand-in for Google, the same for as long as this copy runs."""
        return self.ports.get("GOOGLE_PORT") or free_port()

    @property
    def children_lock(self) -> int:
        """The open lock file that children must inherit."""
        return self.locks[1]

    def claim(self) -> None:
        """Make sure that nobody else is here. Raises RunError with what to do when somebody is."""
        self._claim_folder()
        for name, port in self.ports.items():
            if not is_free(port):
                raise RunError(
                    f"port {port} is used by another program: choose another, as in `{name}={port + 1} ...`."
                )

    def keep_others_out(self) -> None:
        """Claim the data folder, not the ports, also for whatever this process becomes. Raises RunError."""
        self._claim_folder()
        for lock in self.locks:
            os.set_inheritable(lock, True)

    def _claim_folder(self) -> None:
        self._make_home()
        run_lock = lock_file(self.home / "run.lock")
        if run_lock is None:
            raise RunError(
                f"a copy already runs with the data folder {self.home}: stop it with `python3 run.py stop`, "
                "or choose another HMS_HOME, PORT and EMAIL_PORT."
            )
        self.locks = [run_lock]
        os.truncate(run_lock, 0)
        os.write(run_lock, str(os.getpid()).encode())
        children_lock = lock_file(self.home / "children.lock", seconds=PATIENCE)
        if children_lock is None:
            raise RunError("processes of a copy that was killed are still ending: try again in a moment.")
        self.locks.append(children_lock)

    def leave(self) -> None:
        """Give the place back."""
        while self.locks:
            os.close(self.locks.pop())

    def stop_holder(self) -> None:
        """Stop the copy that runs here, if there is one, and wait until it has ended. Raises RunError."""
        path = self.home / "run.lock"
        if not path.exists():
            return
        lock = lock_file(path)
        if lock is None:
            with suppress(ValueError, ProcessLookupError):
                os.kill(int(path.read_text()), signal.SIGTERM)
            lock = lock_file(path, seconds=PATIENCE)
        if lock is None:
            raise RunError(f"the copy in {self.home} does not stop.")
        os.close(lock)

    def _make_home(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.home / "run.lock", os.O_RDWR | os.O_CREAT, 0o644))
        except OSError as error:
            raise RunError(
                f"the data folder {self.home} can't be written ({error.strerror}): choose another with HMS_HOME."
            ) from error


def lock_file(path: Path, *, seconds: float = 0) -> int | None:
    """The open file with an exclusive lock on it, or None when another process keeps it for `seconds`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return None
            time.sleep(0.1)
        else:
            return descriptor


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server may listen on the port of this machine."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", port))
            server.listen()
        except OSError:
            return False
    return True
