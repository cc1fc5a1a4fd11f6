"""The ways out: SMTP or Mailgun, chosen by the configuration."""

from collections.abc import Callable
from typing import Protocol

from ..config import Config, Smtp
from ..mime import Parcel
from .mailgun import MailgunSender
from .smtp import SmtpSender


class Sender(Protocol):
    """Hands one parcel over, or raises Refused or TryLater (see errors.py)."""

    name: str

    def send(self, parcel: Parcel, taken: Callable[[], None]) -> None:
        """Return only when the provider has taken the message; call `taken` the moment it has."""


def choose(config: Config) -> Sender:
    """Return the sender that the configuration asks for."""
    if isinstance(config.provider, Smtp):
        return SmtpSender(config.provider)
    return MailgunSender(config.provider)
