"""A new encryption key reaches every room that seals something."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from accounts.models import SecondFactor
from accounts.tests.factories import StaffFactory, sign_in
from bookings.calendars import feeds
from bookings.models import CalendarFeed
from core import clock
from core.crypto import unseal
from core.fields.sealed import sealed_fields
from integrations.reencryption import reencrypt_all
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
    assert {(sealed.model.__name__, sealed.field, sealed.inside) for sealed in sealed_fields()} == {
        ("CalendarFeed", "sealed_token", ()),
        ("ExportFile", "content", ()),
        ("GoogleConnection", "sealed_token", ()),
        ("OutgoingMessage", "content", ()),
        ("Session", "session_data", ()),
        ("SecondFactor", "data", ("secret", "seed")),
    }


def test_second_factors_and_sessions_survive_the_old_keys_end(settings: Any, client: Client) -> None:
    ada = StaffFactory()
    factor = TOTP.activate(ada, "JBSWY3DPEHPK3PXP").instance
    codes = RecoveryCodes.activate(ada).generate_codes()
    sign_in(client, ada)
    new_key = "bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleTE="
    settings.FIELD_ENCRYPTION_KEYS = [new_key, *settings.FIELD_ENCRYPTION_KEYS]
    count = reencrypt_all()
    settings.FIELD_ENCRYPTION_KEYS = [new_key]

    assert (count.sealed, count.unreadable) == (3, 0)
    assert unseal(SecondFactor.objects.get(pk=factor.pk).data["secret"]) == "JBSWY3DPEHPK3PXP"
    assert SecondFactor.objects.get(type="recovery_codes").wrap().generate_codes() == codes
    assert client.get("/accounts/security/").status_code == 200
