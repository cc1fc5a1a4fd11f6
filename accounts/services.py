"""Making and changing accounts. Patients and doctors are made by their own apps, through `create_account`."""

from __future__ import annotations

from collections.abc import Mapping

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.choices import Role
from accounts.models import User
from accounts.selectors import proposed_addresses
from core.errors import DomainError, translated


class EmailTaken(DomainError):
    message = "There is already an account with this e-mail."


class UsernameTaken(DomainError):
    message = "Somebody already has this username."


# Named constraints become a sentence, whichever road the row came by.
ACCOUNT_ERRORS: Mapping[str, type[DomainError]] = {
    "user_email_unique": EmailTaken,
    "user_username_unique": UsernameTaken,
    "accounts_user_username_key": UsernameTaken,
    "unique_verified_email": EmailTaken,
}


def create_account(
    *, role: Role, username: str, email: str, password: str | None, full_name: str, phone: str = ""
) -> User:
    """Make a user and their e-mail address row; to be called inside the caller's transaction.

    The caller makes the profile in the same transaction (A5), and wraps it in `translated(ACCOUNT_ERRORS)`.
    A `password` of None makes an account that can't be signed in to until one is set.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("create_account must run inside the transaction that makes the profile")
    user = User(
        username=User.normalize_username(username),
        email=email.strip().lower(),
        full_name=" ".join(full_name.split()),
        phone=phone.strip(),
        role=role,
    )
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    return user


def update_account(*, user: User, full_name: str, phone: str) -> User:
    """Change what a person may change about themselves. The e-mail address has its own, verified road."""
    user.full_name = " ".join(full_name.split())
    user.phone = phone.strip()
    with translated(ACCOUNT_ERRORS):
        user.save(update_fields=["full_name", "phone"])
    return user


def change_email(*, user: User, email: str) -> User:
    """Give an account another e-mail address, unverified. Raises EmailTaken.

    The caller has asked for the password just before: who holds the address can claim the account.
    """
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        user.email = email.strip().lower()
        user.save(update_fields=["email"])
        EmailAddress.objects.filter(user=user).delete()
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
        user.email_verified = False
    return user


def propose_email(*, user: User, email: str) -> EmailAddress:
    """An address that takes the place of the confirmed one once its owner has followed the link sent there.

    It replaces an earlier proposal, whose link no longer works.
    """
    with transaction.atomic():
        withdraw_proposed_email(user=user)
        address: EmailAddress = EmailAddress.objects.create(
            user=user, email=email.strip().lower(), primary=False, verified=False
        )
    return address


def withdraw_proposed_email(*, user: User) -> None:
    """Stay with the present address; links sent to a proposed one stop working."""
    proposed_addresses(user).delete()


def address_of(user: User) -> EmailAddress:
    """The row of the present address, made where there is none: accounts from the command line have none."""
    address, _ = EmailAddress.objects.get_or_create(user=user, email=user.email.lower(), defaults={"primary": True})
    return address


def create_staff(
    *, username: str, email: str, password: str | None, full_name: str, phone: str = "", is_superuser: bool = False
) -> User:
    """Make an account that may enter the admin; what it may do there is up to its groups, or everything.

    Raises EmailTaken, UsernameTaken.
    """
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        user = create_account(
            role=Role.STAFF, username=username, email=email, password=password, full_name=full_name, phone=phone
        )
        user.is_staff, user.is_superuser = True, is_superuser
        user.save(update_fields=["is_staff", "is_superuser"])
    return user


def set_active(*, user: User, is_active: bool) -> bool:
    """Let a person sign in, or not any more; their records stay. Says whether this call changed it."""
    return bool(User.objects.filter(pk=user.pk, is_active=not is_active).update(is_active=is_active))
