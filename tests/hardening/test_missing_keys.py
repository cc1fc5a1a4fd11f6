"""A key missing from FIELD_ENCRYPTION_KEYS is said in words, at the start and on every page that would open it."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.checks import run_checks
from django.test import Client

from accounts.checks import staff_need_a_second_step
from accounts.middleware import UNREADABLE
from accounts.second_factor.forms import SEALED
from accounts.tests.factories import sign_in
from accounts.tests.second_factor.test_second_factor import after_password
from bookings.calendars import feeds
from core import clock
from core.crypto import seal
from exports.tests.factories import make_ready
from integrations.checks import keys_open_what_is_sealed
from integrations.models import GoogleConnection, OutgoingMessage
from integrations.reencryption import sealed, sealed_inside
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktb3Q="


@pytest.fixture
def ada() -> Any:
    """With something sealed in every field there is."""
    user = make_patient(username="ada").user
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(user)
    feeds.make_feed(user=user, now=clock.now())
    GoogleConnection.objects.create(
        user=user, sealed_token=GoogleConnection.seal_token(user.pk, "x"), scopes="x", connected_at=clock.now()
    )
    make_ready(user, kind="personal_data")
    sign_in(Client(), user)
    return user


def loses_the_key(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OTHER]


def test_a_code_that_cant_be_checked_is_said_beside_it(ada: Any, settings: Any) -> None:
    before = settings.FIELD_ENCRYPTION_KEYS
    client = after_password()
    rows = {factor.pk: dict(factor.data) for factor in ada.authenticator_set.all()}
    settings.FIELD_ENCRYPTION_KEYS = [OTHER]
    resealed = {
        pk: data | {name: seal("x") for name in ("secret", "seed") if name in data} for pk, data in rows.items()
    }
    settings.FIELD_ENCRYPTION_KEYS = before
    for factor in ada.authenticator_set.all():
        factor.data = resealed[factor.pk]
        factor.save(update_fields=["data"])

    assert client.post("/accounts/2fa/authenticate/", {"code": "123456"}).context["form"].errors["code"] == [SEALED]
    owner = Client()
    sign_in(owner, ada)
    again = owner.post("/accounts/2fa/reauthenticate/", {"code": "123456"})
    assert again.context["form"].errors["code"] == [SEALED]
    for page in ("/accounts/security/", "/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/download/"):
        answer = owner.get(page)
        assert answer.status_code == 503
        assert str(UNREADABLE).replace("'", "&#x27;") in answer.content.decode()


def test_the_page_of_the_calendar_address_says_so_and_offers_another(ada: Any, settings: Any) -> None:
    before, settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS, [OTHER]
    feeds.CalendarFeed.objects.update(sealed_token=seal("x"))
    settings.FIELD_ENCRYPTION_KEYS = before
    client = Client()
    sign_in(client, ada)

    assert "Make a new address" in client.get("/calendar/feed/").content.decode()


def test_every_sealed_field_is_opened_before_the_site_goes_on(ada: Any, settings: Any) -> None:
    assert OutgoingMessage.objects.exists()
    assert keys_open_what_is_sealed(databases=["default"]) == []
    loses_the_key(settings)
    said = [error.msg for error in run_checks(databases=["default"]) if error.id == "integrations.E001"]

    fields = [*sealed(), *((rows, field) for rows, field, _names in sealed_inside())]
    filled = {f"{rows.model.__name__}.{field}" for rows, field in fields if rows.exists()}
    assert len(filled) >= 5
    assert {message.split(" in ")[-1].rstrip(".") for message in said} == filled


@pytest.mark.parametrize("lost", [0, 1], ids=["the oldest row", "the newest row"])
def test_one_row_that_cannot_be_opened_is_enough(lost: int, settings: Any) -> None:
    """Keys come and go at either end: the old one was taken out too soon, or the new one is not everywhere yet."""
    people = [make_patient().user for _ in range(2)]
    for person in people:
        feeds.make_feed(user=person, now=clock.now())
    before, settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS, [OTHER]
    rows = list(feeds.CalendarFeed.objects.order_by("pk"))
    feeds.CalendarFeed.objects.filter(pk=rows[lost].pk).update(sealed_token=seal("x"))
    settings.FIELD_ENCRYPTION_KEYS = before

    said = [error.msg for error in keys_open_what_is_sealed(databases=["default"])]
    assert said == ["No key in FIELD_ENCRYPTION_KEYS opens what is kept in CalendarFeed.sealed_token."]


def test_it_is_said_that_staff_sign_in_without_a_second_step(settings: Any) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    assert staff_need_a_second_step() == []
    settings.STAFF_NEED_SECOND_FACTOR = False

    ours = [check.id for check in run_checks(include_deployment_checks=True, tags=["security"])]
    assert "accounts.W001" in ours
