"""Making and changing accounts."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.choices import Role
from accounts.models import User
from accounts.rules import EmailTaken, UsernameTaken
from accounts.services import ACCOUNT_ERRORS, change_email, create_account, update_account
from accounts.tests.factories import StaffFactory
from core.errors import translated

pytestmark = pytest.mark.django_db


def _make(**facts: Any) -> User:
    given = {"role": Role.STAFF, "username": "ada", "email": "ada@example.org", "password": None, "full_name": "Ada"}
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        return create_account(**(given | facts))


@pytest.mark.django_db(transaction=True)
def test_an_account_is_only_made_inside_the_transaction_of_its_profile() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        create_account(role=Role.STAFF, username="a", email="a@example.org", password=None, full_name="A")


def test_a_new_account_keeps_one_spelling_of_the_address_and_no_stray_spaces() -> None:
    user = _make(email=" Ada@Example.ORG ", full_name="  Ada \n Byron ")
    assert (user.email, user.full_name, user.search_name) == ("ada@example.org", "Ada Byron", "ada byron")
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.primary, address.verified) == ("ada@example.org", True, False)


def test_an_account_without_a_password_can_not_be_signed_in_to() -> None:
    assert not _make().has_usable_password()


def test_the_second_of_two_accounts_with_one_name_is_told_which() -> None:
    _make()
    with pytest.raises(EmailTaken):
        _make(username="other", email="ADA@example.org")
    with pytest.raises(UsernameTaken):
        _make(username="Ada", email="other@example.org")
    assert User.objects.count() == 1


def test_changing_a_name_changes_what_search_finds() -> None:
    user = StaffFactory()
    update_account(user=user, full_name="José  Álvarez", phone=" 020 7946 0001 ")
    user.refresh_from_db()
    assert (user.full_name, user.search_name, user.phone) == ("José Álvarez", "jose alvarez", "+442079460001")


def test_a_changed_address_replaces_the_old_one_everywhere() -> None:
    user = _make(email="old@example.org")
    change_email(user=user, email="New@Example.org")
    user.refresh_from_db()
    assert user.email == "new@example.org"
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified")) == [("new@example.org", False)]


def test_nobody_takes_the_address_of_somebody_else() -> None:
    _make(username="first", email="taken@example.org")
    user = _make(email="mine@example.org")
    with pytest.raises(EmailTaken):
        change_email(user=user, email="TAKEN@example.org")
    user.refresh_from_db()
    assert user.email == "mine@example.org"
    assert EmailAddress.objects.get(user=user).email == "mine@example.org"
