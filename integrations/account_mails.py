"""allauth's mails, by the same outbox as all others (D2: verification, password reset, notices about the account)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account import app_settings
from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.signing_in.adapter import AccountAdapter
from core import clock
from core.web.links import absolute, absolute_url
from integrations.outbox import Draft, account_mail_stream, enqueue, hospital


@dataclass(frozen=True, kw_only=True)
class MailFacts:
    """What a mail says; `lifetime` when it is of no use after that; `once` names what is told only once."""

    action: str
    data: dict[str, Any]
    lifetime: timedelta | None = None
    once: str = ""


class OutboxAccountAdapter(AccountAdapter):
    """`ACCOUNT_ADAPTER`: writes to the outbox where allauth would send."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write allauth's mail to the outbox. Raises KeyError for one that has no message of ours."""
        facts, user, now = MAILS[template_prefix](context), context.get("user"), clock.now()
        name = user.full_name if user else ""  # not that of whoever is signed in: the address may be anybody's
        draft = Draft(
            action=facts.action,
            data={"to": {"email": email, "name": name}, "hospital": hospital(), **facts.data},
            dedupe_key=f"account:{facts.once or uuid.uuid4()}",
            stream=account_mail_stream(user, email),
            expires_at=now + facts.lifetime if facts.lifetime else None,
        )
        with transaction.atomic():
            enqueue([draft], now=now)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the owner of an account that something was changed."""
        super().send_notification_mail(template_prefix, user, {**(context or {}), "user": user}, email)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """To the account's own spelling of the address: one that only looks the same may be another mailbox.

        https://www.djangoproject.com/weblog/2019/dec/18/security-releases/
        """
        super().send_password_reset_mail(user, user.email, context)


def _own(url: str) -> str:
    """A link allauth built from the request's host, on our own address instead.

    A forged Host header must not lead the reader elsewhere.
    """
    return absolute(urlsplit(url).path)


def _verification(context: dict[str, Any]) -> MailFacts:
    lifetime = timedelta(days=app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS)
    data = {"url": _own(context["activate_url"]), "expires_minutes": _minutes(lifetime)}
    return MailFacts(action="EMAIL_VERIFICATION", data=data, lifetime=lifetime)


def _reset(context: dict[str, Any]) -> MailFacts:
    lifetime = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    link = _own(context["password_reset_url"])
    data = {"account_exists": True, "url": link, "expires_minutes": _minutes(lifetime)}
    return MailFacts(action="PASSWORD_RESET", data=data, lifetime=lifetime)


def _unknown(context: dict[str, Any]) -> MailFacts:
    data = {"account_exists": False, "sign_up_url": absolute_url("accounts:signup_choice")}
    return MailFacts(action="PASSWORD_RESET", data=data, lifetime=timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT))


def _notice(notice: str, *, page: str = "accounts:security") -> Callable[[dict[str, Any]], MailFacts]:
    def facts(context: dict[str, Any]) -> MailFacts:
        return MailFacts(action="ACCOUNT_NOTICE", data={"notice": notice, "url": absolute_url(page)})

    return facts


def _already_exists(context: dict[str, Any]) -> MailFacts:
    """Once a day for each account: a stranger can cause it at will."""
    data = {
        "notice": "ACCOUNT_ALREADY_EXISTS",
        "url": absolute_url("account_login"),
        "reset_url": absolute_url("account_reset_password"),
    }
    day = clock.hospital_day(clock.now())
    return MailFacts(action="ACCOUNT_NOTICE", data=data, once=f"exists:{context['user'].pk}:{day.isoformat()}")


def _minutes(lifetime: timedelta) -> int:
    return int(lifetime.total_seconds() // 60)


def _invitation(context: dict[str, Any]) -> MailFacts:
    lifetime = context["lifetime"]
    link = _own(context["invitation_url"])
    data = {"role": context["user"].role, "url": link, "expires_minutes": _minutes(lifetime)}
    return MailFacts(action="INVITATION", data=data, lifetime=lifetime)


MAILS: Mapping[str, Callable[[dict[str, Any]], MailFacts]] = {
    "account/email/email_confirmation": _verification,
    "account/email/email_confirmation_signup": _verification,
    "account/email/password_reset_key": _reset,
    "account/email/unknown_account": _unknown,
    "account/email/account_already_exists": _already_exists,
    "account/email/email_changed": _notice("EMAIL_CHANGED"),
    "account/email/email_deleted": _notice("EMAIL_CHANGED"),
    "account/email/password_changed": _notice("PASSWORD_CHANGED"),
    "account/email/password_set": _notice("PASSWORD_CHANGED"),
    "account/email/password_reset": _notice("PASSWORD_RESET"),
    "mfa/email/totp_activated": _notice("SECOND_FACTOR_ADDED"),
    "mfa/email/webauthn_added": _notice("SECOND_FACTOR_ADDED"),
    "mfa/email/totp_deactivated": _notice("SECOND_FACTOR_REMOVED"),
    "mfa/email/webauthn_removed": _notice("SECOND_FACTOR_REMOVED"),
    "mfa/email/recovery_codes_generated": _notice("RECOVERY_CODES_CHANGED"),
    # Of our own:
    "accounts/email/invitation": _invitation,
    "mfa/email/recovery_code_used": _notice("RECOVERY_CODE_USED"),
    "mfa/email/second_factor_reset": _notice("SECOND_FACTOR_RESET"),
}
