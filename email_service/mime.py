"""A rendered letter as an e-mail ready for the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, quote
from typing import Any

from .rendering import Rendered
from .wording import person


@dataclass(frozen=True)
class Parcel:
    """What a sender needs: the envelope and the finished bytes."""

    sender: str
    recipient: str
    content: bytes

    @property
    def needs_utf8_address(self) -> bool:
        """True when the recipient's local part has letters outside ASCII (RFC 6531)."""
        return not self.recipient.isascii()


def pack(
    *,
    message_id: str,
    subject: str,
    rendered: Rendered,
    to: Mapping[str, str],
    from_name: str,
    from_email: str,
    calendar: Mapping[str, str] | None,
    attachment: Mapping[str, Any] | None = None,
    now: datetime,
) -> Parcel:
    """Return the parcel. The Message-ID depends on `message_id` alone, so a repeat is recognisable."""
    headers = {
        "From": _address("From", from_name, from_email),
        "To": _address("To", person(to["name"]), to["email"]),
        "Subject": _words("Subject", subject),
        "Date": format_datetime(now),
        "Message-ID": f"<{message_id}@{from_email.rpartition('@')[2]}>",
        "Auto-Submitted": "auto-generated",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    content = head.encode() + _body(rendered, calendar, attachment)
    return Parcel(sender=from_email, recipient=to["email"], content=content)


def _words(name: str, value: str) -> str:
    """Return a header's text, folded; encoded when it is not ASCII or would be taken for encoded text.

    `email.policy` folds non-ASCII text itself, but doubles spaces where it breaks a line (Python 3.11).
    """
    charset = "us-ascii" if value.isascii() and "=?" not in value else "utf-8"
    return Header(value, charset, header_name=name).encode(linesep="\r\n")


def _address(name: str, person_name: str, email: str) -> str:
    if not person_name:
        return email
    if person_name.isascii() and "=?" not in person_name:
        phrase = f'"{quote(person_name)}"'
    else:
        phrase = _words(name, person_name)
    # On a line of its own, the address can't make a folded name too long.
    return f"{phrase}\r\n <{email}>"


def _body(rendered: Rendered, calendar: Mapping[str, str] | None, attachment: Mapping[str, Any] | None) -> bytes:
    """Return the MIME headers and parts, as 7-bit: no server on the way has to promise more."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    if calendar:
        _add_calendar(message, calendar)
    if attachment:
        maintype, _, subtype = attachment["content_type"].partition("/")
        message.add_attachment(
            attachment["base64"], maintype=maintype, subtype=subtype, filename=attachment["filename"]
        )
    return message.as_bytes()


def _add_calendar(message: EmailMessage, calendar: Mapping[str, str]) -> None:
    """Add the invitation twice: mail programs act on the alternative, people open the attachment."""
    content = calendar["content"].encode()
    parameters = {"method": calendar["method"], "charset": "utf-8"}
    kind: dict[str, Any] = {"maintype": "text", "subtype": "calendar"}
    message.add_alternative(content, params=dict(parameters), **kind)
    message.add_attachment(content, params=dict(parameters), filename=calendar["filename"], **kind)
