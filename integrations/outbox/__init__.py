"""The outbox: messages are handed in as `outbox.enqueue([outbox.email(...)], now=now)`, inside the transaction of
whoever has something to say, and delivered after it (docs/messages.md)."""

from integrations.outbox.mails import Addressee, account_mail_stream, email, hospital, welcome
from integrations.outbox.services import Draft, Overtaken, TooLate, enqueue, resend, withdraw, writing
from integrations.outbox.wake import wake_workers

__all__ = [
    "Addressee",
    "Draft",
    "Overtaken",
    "TooLate",
    "account_mail_stream",
    "email",
    "enqueue",
    "hospital",
    "resend",
    "wake_workers",
    "welcome",
    "withdraw",
    "writing",
]
