"""Whoever owns an account hears of every change to its second step (A6, D2)."""

from __future__ import annotations

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from accounts.tests.factories import StaffFactory, sign_in, verify
from accounts.tests.second_factor.test_second_factor import after_password, turns_on
from integrations.models import OutgoingMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return verify(StaffFactory(username="ada", email="ada@example.org", full_name="Ada Byron"))


def told() -> list[tuple[str, str]]:
    rows = OutgoingMessage.objects.order_by("pk")
    return [(row.data["to"]["email"], row.data["notice"]) for row in rows]


@pytest.mark.django_db(transaction=True)  # allauth tells of it once it stands
def test_of_each_change_they_make(ada: User, client: Client) -> None:
    sign_in(client, ada)
    turns_on(client)
    client.post("/accounts/2fa/recovery-codes/generate/")
    client.post("/accounts/2fa/totp/deactivate/")

    assert told() == [
        ("ada@example.org", "SECOND_FACTOR_ADDED"),
        ("ada@example.org", "RECOVERY_CODES_CHANGED"),
        ("ada@example.org", "SECOND_FACTOR_REMOVED"),
    ]


def test_of_a_recovery_code_that_signs_in(ada: User) -> None:
    TOTP.activate(ada, "JBSWY3DPEHPK3PXP")
    code = RecoveryCodes.activate(ada).generate_codes()[0]
    after_password().post("/accounts/2fa/authenticate/", {"code": code})

    assert told() == [("ada@example.org", "RECOVERY_CODE_USED")]


def test_of_a_recovery_code_that_shows_who_they_are(ada: User, client: Client) -> None:
    TOTP.activate(ada, "JBSWY3DPEHPK3PXP")
    code = RecoveryCodes.activate(ada).generate_codes()[0]
    sign_in(client, ada, ago=3600)
    client.post("/accounts/2fa/reauthenticate/", {"code": code})

    assert told() == [("ada@example.org", "RECOVERY_CODE_USED")]


def test_of_staff_who_reset_it(ada: User, client: Client) -> None:
    TOTP.activate(ada, "JBSWY3DPEHPK3PXP")
    sign_in(client, StaffFactory())
    client.post(f"/admin/accounts/user/{ada.pk}/second-factor/")

    assert told() == [("ada@example.org", "SECOND_FACTOR_RESET")]


def test_of_the_command_on_the_server_that_resets_it(ada: User) -> None:
    TOTP.activate(ada, "JBSWY3DPEHPK3PXP")
    call_command("reset_second_factor", "ada", verbosity=0)

    assert told() == [("ada@example.org", "SECOND_FACTOR_RESET")]


def test_nothing_is_told_where_there_was_none(ada: User) -> None:
    call_command("reset_second_factor", "ada", verbosity=0)

    assert told() == []
