"""A link is accepted while staff send another one, with real threads (H3): who has a password is invited no more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts import locks
from accounts.invitations import services as invitations
from accounts.models import Invitation, User
from accounts.tests.factories import StaffFactory
from core import clock
from integrations.models import OutgoingMessage
from tests.concurrency.support.crowd import Crowd
from tests.concurrency.support.guards import start_inside


def race(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], bool, int]:
    """Staff send again while the link is being accepted: its locks are held, nothing of it is committed."""
    administrator, invited = StaffFactory(), StaffFactory()
    User.objects.filter(pk=invited.pk).update(password="!")
    monkeypatch.setattr("accounts.invitations.services.secrets.token_urlsafe", lambda _: "t" * 43)
    now = clock.now()
    with transaction.atomic():
        invitations.invite(user=User.objects.get(pk=invited.pk), by=administrator, now=now)
    sent = OutgoingMessage.objects.count()

    def sends_again() -> Any:
        return invitations.invite_again(
            user=User(pk=invited.pk), email=invited.email, by=administrator, now=now + timedelta(minutes=1)
        )

    again = start_inside(monkeypatch, invitations, "address_of", sends_again)
    answers = crowd.rush([lambda: invitations.accept(token="t" * 43, password="Quiet-Harbour-42", now=now), again])
    said = [type(answer.error).__name__ for answer in answers]
    return said, Invitation.objects.filter(user=invited).exists(), OutgoingMessage.objects.count() - sent


def test_who_has_just_set_a_password_is_not_invited_again(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    assert race(crowd, monkeypatch) == (["NoneType", "AlreadyAccepted"], False, 0)


def test_control_without_the_lock_they_are(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "account", lambda pk: User.objects.get(pk=pk))
    assert race(crowd, monkeypatch) == (["NoneType", "NoneType"], True, 1)
