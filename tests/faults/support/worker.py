"""A real worker of the test's database: `celery worker`, as production runs it, in a process group of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.faults.support.processes import kill, start, wait_until

TIMEOUT_SECONDS, LEASE_SECONDS = 1, 3  # of the workers here: what takes half a minute in production, shortened
COMMAND = "-m celery -A hms_project worker --pool threads --concurrency 4 --loglevel info --without-gossip"


class Worker:
    """One process group: the worker, and beat with it unless told otherwise. `folder` takes its log."""

    def __init__(
        self,
        folder: Path,
        *,
        beat: bool = True,
        name: str = "worker",
        per_second: int = 1_000,
        settings_module: str = "hms_project.settings.test",
    ) -> None:
        self.log = folder / f"{name}.log"
        self.log.write_bytes(b"")
        command = [sys.executable, *COMMAND.split(), "--hostname", f"{name}@%h"]
        if beat:
            command += ["--beat", "--schedule", str(folder / f"{name}.schedule")]
        self._start = lambda: start(
            command, log=self.log, environment=environment_of_workers(settings_module, per_second)
        )
        self.process = self._start()

    @property
    def is_ready(self) -> bool:
        assert self.process.poll() is None, f"the worker has ended:\n{self.log.read_text()}"
        return " ready." in self.log.read_text()

    def wait(self) -> Worker:
        wait_until(lambda: self.is_ready, what="the worker is ready")
        return self

    def look_after(self) -> None:
        """Start it again if it has ended, as what supervises it in production does."""
        if self.process.poll() is not None:
            kill(self.process)
            self.process = self._start()

    def kill(self) -> None:
        """`kill -9`, and beat with it."""
        kill(self.process)


def environment_of_workers(settings_module: str, per_second: int) -> dict[str, str]:
    database = connection.settings_dict
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": settings_module,
        "DATABASE_URL": "",
        **{f"DATABASE_{part}": str(database[part]) for part in ("NAME", "USER", "PASSWORD", "HOST", "PORT")},
        "EMAIL_SERVICE_URL": settings.EMAIL_SERVICE_URL,
        "EMAIL_SERVICE_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
        "OUTBOX_LEASE_SECONDS": str(LEASE_SECONDS),
        "OUTBOX_PER_SECOND": str(per_second),
        "REMINDER_HOUR": "0",  # tomorrow's appointments are reminded of whatever the time is now
    }


@contextmanager
def running(folder: Path, **how: object) -> Iterator[Worker]:
    """A worker that is ready, for as long as the block runs."""
    worker = Worker(folder, **how)  # type: ignore[arg-type]
    try:
        yield worker.wait()
    finally:
        worker.kill()
