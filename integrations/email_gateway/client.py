"""The signed POST to the e-mail function.

Signature: Standard Webhooks 1.0, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import requests
from django.conf import settings
from django.utils.module_loading import import_string

from core.calendar_file import CalendarInvitation
from integrations.errors import DeliveryFailure, NotMade, PermanentFailure, TemporaryFailure, TimedOut, VendorAway
from integrations.models import OutgoingMessage

logger = logging.getLogger(__name__)
# A room's own: the stored data in, what is posted out. Called in no transaction, at each try, and has ten seconds
# (`OUTBOX_LEASE_SECONDS`). Raises NoLongerNeeded for what isn't to be sent any more, Undeliverable for what
# can't be; whatever else is tried again.
Maker = Callable[[dict[str, Any]], dict[str, Any]]
LARGEST_ANSWER = 64_000  # bytes
LARGE_BODY = 256 * 1024  # bytes: with a file in it, the function hands it on for longer
# "Never" only where trying again can't help; a wrong secret or address (401, 403, 404) is ours to mend, so it waits.
_NEVER = {400, 409, 413, 422}
_ACCEPTED = {"sent", "already_sent"}
_OK = 200


def deliver_email(message: OutgoingMessage) -> None:
    """Hand one message to the function. Returns only when it says the message was sent, now or before.

    Raises TemporaryFailure, PermanentFailure, NoLongerNeeded, Undeliverable, NotMade.
    """
    body = body_of(message)
    headers = signed_headers(str(message.message_id), body, timestamp=int(time.time()))
    status, retry_after, answer = _post(body, headers)
    _raise_for_status(status, retry_after, answer)


def body_of(message: OutgoingMessage) -> bytes:
    """What is posted: the same bytes at every try, but for a file that is made anew, which the function allows.

    Raises core.crypto.Unreadable, NoLongerNeeded, Undeliverable, NotMade.
    """
    posted = {"id": str(message.message_id), "action": message.action, "data": data_of(message)}
    return json.dumps(posted, separators=(",", ":"), ensure_ascii=False).encode()


def data_of(message: OutgoingMessage) -> dict[str, Any]:
    """What the function is told: the facts of the message, its calendar file made of them here, where nobody waits.

    One written before a deploy may carry the file itself. What is made of the facts by another room, such as a PDF, is
    made here as well (`MAIL_DATA_MAKERS`), so that the outbox never holds it.
    Raises core.crypto.Unreadable, NoLongerNeeded, Undeliverable, NotMade.
    """
    data = message.data
    if maker := settings.MAIL_DATA_MAKERS.get(message.action):
        return _made(maker, data)
    calendar = data.get("calendar")
    if calendar and "content" not in calendar:
        data["calendar"] = CalendarInvitation.from_data(calendar).file()
    return data


def _made(path: str, stored: dict[str, Any]) -> dict[str, Any]:
    """By the function at this path, of what is stored. Its errors' own words could be somebody's data: only the class
    of one is told. Raises NoLongerNeeded, Undeliverable, NotMade."""
    try:
        maker: Maker = import_string(path)
        return maker(stored)
    except DeliveryFailure:
        raise
    except Exception as error:
        logger.warning("What %s says could not be made (%s).", path, type(error).__name__)
        raise NotMade(f"its data could not be made ({type(error).__name__})") from None


def signed_headers(message_id: str, body: bytes, *, timestamp: int) -> dict[str, str]:
    """Headers of the specification, signed with each of `EMAIL_SERVICE_SECRETS` (two while one rotates)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [
        "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()
        for secret in settings.EMAIL_SERVICE_SECRETS
    ]
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def _post(body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
    try:
        with requests.post(
            settings.EMAIL_SERVICE_URL,
            data=body,
            headers=headers,
            timeout=(settings.EMAIL_SERVICE_TIMEOUT_SECONDS, _patience(body)),
            allow_redirects=False,
            stream=True,
        ) as response:
            return response.status_code, response.headers.get("Retry-After", ""), _read_some(response)
    except requests.Timeout:
        raise TimedOut("the e-mail function did not answer in time") from None
    except requests.RequestException as error:
        raise VendorAway(f"the e-mail function could not be reached ({type(error).__name__})") from None


def _patience(body: bytes) -> float:
    """How many seconds an answer may take."""
    seconds: float = settings.EMAIL_SERVICE_TIMEOUT_SECONDS
    return 2 * seconds if len(body) > LARGE_BODY else seconds


def _read_some(response: requests.Response) -> bytes:
    """The answer, but no more of it, and no longer, than is good for us."""
    deadline = time.monotonic() + settings.EMAIL_SERVICE_TIMEOUT_SECONDS
    answer = b""
    for piece in response.iter_content(chunk_size=8_192):
        answer += piece
        if len(answer) > LARGEST_ANSWER or time.monotonic() > deadline:
            raise TimedOut("the e-mail function's answer had no end")
    return answer


def _raise_for_status(status: int, retry_after: str, answer: bytes) -> None:
    if status == _OK and _outcome(answer) in _ACCEPTED:
        return
    if status == _OK:
        raise TemporaryFailure("the e-mail function answered something else than “sent”")
    if status in _NEVER:
        raise PermanentFailure(f"the e-mail function refused it for ever ({status})")
    wait = timedelta(seconds=int(retry_after)) if retry_after.isdecimal() else None
    raise TemporaryFailure(f"the e-mail function answered {status}", retry_after=wait)


def _outcome(answer: bytes) -> Any:
    try:
        parsed = json.loads(answer)
    except ValueError:
        return None
    return parsed.get("status") if isinstance(parsed, dict) else None
