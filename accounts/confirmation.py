"""Showing that an e-mail address is one's own: the link that is sent, and the way on once it was followed (A6)."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.selectors import email_of
from accounts.services import address_of, change_email, propose_email

_DESTINATION = "after_confirming"


def verify_path(destination: str = "") -> str:
    """The page that asks to confirm first, and goes on to `destination` once that is done."""
    query = f"?{urlencode({'next': destination})}" if destination else ""
    return reverse("accounts:verify") + query


def keep_destination(request: HttpRequest) -> None:
    """Remember this page in the session, so that any tab of the browser comes back here after the link."""
    request.session[_DESTINATION] = request.get_full_path()


def take_destination(request: HttpRequest) -> str:
    """The page remembered, once; empty when there is none."""
    return str(request.session.pop(_DESTINATION, ""))


def send_link(request: HttpRequest, address: EmailAddress) -> bool:
    """Mail the link for `address`, unless it has had one just now or too many (`confirm_email` in the limits)."""
    return bool(send_verification_email_to_address(request, address))


def change_address(request: HttpRequest, *, user: User, email: str) -> bool:
    """The person's own change, for who has just given the password. Says whether a link could be sent.

    A confirmed address stays until the new one is confirmed too; one that never was is replaced at once: it may be
    a stranger's. Raises EmailTaken.
    """
    if not user.email_verified:
        return replace_address(request, user=user, email=email)
    with transaction.atomic():
        return send_link(request, propose_email(user=user, email=email))


def replace_address(request: HttpRequest, *, user: User, email: str) -> bool:
    """Another address at once, unconfirmed: the link goes there, a notice to the one before. Raises EmailTaken."""
    before = email_of(user)
    with transaction.atomic():
        change_email(user=user, email=email)
        get_adapter(request).send_notification_mail("account/email/email_changed", user, email=before)
        return send_link(request, address_of(user))
