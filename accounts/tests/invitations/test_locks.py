"""Inviting again and accepting take their locks in one order, so that neither waits for the other in a circle."""

from __future__ import annotations

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.invitations import services as invitations
from accounts.models import User
from accounts.tests.factories import StaffFactory
from core import clock

pytestmark = pytest.mark.django_db
TABLES = ("accounts_user", "accounts_invitation")


def invited(monkeypatch: pytest.MonkeyPatch) -> tuple[User, str]:
    """Somebody, and the token they were sent."""
    monkeypatch.setattr("accounts.invitations.services.secrets.token_urlsafe", lambda size: "t" * 43)
    user = StaffFactory()
    user.set_unusable_password()
    user.save(update_fields=["password"])
    with transaction.atomic():
        invitations.invite(user=user, by=None, now=clock.now())
    return user, "t" * 43


def held_in_turn(queries: CaptureQueriesContext) -> list[str]:
    """The tables whose rows are locked or written, each at its first time."""
    found = []
    for query in queries.captured_queries:
        sql = query["sql"]
        locks = " FOR NO KEY UPDATE" in sql or sql.startswith(("UPDATE", "DELETE", "INSERT"))
        table = re.search(r'(?:FROM|UPDATE|INTO) "(\w+)"', sql)
        if locks and table and table[1] in TABLES and table[1] not in found:
            found.append(table[1])
    return found


def test_accepting_locks_as_inviting_again_does(monkeypatch: pytest.MonkeyPatch) -> None:
    user, token = invited(monkeypatch)
    with CaptureQueriesContext(connection) as again:
        invitations.invite_again(user=user, email=user.email, by=StaffFactory(), now=clock.now())
    with CaptureQueriesContext(connection) as accepting:
        invitations.accept(token=token, password="Quiet-Harbour-42", now=clock.now())

    assert held_in_turn(again) == list(TABLES)
    assert held_in_turn(accepting) == list(TABLES)
