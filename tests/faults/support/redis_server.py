"""A real Redis that can be killed and comes back empty, as one without persistence does, or stands still."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from email_service.tests.sink import free_port
from hms_project.settings.jobs import CELERY_TASK_QUEUES
from tests.faults.support import processes

OPTIONS = ("--save", "", "--appendonly", "no", "--bind", "127.0.0.1")


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Raises AssertionError when there is no redis-server: `run.py test` installs it."""
        program = shutil.which("redis-server")
        assert program, "redis-server is not installed"
        command = [program, "--port", str(self.port), "--dir", str(self._folder), *OPTIONS]
        self._process = processes.start(command, log=self._folder / "redis.log")
        processes.wait_until(self._answers, what="Redis answers")

    def kill(self) -> None:
        if self._process:
            processes.kill(self._process)

    def freeze(self) -> None:
        """It accepts connections, and answers nobody."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGSTOP)

    def forget_everything(self) -> int:
        """FLUSHALL; says how many wake-ups were lost by it."""
        with redis.Redis(port=self.port) as client:
            lost = sum(int(client.llen(queue.name)) for queue in CELERY_TASK_QUEUES)
            client.flushall()
        return lost

    def _answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
