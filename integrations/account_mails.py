"""allauth's mails, by the same outbox as all others (D2: verification, password reset, notices about the account)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from allauth.account import app_settings
from django.conf import settings
from django.db import transaction

from accounts.adapter import AccountAdapter
from core.clock import now as clock_now
from core.links import absolute, absolute_url
from integrations.services import Draft, enqueue, hospital

Facts = Callable[[dict[str, Any]], tuple[str, dict[str, Any], timedelta | None]]


class OutboxAccountAdapter(AccountAdapter):
    """`ACCOUNT_ADAPTER`: writes to the outbox where allauth would send."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write allauth's mail to the outbox. Raises KeyError for one that has no message of ours."""
        action, data, lifetime = MAILS[template_prefix](context)
        now = clock_now()
        name = getattr(context.get("user") or getattr(self.request, "user", None), "full_name", "")
        draft = Draft(
            action=action,
            data={"to": {"email": email, "name": name}, "hospital": hospital(), **data},
            dedupe_key=_once(action, email, data, now.isoformat()),
            stream=f"account:{hashlib.sha256(email.encode()).hexdigest()[:32]}",
            expires_at=now + lifetime if lifetime else None,
        )
        with transaction.atomic():
            enqueue([draft], now=now)


def _once(*parts: Any) -> str:
    return "account:" + hashlib.sha256(repr(parts).encode()).hexdigest()


def _own(url: str) -> str:
    """A link allauth built from the request's host, on our own address instead: a forged Host header must not
    lead the reader elsewhere."""
    path = "/" + url.split("://", 1)[-1].split("/", 1)[-1] if "://" in url else url
    return absolute(path)


def _verification(context: dict[str, Any]) -> tuple[str, dict[str, Any], timedelta]:
    lifetime = timedelta(days=app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS)
    return (
        "EMAIL_VERIFICATION",
        {"url": _own(context["activate_url"]), "expires_minutes": _minutes(lifetime)},
        lifetime,
    )


def _reset(context: dict[str, Any]) -> tuple[str, dict[str, Any], timedelta]:
    lifetime = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    link = _own(context["password_reset_url"])
    return "PASSWORD_RESET", {"account_exists": True, "url": link, "expires_minutes": _minutes(lifetime)}, lifetime


def _unknown(context: dict[str, Any]) -> tuple[str, dict[str, Any], None]:
    return "PASSWORD_RESET", {"account_exists": False, "sign_up_url": absolute_url("accounts:signup_choice")}, None


def _notice(notice: str) -> Facts:
    def facts(context: dict[str, Any]) -> tuple[str, dict[str, Any], None]:
        return "ACCOUNT_NOTICE", {"notice": notice, "url": absolute_url("dashboards:profile")}, None

    return facts


def _minutes(lifetime: timedelta) -> int:
    return int(lifetime.total_seconds() // 60)


MAILS: Mapping[str, Facts] = {
    "account/email/email_confirmation": _verification,
    "account/email/email_confirmation_signup": _verification,
    "account/email/password_reset_key": _reset,
    "account/email/unknown_account": _unknown,
    "account/email/account_already_exists": _notice("ACCOUNT_ALREADY_EXISTS"),
    "account/email/email_changed": _notice("EMAIL_CHANGED"),
    "account/email/email_confirm": _notice("EMAIL_CHANGED"),
    "account/email/email_deleted": _notice("EMAIL_CHANGED"),
    "account/email/password_changed": _notice("PASSWORD_CHANGED"),
    "account/email/password_set": _notice("PASSWORD_CHANGED"),
    "account/email/password_reset": _notice("PASSWORD_RESET"),
    "mfa/email/totp_activated": _notice("SECOND_FACTOR_ADDED"),
    "mfa/email/webauthn_added": _notice("SECOND_FACTOR_ADDED"),
    "mfa/email/totp_deactivated": _notice("SECOND_FACTOR_REMOVED"),
    "mfa/email/webauthn_removed": _notice("SECOND_FACTOR_REMOVED"),
    "mfa/email/recovery_codes_generated": _notice("RECOVERY_CODES_CHANGED"),
}
