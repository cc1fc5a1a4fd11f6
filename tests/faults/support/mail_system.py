"""The real e-mail function as a process of its own, in front of a real SMTP server that can be told whom to refuse."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import requests
from aiosmtpd.controller import Controller
from django.conf import settings

from email_service.tests.sink import free_port, parsed
from tests.faults.support import processes


@dataclass
class PostOffice:
    """What arrived, when, and for whom."""

    refuses: set[str] = field(default_factory=set)
    postpones: set[str] = field(default_factory=set)
    function: subprocess.Popen[bytes] | None = None
    arrived: list[tuple[float, str, EmailMessage]] = field(default_factory=list)

    def mail_for(self, address: str) -> list[EmailMessage]:
        return [mail for _, to, mail in self.arrived if to == address]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The function takes calls and never answers, as one that hangs."""
        assert self.function is not None
        os.killpg(self.function.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.function.pid, signal.SIGCONT)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.refuses:
            return "550 nobody of that name"
        if address in self.postpones:
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = parsed(envelope.content)
        self.arrived += [(time.monotonic(), address, mail) for address in envelope.rcpt_tos]
        return "250 taken"


@contextmanager
def mail_system(folder: Path) -> Iterator[PostOffice]:
    """Sets `EMAIL_SERVICE_URL` of the settings, which the test must have taken as a fixture."""
    office, smtp_port, port = PostOffice(), free_port(), free_port()
    controller = Controller(office, hostname="127.0.0.1", port=smtp_port)
    controller.start()
    settings.EMAIL_SERVICE_URL = f"http://127.0.0.1:{port}/dev/send-email"
    environment = {
        "PATH": os.environ["PATH"],
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(smtp_port),
        "FROM_EMAIL": "appointments@hospital.example",
        "IDEMPOTENCY_FILE": str(folder / "sent.sqlite3"),
        "EMAIL_SERVICE_SECRETS": ",".join(settings.EMAIL_SERVICE_SECRETS),
    }
    command = [sys.executable, "-m", "email_service.local", "--port", str(port)]
    function = office.function = processes.start(command, log=folder / "function.log", environment=environment)
    try:
        processes.wait_until(lambda: _answers(port), what="the e-mail function answers")
        yield office
    finally:
        processes.kill(function)
        controller.stop()


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/", timeout=1).status_code == 404
    except requests.ConnectionError:
        return False
