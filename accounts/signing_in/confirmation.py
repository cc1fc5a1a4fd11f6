"""Showing that an e-mail address is one's own: the link that is sent, and the way on once it was followed (A6)."""

from __future__ import annotations

from functools import wraps
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import (
    add_email_verification_sent_message,
    consume_email_verification_rate_limit,
    send_verification_email_to_address,
)
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import User
from accounts.permissions import View
from accounts.selectors import account_with_email, email_of
from accounts.services import address_of, change_email, propose_email
from audit import services as audit
from audit.choices import Kind

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
    """Mail the link for `address`, unless it has had one just now or too many (`confirm_email` in the limits).

    An address that is another account's gets no link: its owner is told instead. Whoever asks is answered alike.
    """
    owner = account_with_email(address.email)
    if owner is None or owner.pk == address.user_id:
        return bool(send_verification_email_to_address(request, address))
    if not tell_owner(request, owner, asked=address.email):
        return False
    add_email_verification_sent_message(request, address.email, signup=False)
    return True


def send_first_link(request: HttpRequest, user: User) -> bool:
    """The same for who has just signed up, without a word on the page: whoever sees it has not shown who they are."""
    if not consume_email_verification_rate_limit(request, user.email):
        return False
    address_of(user).send_confirmation(request, signup=True)
    return True


def tell_owner(request: HttpRequest, owner: User, *, asked: str) -> bool:
    """Somebody else tried to use this account's address: into the trail, and once a day to the owner, by mail.

    Says what `send_link` would for the address `asked`: the limits are the same.
    """
    audit.refused(Kind.ADDRESS_TAKEN, target=owner)
    if not consume_email_verification_rate_limit(request, asked):
        return False
    get_adapter(request).send_mail("account/email/account_already_exists", owner.email, {"user": owner})
    return True


def change_address(request: HttpRequest, *, user: User, email: str) -> bool:
    """The person's own change, for who has just given the password. Says whether a link could be sent.

    The present address stays until the new one is confirmed, also one that never was: were it replaced at once, the
    answer would tell which addresses have an account.
    """
    with transaction.atomic():
        return send_link(request, propose_email(user=user, email=email))


def replace_address(request: HttpRequest, *, user: User, email: str) -> bool:
    """Another address at once, unconfirmed: the link goes there, a notice to the one before. Raises EmailTaken."""
    before = email_of(user)
    with transaction.atomic():
        change_email(user=user, email=email)
        get_adapter(request).send_notification_mail("account/email/email_changed", user, email=before)
        return send_link(request, address_of(user))


def requires_confirmed_email(view: View) -> View:
    """View decorator, inside `requires`: who has not confirmed their address does so first, and comes back after.

    Off when `EMAIL_VERIFICATION_REQUIRED` is false.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        user = request.user
        if not settings.EMAIL_VERIFICATION_REQUIRED or (user.is_authenticated and user.email_verified):
            return view(request, *args, **kwargs)
        keep_destination(request)
        return redirect(verify_path(request.get_full_path()))

    return guarded
