"""Making and changing accounts. Patients and doctors are made by their own apps, through `create_account`."""

from __future__ import annotations

from collections.abc import Mapping

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.choices import Role
from accounts.models import User
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
        username=username, email=email.strip(), full_name=" ".join(full_name.split()), phone=phone.strip(), role=role
    )
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email.lower(), primary=True, verified=False)
    return user


def update_account(*, user: User, full_name: str, phone: str) -> User:
    """Change what a person may change about themselves. The e-mail address has its own, verified road."""
    user.full_name = " ".join(full_name.split())
    user.phone = phone.strip()
    with translated(ACCOUNT_ERRORS):
        user.save(update_fields=["full_name", "phone"])
    return user
