"""A module run as `python -m` runs it, in a copy of this process (Linux).

What was imported before is not imported again, which is most of the time in which our processes start, and its memory
is shared for as long as nobody writes to it.
"""

import atexit
import ctypes
import os
import runpy
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

LOOK_AGAIN = 0.02  # seconds
FILES = 65_536  # numbers of open files that are looked at
PR_SET_NAME = 15  # linux/prctl.h
OWN_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Start:
    """What a copy needs to begin: `arguments` are a module and what it is told, as behind `python -m`.

    `output` is the open file for what it prints, `inherited` one that it keeps open; `prepare` is called in it first.
    """

    name: str
    arguments: Sequence[str]
    output: int
    inherited: int
    prepare: Callable[[], None]


class Fork:
    """The copy, with what we use of `subprocess.Popen`; it leads a session and a process group of its own."""

    returncode: int | None = None

    def __init__(self, start: Start) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        # Held back until the copy hears signals in its own way: in the original's it would stop all the others.
        heard = signal.pthread_sigmask(signal.SIG_BLOCK, OWN_SIGNALS)
        try:
            self.pid = os.fork()
            if self.pid == 0:
                _become(start, heard)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, heard)

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it lives."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            time.sleep(LOOK_AGAIN)
        return code

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def _become(start: Start, heard: Iterable[int]) -> NoReturn:
    """In the copy: leave nothing of the original's but what it has loaded, run the module, and end with it."""
    code = 1
    try:
        for number in OWN_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)
        os.setsid()
        _keep_files(start)
        start.prepare()
        ctypes.CDLL(None).prctl(PR_SET_NAME, f"hms {start.name}"[:15].encode())
        module, *sys.argv[1:] = start.arguments
        sys.argv[0] = module
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # nothing may go on behind this process's back as if it were the original
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            atexit._run_exitfuncs()  # noqa: SLF001  as Python's own end does; it must not be this one's
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _keep_files(start: Start) -> None:
    """Input from nowhere, output to its log; of the original's files, locks among them, `inherited` alone."""
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(start.output, 1)
    os.dup2(start.output, 2)
    os.closerange(3, start.inherited)
    os.closerange(start.inherited + 1, FILES)
