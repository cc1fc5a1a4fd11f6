"""People for tests, made the way the product makes them."""

from __future__ import annotations

import time
from typing import Any

import factory
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.selectors import has_second_factor
from accounts.services import address_of

PASSWORD = "Correct-Horse-9"


class StaffFactory(factory.django.DjangoModelFactory[User]):
    """A member of staff who may do all that staff may do."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"staff{n}")
    email = factory.LazyAttribute(lambda o: f"{o.username}@example.org")
    full_name = factory.Sequence(lambda n: f"Sam Staff {n}")
    role = Role.STAFF
    is_staff = True
    is_superuser = True
    password = factory.django.Password(PASSWORD)


def make_staff(kind: StaffRole, **facts: Any) -> User:
    """A member of staff of one kind, by their group alone."""
    user = StaffFactory(is_superuser=False, **facts)
    user.groups.add(Group.objects.get(name=kind.group_name))
    return user


def verify(user: User) -> User:
    """As if the link sent to their address had been followed."""
    EmailAddress.objects.filter(pk=address_of(user).pk).update(verified=True)
    user.email_verified = True
    return user


def follow_link(client: Client, email: str) -> Any:
    """Confirm the address in this browser, by the link as it stands in the mail."""
    address = EmailAddress.objects.get(email=email)
    return client.post(reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key]))


def sign_in(client: Client, user: User, *, ago: float = 0) -> None:
    """As if they had signed in `ago` seconds ago, with a second step if they have one.

    Lately, and what asks again who it is (`requires_recent_sign_in`) is content.
    """
    client.force_login(user)
    session = client.session
    methods = ["password", "mfa"] if has_second_factor(User.objects.get(pk=user.pk)) else ["password"]
    session["account_authentication_methods"] = [{"method": method, "at": time.time() - ago} for method in methods]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
