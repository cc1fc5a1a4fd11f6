"""The real e-mail function as API Gateway calls it, and the mail that came of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from email_service.handler import handler
from email_service.tests.sink import Sink
from integrations.email_gateway.client import body_of, signed_headers
from integrations.models import OutgoingMessage


@dataclass(frozen=True)
class Answer:
    status: int
    word: str
    retry_after: str


@dataclass(frozen=True)
class Letterbox:
    """Posts to the function and reads what arrived at the SMTP server behind it."""

    sink: Sink

    def deliver(self, message: OutgoingMessage, *, event: str = "rest") -> Answer:
        """Hand over a message of the outbox, byte for byte as the application does."""
        body = body_of(message)
        headers = signed_headers(str(message.message_id), body, timestamp=int(time.time()))
        return self.post(headers, body, event=event)

    def post(self, headers: dict[str, str], body: bytes, *, event: str = "rest") -> Answer:
        answer = handler(EVENTS[event](headers, body.decode()), None)
        said = json.loads(answer["body"])
        return Answer(
            answer["statusCode"], said.get("status") or said["error"], answer["headers"].get("Retry-After", "")
        )

    @property
    def letters(self) -> list[Letter]:
        return [
            Letter(mail, tuple(envelope.rcpt_tos))
            for mail, envelope in zip(self.sink.messages, self.sink.envelopes, strict=True)
        ]

    @property
    def newest(self) -> Letter:
        return self.letters[-1]


@dataclass(frozen=True)
class Letter:
    mail: EmailMessage
    recipients: tuple[str, ...]

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def calendars(self) -> list[tuple[str, bytes]]:
        """METHOD as the part's header says it, and the content: the invitation, then the attachment."""
        parts = [part for part in self.mail.walk() if part.get_content_type() == "text/calendar"]
        return [(str(part.get_param("method")), bytes(part.get_payload(decode=True))) for part in parts]

    @property
    def everything(self) -> str:
        """All that can be read in it: headers, text, HTML and unfolded calendar files."""
        return "\n".join(self._pieces())

    def _pieces(self) -> Iterator[str]:
        for part in self.mail.walk():
            yield from (f"{name}: {value}" for name, value in part.items())
        yield from (self.text, self.html)
        yield from (content.decode().replace("\r\n ", "") for _, content in self.calendars)

    def _body(self, kind: str) -> str:
        part = self.mail.get_body((kind,))
        assert part is not None
        return str(part.get_content())


def rest_event(headers: dict[str, str], body: str) -> dict[str, Any]:
    """As a REST API sends it (payload format 1.0)."""
    return {
        "resource": "/send-email",
        "path": "/send-email",
        "httpMethod": "POST",
        "headers": {name.title(): value for name, value in headers.items()},
        "multiValueHeaders": {name.title(): [value] for name, value in headers.items()},
        "requestContext": {"stage": "dev", "path": "/dev/send-email", "httpMethod": "POST"},
        "body": body,
        "isBase64Encoded": False,
    }


def http_event(headers: dict[str, str], body: str) -> dict[str, Any]:
    """As an HTTP API sends it (payload format 2.0)."""
    return {
        "version": "2.0",
        "routeKey": "POST /send-email",
        "rawPath": "/dev/send-email",
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {"stage": "dev", "http": {"method": "POST", "path": "/dev/send-email"}},
        "body": body,
        "isBase64Encoded": False,
    }


EVENTS = {"rest": rest_event, "http": http_event}
