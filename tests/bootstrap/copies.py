"""Copies of HMS started by `python3 run.py`, as a person would, in data folders and on ports of their own."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from core.postgres.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
READY = "HMS is ready"
SECONDS = 300  # what takes longer hangs, however busy the machine is


class Copy:
    """One data folder and its ports; its `run.py` may be started again and again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.email_port = free_ports(2)
        self.database = EmbeddedPostgres(home / "postgres")
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "Copy":
        self.process = self.call()
        return self

    def call(self, *arguments: str) -> "subprocess.Popen[str]":
        """`python3 run.py ...` in this copy's environment, without waiting."""
        own = {"HMS_HOME": str(self.home), "PORT": str(self.port), "EMAIL_PORT": str(self.email_port)}
        embedded = {"DATABASE_URL": "", "DATABASE_NAME": ""}
        command = [sys.executable, "run.py", *arguments]
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, cwd=ROOT, env=os.environ | embedded | own, **output)

    def wait_until_ready(self) -> str:
        """What it printed, up to and with the logins."""
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                return "".join(lines)
        raise AssertionError(f"it ended before it was ready:\n{''.join(lines)}")

    def get(self, path: str) -> int | None:
        """The status of a page; None when nobody answers."""
        try:
            return self.asked(path)[0]
        except (OSError, http.client.HTTPException):
            return None

    def asked(self, path: str) -> tuple[int, str]:
        """The status of a page and what is on it. Raises OSError, HTTPException."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def static_files(self) -> dict[str, int | None]:
        """The status of each that the front page asks for."""
        found = re.findall(r"/static/[^\s\"#]+", self.asked("/")[1])
        return {path: self.get(path) for path in found}

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.home / "postgres" / "data" / "postmaster.pid").read_text().split()[0]))

    def kill_9_everything(self) -> None:
        server = self.postmaster()
        for process in [psutil.Process(self.process.pid), *self.children(), *server.children(), server]:
            with suppress(psutil.NoSuchProcess):  # PostgreSQL's own come and go
                process.kill()
        finish(self.process)


def finish(process: "subprocess.Popen[str]") -> str:
    """Wait for its end; what it still printed."""
    output, _ = process.communicate(timeout=SECONDS)
    return output


def wait_for(condition: Callable[[], bool], what: str, *, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)


def free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [server.getsockname()[1] for server in sockets]
    for server in sockets:
        server.close()
    return ports
