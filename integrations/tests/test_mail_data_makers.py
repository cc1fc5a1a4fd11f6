"""What a mail says is made when it is delivered, where its room says how (D3): the outbox never holds a file."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.utils import timezone

from integrations import delivery
from integrations.choices import Channel, MessageStatus
from integrations.email_gateway import client
from integrations.email_gateway.fake import FakeEmailFunction, running
from integrations.errors import NoLongerNeeded, Undeliverable
from integrations.models import ChannelState, OutgoingMessage
from integrations.outbox import services
from integrations.tests.factories import make_message

pytestmark = pytest.mark.django_db(transaction=True)
PDF = b"%PDF-1.7 what only its patient may read"
STORED = {"to": {"email": "pat@example.org", "name": "Pat"}, "version": 17}


class Maker:
    """`error` is raised instead of making; what it was given, and in which state, is kept."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.given: list[dict[str, Any]] = []
        self.was_in_transaction: list[bool] = []
        self.content = PDF

    def __call__(self, stored: dict[str, Any]) -> dict[str, Any]:
        self.given.append(dict(stored))
        self.was_in_transaction.append(connection.in_atomic_block)
        if self.error:
            raise self.error
        number = stored.pop("version")
        file = {"filename": f"record-{number}.pdf", "content_type": "application/pdf"}
        return {**stored, "attachment": {**file, "base64": base64.b64encode(self.content).decode()}}


MAKER = Maker()


@pytest.fixture
def maker(settings: Any) -> Maker:
    settings.MAIL_DATA_MAKERS = {"MEDICAL_RECORD": f"{__name__}.MAKER"}
    MAKER.__init__()  # type: ignore[misc]
    return MAKER


@pytest.fixture
def function(settings: Any) -> Iterator[FakeEmailFunction]:
    with running() as fake:
        settings.EMAIL_SERVICE_URL = fake.url
        yield fake


def record() -> OutgoingMessage:
    return make_message(action="MEDICAL_RECORD", data=STORED)


def deliver(*, after: timedelta = timedelta(0)) -> OutgoingMessage:
    now = timezone.now() + after
    claimed = services.claim(now=now)
    assert claimed is not None
    delivery.deliver_one(claimed, clock=lambda: now)
    return OutgoingMessage.objects.get()


def test_the_file_is_made_at_delivery_in_no_transaction_and_never_kept(
    maker: Maker, function: FakeEmailFunction
) -> None:
    record()

    message = deliver()

    assert message.status == MessageStatus.SENT
    assert (maker.given, maker.was_in_transaction) == ([STORED], [False])
    [posted] = function.sent.values()
    assert base64.b64decode(posted["data"]["attachment"]["base64"]) == PDF
    assert posted["data"]["attachment"]["filename"] == "record-17.pdf"
    assert message.data == STORED


def test_without_a_maker_the_data_leaves_as_it_is_kept(function: FakeEmailFunction, settings: Any) -> None:
    settings.MAIL_DATA_MAKERS = {}
    record()

    assert deliver().status == MessageStatus.SENT
    assert [posted["data"] for posted in function.sent.values()] == [STORED]


def test_what_is_not_to_be_sent_any_more_is_dropped(maker: Maker, function: FakeEmailFunction) -> None:
    maker.error = NoLongerNeeded("the record was taken back")
    record()

    message = deliver()

    assert (message.status, message.last_error) == (MessageStatus.DROPPED, "the record was taken back")
    assert function.calls == []


def test_what_can_not_be_sent_at_all_fails_and_says_nothing_of_the_function(
    maker: Maker, function: FakeEmailFunction
) -> None:
    """Nobody was asked: that the function has been away goes on being known."""
    maker.error = Undeliverable("too large")
    record()
    since = timezone.now() - timedelta(hours=3)
    ChannelState.objects.update_or_create(channel=Channel.EMAIL, defaults={"failing_since": since})

    assert delivery.drain_channel(Channel.EMAIL, seconds=20, per_second=10_000) == 1

    message = OutgoingMessage.objects.get()
    assert (message.status, message.last_error, message.attempts) == (MessageStatus.FAILED, "too large", 1)
    assert function.calls == []
    assert ChannelState.objects.get(channel=Channel.EMAIL).failing_since == since


def test_what_can_not_be_made_is_tried_again_and_its_words_are_told_to_nobody(
    maker: Maker, function: FakeEmailFunction, caplog: pytest.LogCaptureFixture
) -> None:
    maker.error = ValueError("Pat has the flu")
    record()

    message = deliver()
    assert (message.status, message.attempts) == (MessageStatus.QUEUED, 1)
    assert message.last_error == "its data could not be made (ValueError)"
    assert function.calls == []
    assert "ValueError" in caplog.text
    assert "flu" not in caplog.text

    maker.error = None
    assert deliver(after=timedelta(minutes=5)).status == MessageStatus.SENT


def test_nothing_is_said_of_the_vendor_for_it(maker: Maker) -> None:
    maker.error = ValueError()
    record()
    claimed = services.claim(now=timezone.now())
    assert claimed is not None
    vendors = delivery.Vendors()

    vendors.note(delivery.deliver_one(claimed))

    assert vendors.answered is None


def test_a_second_try_with_a_file_made_anew_is_the_same_message(maker: Maker, function: FakeEmailFunction) -> None:
    """The answer to the first was lost."""
    function.mode = "drop"
    record()
    assert deliver().status == MessageStatus.QUEUED
    function.mode, maker.content = "ok", PDF + b" made a minute later"

    assert deliver(after=timedelta(minutes=5)).status == MessageStatus.SENT
    assert function.sends == 1
    assert [json.loads(call["body"])["id"] for call in function.calls] == [
        str(OutgoingMessage.objects.get().message_id)
    ] * 2


def test_a_body_with_a_file_is_given_twice_the_time(settings: Any) -> None:
    settings.EMAIL_SERVICE_TIMEOUT_SECONDS = 5

    assert client._patience(b"x" * 256 * 1024) == 5
    assert client._patience(b"x" * (256 * 1024 + 1)) == 10


def test_a_maker_that_is_not_there_is_said_at_the_start(settings: Any) -> None:
    assert [error for error in run_checks() if error.id == "integrations.E002"] == []
    settings.MAIL_DATA_MAKERS = {"MEDICAL_RECORD": "clinical.nowhere.nothing"}

    [error] = [error for error in run_checks() if error.id == "integrations.E002"]
    assert "MEDICAL_RECORD" in error.msg
