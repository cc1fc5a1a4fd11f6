"""Reading the kept mail."""

from __future__ import annotations

import mailbox
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

LATEST = 100


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One mail as it arrived. Times are aware, UTC when the sender named no zone."""

    key: str
    subject: str
    sender: str
    to: str
    sent_at: datetime
    text: str
    html: str
    attachments: tuple[Attachment, ...]


def letters(folder: Path, *, to: str = "") -> list[ReceivedMail]:
    """The latest letters, newest first; `to` keeps those to an address that contains it."""
    box = _open(folder)
    newest = sorted(box.keys(), key=_arrived, reverse=True)
    found = []
    for key in newest:
        letter = read(folder, key)
        if letter is not None and to.casefold() in letter.to.casefold():
            found.append(letter)
        if len(found) == LATEST:
            break
    return found


def read(folder: Path, key: str) -> ReceivedMail | None:
    """One letter, None when there is none of that key."""
    try:
        raw = _open(folder).get_bytes(key)
    except (KeyError, OSError):
        return None
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101  what policy.default makes
    return ReceivedMail(
        key=key,
        subject=str(message["subject"] or ""),
        sender=str(message["from"] or ""),
        to=str(message["to"] or ""),
        sent_at=_sent_at(message),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        attachments=tuple(_attachments(message)),
    )


def clear(folder: Path) -> None:
    """Throw all letters away."""
    _open(folder).clear()


def _open(folder: Path) -> mailbox.Maildir:
    return mailbox.Maildir(str(folder), create=True)


def _arrived(key: str) -> float:
    # A Maildir key begins with the second of arrival, then the microsecond: "1732262400.M12345P1Q1.host".
    second, _, rest = key.partition(".")
    micro = rest.partition("P")[0].removeprefix("M")
    return float(second) + (int(micro) / 1_000_000 if micro.isdecimal() else 0)


def _sent_at(message: EmailMessage) -> datetime:
    try:
        sent = parsedate_to_datetime(str(message["date"]))
    except (TypeError, ValueError):
        return datetime.fromtimestamp(0, UTC)
    return sent if sent.tzinfo else sent.replace(tzinfo=UTC)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _attachments(message: EmailMessage) -> list[Attachment]:
    return [
        Attachment(
            name=part.get_filename() or "attachment",
            content_type=part.get_content_type(),
            content=bytes(part.get_payload(decode=True) or b""),
        )
        for part in message.iter_attachments()
    ]
