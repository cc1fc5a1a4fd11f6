"""Reading accounts."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db.models import QuerySet

from accounts.models import User


def email_is_taken(email: str, *, besides: User | None = None) -> bool:
    """Whether an account, other than `besides`, has this address in any spelling of capitals."""
    accounts = User.objects.filter(email__iexact=email.strip())
    if besides is not None:
        accounts = accounts.exclude(pk=besides.pk)
    return accounts.exists()


def username_is_taken(username: str) -> bool:
    """Whether an account has this username in any spelling of capitals."""
    return User.objects.filter(username__iexact=username).exists()


def account_named(login: str) -> User | None:
    """The account somebody means who types `login` to sign in: an e-mail address or a username, capitals aside."""
    return (
        User.objects.filter(email__iexact=login).order_by("pk").first()
        or User.objects.filter(username__iexact=login).order_by("pk").first()
    )


def email_of(user: User) -> str:
    """The address as it is kept, whatever a form has written into this copy of the account."""
    return User.objects.values_list("email", flat=True).get(pk=user.pk)


def proposed_addresses(user: User) -> QuerySet[EmailAddress]:
    """Addresses the person wants instead of the present one and has not confirmed yet; one at most."""
    return EmailAddress.objects.filter(user=user, verified=False).exclude(email__iexact=user.email)
