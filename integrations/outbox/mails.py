"""Mails to people, with what every mail carries: drafts for `enqueue`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.models import User
from core.web.links import absolute, absolute_url
from integrations.outbox.services import Draft


@dataclass(frozen=True)
class Addressee:
    """Somebody who can be written to without having an account."""

    full_name: str
    email: str


def email(
    *,
    to: User | Addressee,
    action: str,
    data: dict[str, Any],
    dedupe_key: str,
    stream: str,
    expires_at: datetime | None = None,
) -> Draft:
    """A mail to a person, with what every mail carries.

    `data` must follow the contract of the e-mail function (email_service/README.md).
    """
    return Draft(
        action=action,
        data={"to": {"email": to.email, "name": to.full_name}, "hospital": hospital(), **data},
        dedupe_key=dedupe_key,
        stream=stream,
        expires_at=expires_at,
    )


def welcome(user: User, *, awaiting_approval: bool = False) -> Draft:
    """The first mail to a new patient or doctor (A2)."""
    return email(
        to=user,
        action="SIGNUP_WELCOME",
        data={
            "role": user.role,
            "sign_in_url": absolute_url("account_login"),
            "awaiting_approval": awaiting_approval,
        },
        dedupe_key=f"welcome:{user.pk}",
        stream=f"account:{user.pk}",
    )


def hospital() -> dict[str, str]:
    """The sender, as the reader knows it."""
    return {"name": settings.HOSPITAL_NAME, "phone": settings.HOSPITAL_PHONE, "url": absolute("/")}


def account_mail_stream(user: User | None, email: str) -> str:
    """Each person's in order. Apart from their other messages, so that a link never waits behind one of those."""
    whose = str(user.pk) if user else salted_hmac("account mail", email.lower()).hexdigest()
    return f"account-mail:{whose}"
