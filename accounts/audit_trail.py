"""Signing in and out, and what keeps others out, into the audit trail (H4). Django and allauth tell it by signals."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as factor_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as auth_signals
from django.http import HttpRequest
from django.utils import translation

from accounts.models import User
from accounts.selectors import account_named
from audit import services as audit
from audit.choices import Kind


def listen() -> None:
    """Called once, when the app is ready."""
    auth_signals.user_logged_in.connect(_signed_in, dispatch_uid="audit")
    auth_signals.user_logged_out.connect(_signed_out, dispatch_uid="audit")
    auth_signals.user_login_failed.connect(_sign_in_refused, dispatch_uid="audit")
    account_signals.password_changed.connect(_password_changed, dispatch_uid="audit")
    account_signals.password_reset.connect(_password_reset, dispatch_uid="audit")
    factor_signals.authenticator_added.connect(_factor_added, dispatch_uid="audit")
    factor_signals.authenticator_removed.connect(_factor_removed, dispatch_uid="audit")
    factor_signals.authenticator_reset.connect(_codes_made_anew, dispatch_uid="audit")
    factor_signals.authenticator_used.connect(_factor_used, dispatch_uid="audit")
    factor_signals.authentication_failed.connect(_factor_refused, dispatch_uid="audit")


def sign_in_throttled(credentials: dict[str, Any]) -> None:
    """Too many wrong passwords: this one was not even looked at."""
    audit.refused(Kind.SIGN_IN_THROTTLED, target=_account(credentials))


def reauthentication_refused(user: User) -> None:
    """Signed in, and does not know the password: perhaps somebody else sits there."""
    audit.refused(Kind.REAUTHENTICATION_REFUSED, target=user)


def _signed_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    audit.set_actor(user)  # from here on, what this request does is done by them
    audit.record(Kind.SIGNED_IN, actor=user, target=user)


def _signed_out(sender: Any, request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        audit.record(Kind.SIGNED_OUT, actor=user, target=user)


def _sign_in_refused(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """With the account, when there is one of that name; never with what was typed, which may be a password."""
    audit.refused(Kind.SIGN_IN_REFUSED, target=_account(credentials))


def _account(credentials: dict[str, Any]) -> User | None:
    login = str(credentials.get("email") or credentials.get("username") or "").strip()
    return account_named(login) if login else None


def _password_changed(sender: Any, user: User, **_: Any) -> None:
    audit.record(Kind.PASSWORD_CHANGED, actor=user, target=user)


def _password_reset(sender: Any, user: User, **_: Any) -> None:
    audit.record(Kind.PASSWORD_RESET, actor=user, target=user)


def _factor_added(sender: Any, user: User, authenticator: Authenticator, **_: Any) -> None:
    made_codes = authenticator.type == Authenticator.Type.RECOVERY_CODES
    kind = Kind.RECOVERY_CODES_MADE if made_codes else Kind.SECOND_FACTOR_ADDED
    audit.record(kind, target=user, details=_type(authenticator))


def _factor_removed(sender: Any, user: User, authenticator: Authenticator, **_: Any) -> None:
    audit.record(Kind.SECOND_FACTOR_REMOVED, target=user, details=_type(authenticator))


def _codes_made_anew(sender: Any, user: User, authenticator: Authenticator, **_: Any) -> None:
    audit.record(Kind.RECOVERY_CODES_MADE, target=user, details=_type(authenticator))


def _factor_used(sender: Any, user: User, authenticator: Authenticator, **_: Any) -> None:
    """A recovery code is there once; that a factor was used to sign in, the sign-in says."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        audit.record(Kind.RECOVERY_CODE_USED, actor=user, target=user)


def _factor_refused(sender: Any, user: User, **_: Any) -> None:
    audit.refused(Kind.SECOND_FACTOR_REFUSED, target=user)


def _type(authenticator: Authenticator) -> dict[str, str]:
    with translation.override(None):  # the trail is kept in one language
        return {"kind": str(authenticator.get_type_display()).lower()}
