"""A real SMTP server for tests: keeps what it takes, and answers as told."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


@dataclass
class Sink:
    """What arrived, and the answers to give instead of "yes"."""

    port: int = 0
    envelopes: list[Any] = field(default_factory=list)
    passwords: list[bytes] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    goodbye: threading.Event = field(default_factory=threading.Event)  # somebody wants to part
    is_slow_to_part: bool = False

    @property
    def messages(self) -> list[EmailMessage]:
        return [parsed(envelope.content) for envelope in self.envelopes]

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.encrypted.append(session.ssl is not None)
        self.envelopes.append(envelope)
        return "250 taken"

    async def handle_QUIT(self, server, session, envelope):  # noqa: N802
        self.goodbye.set()
        while self.is_slow_to_part:
            await asyncio.sleep(0.02)
        return "221 Bye"

    def authenticate(self, server, session, envelope, mechanism, auth_data):
        self.passwords.append(auth_data.password)
        return AuthResult(success=auth_data.password == b"right", handled=False)


def parsed(content: bytes) -> EmailMessage:
    """The message as a mail program reads it."""
    return message_from_bytes(content, policy=policy.default)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(*, tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[Sink]:
    """A sink on a free port; `tls` makes it offer STARTTLS."""
    sink = Sink(port=free_port())
    options = {"enable_SMTPUTF8": True, "tls_context": tls, **options}
    if tls:
        options |= {"authenticator": sink.authenticate, "auth_require_tls": True}
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, **options)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
