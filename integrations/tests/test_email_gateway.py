"""The POST to the e-mail function, against a real HTTP server that misbehaves on demand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from integrations import delivery
from integrations.choices import MessageStatus
from integrations.email_gateway import client
from integrations.email_gateway.fake import FakeEmailFunction, running
from integrations.errors import PermanentFailure, TemporaryFailure
from integrations.outbox import services
from integrations.tests.factories import make_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def function(settings: Any) -> Iterator[FakeEmailFunction]:
    settings.EMAIL_SERVICE_TIMEOUT_SECONDS = 0.4
    with running() as fake:
        settings.EMAIL_SERVICE_URL = fake.url
        yield fake


def test_the_signature_is_one_the_standards_own_library_accepts(function: FakeEmailFunction, settings: Any) -> None:
    other = "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItMTI="
    first = settings.EMAIL_SERVICE_SECRETS[0]
    settings.EMAIL_SERVICE_SECRETS = [first, other]
    client.deliver_email(make_message(data={"to": {"name": "王芳"}}))
    call = function.calls[0]
    for secret in (first, other):
        assert Webhook(secret).verify(call["body"], call["headers"])["data"]["to"]["name"] == "王芳"


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("error", "answered 500"),
        ("busy", "answered 429"),
        ("garbage", "something else than"),
        ("redirect", "answered 302"),
        ("hang", "did not answer in time"),
        ("endless", "had no end"),
        ("drop", "could not be reached"),
    ],
)
def test_a_function_that_misbehaves_is_asked_again_later(function: FakeEmailFunction, mode: str, reason: str) -> None:
    function.mode = mode
    with pytest.raises(TemporaryFailure, match=reason):  # that it gives up by itself is what the reason says
        client.deliver_email(make_message())
    assert len(function.calls) == 1  # a redirect is not followed


def test_retry_after_is_passed_on(function: FakeEmailFunction) -> None:
    function.mode = "busy"
    with pytest.raises(TemporaryFailure) as caught:
        client.deliver_email(make_message())
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 7


def test_what_the_function_refuses_for_ever_is_not_asked_again(function: FakeEmailFunction) -> None:
    function.mode = "refuse"
    with pytest.raises(PermanentFailure, match="400"):
        client.deliver_email(make_message())


def test_a_function_that_is_not_there_is_a_temporary_failure(settings: Any) -> None:
    with pytest.raises(TemporaryFailure, match="could not be reached"):
        client.deliver_email(make_message())


def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_id_and_sent_once(
    function: FakeEmailFunction,
) -> None:
    message = make_message()
    function.mode = "drop"
    claimed = services.claim(now=timezone.now())
    assert claimed is not None
    delivery.deliver_one(claimed)
    function.mode = "ok"
    again = services.claim(now=timezone.now() + timezone.timedelta(minutes=5))
    assert again is not None
    delivery.deliver_one(again)
    message.refresh_from_db()
    assert message.status == MessageStatus.SENT
    assert [call["headers"]["webhook-id"] for call in function.calls] == [str(message.message_id)] * 2
    assert function.calls[0]["body"] == function.calls[1]["body"]
    assert function.sends == 1


def test_one_message_refused_for_ever_fails_and_holds_nothing_else_up(function: FakeEmailFunction) -> None:
    function.refused_actions = {"POISON"}
    bad, good = make_message(action="POISON"), make_message()
    assert delivery.drain(seconds=10, per_second=1_000) == 2
    for message, status in ((bad, MessageStatus.FAILED), (good, MessageStatus.SENT)):
        message.refresh_from_db()
        assert message.status == status


def test_a_fault_of_our_own_is_retried_and_says_nothing_personal(
    function: FakeEmailFunction, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    message = make_message(data={"to": {"email": "pat@example.org"}})
    settings.FIELD_ENCRYPTION_KEYS = ["bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldzE="]
    delivery.drain(seconds=10, per_second=1_000)
    message.refresh_from_db()
    assert message.status == MessageStatus.QUEUED
    assert "FIELD_ENCRYPTION_KEYS" in message.last_error
    assert "pat@example.org" not in caplog.text + message.last_error


def test_the_rate_is_bounded(function: FakeEmailFunction) -> None:
    for _ in range(5):
        make_message()
    started = time.monotonic()
    delivery.drain(seconds=10, per_second=20)
    assert time.monotonic() - started >= 5 / 20
