"""The post: the real e-mail function in a process of its own, and the SMTP server that keeps what it sends."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import clock
from integrations import delivery
from integrations.choices import MessageStatus
from integrations.local_inbox import sink
from integrations.models import OutgoingMessage

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 180  # seconds; what takes longer hangs, however busy the machine is
ITS_SETTINGS = ("SMTP_", "MAILGUN_", "FROM_", "IDEMPOTENCY_", "EMAIL_SERVICE_")


@dataclass(frozen=True)
class Post:
    """What is due leaves when it is told to, so that a journey never waits for a worker's turn."""

    folder: Path

    def goes_out(self) -> None:
        """Everything that is due is handed to the function, and taken by it."""
        delivery.drain(seconds=PATIENCE, per_second=1_000, clock=clock.now)
        unsent = OutgoingMessage.objects.exclude(status=MessageStatus.SENT)
        assert [(row.action, row.status, row.last_error) for row in unsent] == []


@contextmanager
def post_office(folder: Path, settings: Any) -> Iterator[Post]:
    """`settings` (pytest-django's) are pointed at it for as long as it is open."""
    smtp, http = _free_port(), _free_port()
    settings.LOCAL_INBOX = folder / "inbox"
    settings.EMAIL_SERVICE_URL = f"http://127.0.0.1:{http}/dev/send-email"
    controller = sink.start(folder=settings.LOCAL_INBOX, port=smtp)
    function = subprocess.Popen(
        [sys.executable, "-m", "email_service.local", "--port", str(http)],
        cwd=ROOT,
        env=_environment(folder, smtp, settings.EMAIL_SERVICE_SECRETS),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(http, function)
        yield Post(settings.LOCAL_INBOX)
    finally:
        function.terminate()
        function.wait(PATIENCE)
        controller.stop()


def _environment(folder: Path, smtp: int, secrets: list[str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(ITS_SETTINGS)}
    return own | {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(smtp),
        "FROM_EMAIL": "appointments@hospital.example",
        "IDEMPOTENCY_FILE": str(folder / "sent.sqlite3"),
        "EMAIL_SERVICE_SECRETS": ",".join(secrets),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, function: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and function.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:  # not yet listening
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the e-mail function does not start")
