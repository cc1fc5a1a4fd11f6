"""A new encryption key reaches every room that seals something."""

from __future__ import annotations

from typing import Any

import pytest

from bookings import feeds
from bookings.models import CalendarFeed
from core import clock
from core.crypto import unseal
from integrations.reencryption import reencrypt_all, sealed, sealed_inside
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_new_key_seals_it_again(settings: Any) -> None:
    feeds.make_feed(user=make_patient().user, now=clock.now())
    old = CalendarFeed.objects.get()
    new_key = "bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleTE="
    settings.FIELD_ENCRYPTION_KEYS = [new_key, *settings.FIELD_ENCRYPTION_KEYS]
    reencrypt_all()
    settings.FIELD_ENCRYPTION_KEYS = [new_key]

    assert feeds.token_of(CalendarFeed.objects.get())
    assert CalendarFeed.objects.get().digest == old.digest
    assert unseal(CalendarFeed.objects.get().sealed_token)["user"] == old.user_id


def test_every_sealed_field_is_found() -> None:
    assert {(rows.model.__name__, field) for rows, field in sealed()} == {
        ("CalendarFeed", "sealed_token"),
        ("GoogleConnection", "sealed_token"),
        ("OutgoingMessage", "content"),
        ("Session", "session_data"),
    }
    assert {(rows.model.__name__, field, names) for rows, field, names in sealed_inside()} == {
        ("SecondFactor", "data", ("secret", "seed")),
    }
