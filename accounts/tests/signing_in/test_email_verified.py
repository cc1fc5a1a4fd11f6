"""The account's own copy of "this address is confirmed": kept by the database, so no road leads around it (A6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import address_of, change_email, propose_email, withdraw_proposed_email
from accounts.tests.factories import StaffFactory, sign_in, verify

pytestmark = pytest.mark.django_db
TRUTH = """
    SELECT u.id FROM accounts_user u WHERE u.email_verified <> EXISTS (
        SELECT FROM account_emailaddress a WHERE a.user_id = u.id AND a.verified AND UPPER(a.email) = UPPER(u.email))
"""


def is_verified(user: User) -> bool:
    """As it stands in the account's row; and nowhere do the two differ."""
    with connection.cursor() as cursor:
        cursor.execute(TRUTH)
        assert cursor.fetchall() == []
    return User.objects.get(pk=user.pk).email_verified


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_new_account_is_not_verified_whatever_is_written(ada: User) -> None:
    claimed = StaffFactory(email_verified=True)
    assert (is_verified(ada), is_verified(claimed)) == (False, False)


@pytest.mark.parametrize("spelling", ["ada@example.org", "Ada@Example.ORG"])
def test_a_confirmed_address_verifies_the_account_it_is_of(ada: User, spelling: str) -> None:
    other = StaffFactory()
    EmailAddress.objects.create(user=ada, email=spelling, primary=True, verified=True)
    assert (is_verified(ada), is_verified(other)) == (True, False)


def test_a_confirmed_address_the_account_does_not_have_counts_nothing(ada: User) -> None:
    EmailAddress.objects.create(user=ada, email="other@example.org", verified=True)
    assert not is_verified(ada)


LOSING: dict[str, Callable[[User], object]] = {
    "the row is unverified": lambda ada: EmailAddress.objects.filter(user=ada).update(verified=False),
    "the row is deleted": lambda ada: EmailAddress.objects.filter(user=ada).delete(),
    "the row is deleted by SQL": lambda ada: sql("DELETE FROM account_emailaddress WHERE user_id = %s", ada.pk),
    "the row has another address": lambda ada: EmailAddress.objects.filter(user=ada).update(email="b@example.org"),
    "the row goes to another": lambda ada: EmailAddress.objects.filter(user=ada).update(user=StaffFactory()),
    "the account has another address": lambda ada: User.objects.filter(pk=ada.pk).update(email="b@example.org"),
    "the same by SQL": lambda ada: sql("UPDATE accounts_user SET email = 'b@example.org' WHERE id = %s", ada.pk),
    "the service": lambda ada: change_email(user=ada, email="b@example.org"),
}


@pytest.mark.parametrize("happening", LOSING)
def test_it_ends_when(ada: User, happening: str) -> None:
    verify(ada)
    assert is_verified(ada)
    LOSING[happening](ada)
    assert not is_verified(ada)


KEEPING: dict[str, Callable[[User], object]] = {
    "it is written by SQL": lambda ada: sql("UPDATE accounts_user SET email_verified = FALSE WHERE id = %s", ada.pk),
    "it is updated": lambda ada: User.objects.filter(pk=ada.pk).update(email_verified=False),
    "an older copy is saved": lambda ada: ada.save(),
    "the address changes its capitals": lambda ada: User.objects.filter(pk=ada.pk).update(email="ADA@example.org"),
    "another is proposed": lambda ada: propose_email(user=ada, email="b@example.org"),
    "and taken back": lambda ada: (propose_email(user=ada, email="b@x.org"), withdraw_proposed_email(user=ada)),
    "the address is asked for": address_of,
}


@pytest.mark.parametrize("happening", KEEPING)
def test_it_stays_when(ada: User, happening: str) -> None:
    EmailAddress.objects.create(user=ada, email=ada.email, primary=True, verified=True)
    assert not ada.email_verified  # this copy was read before
    KEEPING[happening](ada)
    assert is_verified(ada)


def test_it_can_not_be_claimed(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(email_verified=True)
    sql("UPDATE accounts_user SET email_verified = TRUE WHERE id = %s", ada.pk)
    assert not is_verified(ada)


def test_the_service_says_so_at_once(ada: User) -> None:
    verify(ada)
    change_email(user=ada, email="b@example.org")
    assert not ada.email_verified


@pytest.mark.ignore_template_errors
def test_the_admin_gives_another_address_and_it_is_not_confirmed(client: Client, ada: User) -> None:
    verify(ada)
    sign_in(client, StaffFactory())
    typed = {"full_name": ada.full_name, "email": "New@example.org", "phone": "", "is_staff": "on"}
    assert client.post(reverse("admin:accounts_user_change", args=[ada.pk]), typed).status_code == 302
    assert User.objects.get(pk=ada.pk).email == "new@example.org"
    assert not is_verified(ada)
