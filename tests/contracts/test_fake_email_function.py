"""The stand-in answers as the real function does: what is tested against it holds in production."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from core.pdf import attachment
from email_service.fields import LONGEST_PDF
from email_service.handler import senders
from email_service.senders.errors import TryLater
from email_service.tests import examples
from integrations.email_gateway import fake
from integrations.email_gateway.client import signed_headers
from integrations.email_gateway.fake import FakeEmailFunction
from tests.contracts.letterbox import Answer, Letterbox

STRANGER = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgMzIgYnl0ZXM="


@dataclass(frozen=True, kw_only=True)
class Call:
    """A signed call, good unless told otherwise; `ago` in seconds."""

    action: str = "DOCTOR_APPROVED"
    id: str = "msg_1"
    id_inside: str = "msg_1"
    data: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""
    ago: int = 0
    without: str = ""
    tampered: bool = False
    secret: str = ""

    def headers_and_body(self, settings: Any) -> tuple[dict[str, str], bytes]:
        own = settings.EMAIL_SERVICE_SECRETS
        posted = {"id": self.id_inside, "action": self.action, "data": examples.data(self.action, **self.data)}
        body = self.body or json.dumps(posted).encode()
        settings.EMAIL_SERVICE_SECRETS = [self.secret] if self.secret else own
        headers = signed_headers(self.id, body, timestamp=int(time.time()) - self.ago)
        settings.EMAIL_SERVICE_SECRETS = own
        headers.pop(self.without, None)
        return headers, body.replace(b"example.com", b"example.net") if self.tampered else body


OTHER_ADDRESS = {"to": {"email": "other@example.com", "name": "Other"}}
SCENES: dict[str, list[Call]] = {
    "good": [Call()],
    "the same again": [Call(), Call()],
    "two messages": [Call(), Call(id="msg_2", id_inside="msg_2")],
    "the id used with another body": [Call(), Call(data=OTHER_ADDRESS)],
    "four minutes old": [Call(ago=240)],
    "six minutes old": [Call(ago=360)],
    "six minutes ahead": [Call(ago=-360)],
    "no id": [Call(without="webhook-id")],
    "no time": [Call(without="webhook-timestamp")],
    "no signature": [Call(without="webhook-signature")],
    "another secret": [Call(secret=STRANGER)],
    "another body than signed": [Call(tampered=True)],
    "not JSON": [Call(body=b"<html>")],
    "another id inside": [Call(id_inside="msg_2")],
}


@pytest.fixture
def stand_in() -> Iterator[FakeEmailFunction]:
    with fake.running() as running:
        yield running


def post(stand_in: FakeEmailFunction, headers: dict[str, str], body: bytes) -> Answer:
    answer = requests.post(stand_in.url, data=body, headers=headers, timeout=60, allow_redirects=False)
    said = answer.json()
    return Answer(answer.status_code, said.get("status") or said["error"], answer.headers.get("Retry-After", ""))


@pytest.mark.parametrize("scene", SCENES)
def test_both_give_the_same_answers(
    letterbox: Letterbox, stand_in: FakeEmailFunction, settings: Any, scene: str
) -> None:
    calls = [call.headers_and_body(settings) for call in SCENES[scene]]

    assert [post(stand_in, *call) for call in calls] == [letterbox.post(*call) for call in calls]
    assert stand_in.sends == len(letterbox.letters)


def _broken(error: Exception) -> Callable[[Any], Any]:
    class Broken:
        name = "broken"

        def send(self, *_: object, **__: object) -> None:
            raise error

    return lambda settings: Broken()


@pytest.mark.parametrize("trouble", [("error", RuntimeError()), ("busy", TryLater("busy", retry_after=7, status=429))])
def test_both_fail_alike_and_send_once_afterwards(
    letterbox: Letterbox,
    stand_in: FakeEmailFunction,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    trouble: tuple[str, Exception],
) -> None:
    call = Call().headers_and_body(settings)
    stand_in.mode, error = trouble
    with monkeypatch.context() as patched:
        patched.setattr(senders, "choose", _broken(error))
        assert post(stand_in, *call) == letterbox.post(*call)
    other = Call(data=OTHER_ADDRESS).headers_and_body(settings)
    stand_in.mode = "ok"
    assert post(stand_in, *other) == letterbox.post(*other)  # the id stays bound to its body
    assert post(stand_in, *call) == letterbox.post(*call) == Answer(200, "sent", "")


def test_both_refuse_for_ever_alike(letterbox: Letterbox, stand_in: FakeEmailFunction, settings: Any) -> None:
    call = Call(data={"dashboard_url": "nowhere"}).headers_and_body(settings)
    stand_in.mode = "refuse"

    assert post(stand_in, *call) == letterbox.post(*call)


def test_a_file_is_attached_as_long_as_the_function_takes_it() -> None:
    """The function is a service of its own: the product doesn't import it, and knows its bound by heart."""
    assert attachment.LARGEST == LONGEST_PDF
