"""Accounts made for somebody else (H3): a link is mailed to them, and only they ever know the password."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import locks
from accounts.choices import Role
from accounts.models import Invitation, User
from accounts.services import ACCOUNT_ERRORS, address_of, change_email, create_staff, lock_not_erased
from accounts.staff.rights import may_change_account
from core.db import short_transaction
from core.errors import DomainError, translated
from core.text.addresses import normal_or_lower
from core.web.links import absolute_url

MAIL = "accounts/email/invitation"
TOKEN = "[A-Za-z0-9_-]{43}"  # noqa: S105  the shape of one: 256 bits


class InvitationGone(DomainError):
    message = _("This link no longer works. It’s been used already or replaced by a newer one, or it has expired.")


class AlreadyAccepted(DomainError):
    message = _(
        "They’ve already set their password. "
        "If they’ve forgotten it, “Forgotten your password?” on the sign-in page will send them a link."
    )


class NotInvited(DomainError):
    message = _("This account wasn’t created by an invitation, so there’s none to send again.")


class InvitedAccountClosed(DomainError):
    message = _("This account is closed, so nobody can be invited to it.")
    code = "invited_account_closed"


def invite(*, user: User, by: User | None, now: datetime) -> None:
    """Mail a link with which the person sets their password; any link before is dead.

    To be called inside the transaction that makes or changes the account. The link works once, for
    `INVITATION_DAYS`, and only as long as the account keeps the address it was sent to. Raises Erased.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("invite must run inside the transaction that makes the account")
    lock_not_erased(user)
    token, lasts = secrets.token_urlsafe(32), timedelta(days=settings.INVITATION_DAYS)
    row = Invitation(user=user, digest=digest_of(token), invited_by=by, sent_at=now, expires_at=now + lasts)
    Invitation.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["digest", "invited_by", "sent_at", "expires_at"],
    )
    facts = {"user": user, "invitation_url": absolute_url("accounts:invitation", token), "lifetime": lasts}
    get_adapter().send_mail(MAIL, user.email, facts)


def invite_staff(*, username: str, email: str, full_name: str, phone: str = "", by: User, now: datetime) -> User:
    """Make an account for a member of staff, and invite them. Raises EmailTaken, UsernameTaken."""
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        user = create_staff(username=username, email=email, password=None, full_name=full_name, phone=phone)
        invite(user=user, by=by, now=now)
    return user


def invite_again(*, user: User, email: str, by: User, now: datetime) -> None:
    """Send a new link, perhaps to another address. The one before is told only if it was confirmed to be theirs.

    Raises AlreadyAccepted, NotInvited, AccountClosed, EmailTaken, Busy; PermissionDenied when `by` keeps no such staff.
    """
    with translated(ACCOUNT_ERRORS), short_transaction():
        fresh = locks.account(user.pk)
        _may_be_invited_again(fresh, by)
        if normal_or_lower(email) != normal_or_lower(fresh.email):
            _send_elsewhere(fresh, email)
        invite(user=fresh, by=by, now=now)


def _may_be_invited_again(fresh: User, by: User) -> None:
    if fresh.role == Role.STAFF and not may_change_account(by, fresh):
        raise PermissionDenied
    if fresh.has_usable_password():
        raise AlreadyAccepted
    if not Invitation.objects.filter(user=fresh).exists():
        raise NotInvited
    if not fresh.is_active:
        raise InvitedAccountClosed


def _send_elsewhere(user: User, email: str) -> None:
    before, was_confirmed = user.email, user.email_verified
    change_email(user=user, email=email)
    if was_confirmed:
        get_adapter().send_notification_mail("account/email/email_changed", user, email=before)


def open_invitation(token: str, now: datetime) -> Invitation | None:
    """What a link is for, while it works. Changes nothing: mail programs open links to look at them."""
    row = Invitation.objects.select_related("user").filter(digest=digest_of(token)).first()
    return row if row and _is_open(row, now) else None


def accept(*, token: str, password: str, now: datetime) -> User:
    """Set the password; the address counts as confirmed, for the link came there. Raises InvitationGone, Busy."""
    hashed, digest = make_password(password), digest_of(token)  # slow on purpose: before anything is locked
    with translated(ACCOUNT_ERRORS), short_transaction():
        user = locks.invited(digest)  # first the account, then its invitation, as whoever invites again does
        row = locks.invitation(digest)
        if user is None or row is None or not _is_open(row, now):
            raise InvitationGone
        user.password = hashed
        user.save(update_fields=["password"])
        EmailAddress.objects.filter(pk=address_of(user).pk).update(verified=True, primary=True)
        row.delete()
        user.email_verified = True
        return user


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _is_open(row: Invitation, now: datetime) -> bool:
    return row.expires_at > now and row.user.is_active and not row.user.has_usable_password()
