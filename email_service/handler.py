"""AWS Lambda entry: parse, verify, send once, answer. Accepts API Gateway's REST and HTTP API events."""

import base64
import binascii
import hashlib
import json
import os
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import config as configuration
from . import contract, fields, idempotency, messages, mime, rendering, senders, signature
from .idempotency import WAIT_SECONDS, ClaimResult, StoreError
from .senders.errors import Refused, TryLater

Event = Mapping[str, Any]
Log = dict[str, Any]


class Stop(Exception):
    """The call ends here with this answer; `outcome` is what the log calls it."""

    def __init__(self, status: int, outcome: str, detail: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(outcome)
        self.status, self.outcome, self.detail = status, outcome, detail
        self.retry_after = retry_after


def handler(event: Event, context: object) -> dict[str, Any]:
    """Answer one Lambda proxy event. Never raises; README.md lists the statuses."""
    started = time.monotonic()
    log: Log = {"event": "send-email"}
    try:
        outcome = _send_once(event, log)
        answer = _answer(200, {"status": outcome})
    except Stop as stop:
        outcome, answer = stop.outcome, _refusal(stop)
    except Exception as error:
        # Neither the answer nor the log repeats the error's words: they may hold somebody's data.
        outcome, answer = "internal_error", _answer(500, {"error": "internal_error"})
        log |= {"error": type(error).__name__, "where": _where(error)}
    duration = round((time.monotonic() - started) * 1000)
    log |= {"outcome": outcome, "status": answer["statusCode"], "duration_ms": duration}
    print(json.dumps(log), flush=True)  # noqa: T201 - standard output is Lambda's log
    return answer


def _send_once(event: Event, log: Log) -> str:
    settings = _settings(log)
    body = _body(event)
    now = time.time()
    try:
        verified_id = signature.verify(_headers(event), body, secrets=settings.secrets, now=now)
    except signature.SignatureError as error:
        raise Stop(401, str(error).replace(" ", "_")) from None
    posted = _parse(body)
    request = _check(posted, verified_id, size=len(body))
    log |= {"id": request.id, "action": request.action}
    sender = senders.choose(settings)
    parcel = _parcel(request, settings, now=now)
    log["provider"] = sender.name
    store = _store(settings, log)
    return _deliver(parcel, message_id=request.id, body_hash=_hash(posted), sender=sender, store=store, log=log)


def _deliver(
    parcel: mime.Parcel,
    *,
    message_id: str,
    body_hash: str,
    sender: senders.Sender,
    store: idempotency.Store,
    log: Log,
) -> str:
    try:
        claim = store.claim(message_id, body_hash, now=time.time())
    except StoreError as error:
        raise _unreachable(error, log) from None
    if claim.verdict is ClaimResult.ALREADY_SENT:
        return "already_sent"
    if claim.verdict is ClaimResult.OTHER_BODY:
        raise Stop(409, "other_body", "this id was used with another body")
    if claim.verdict is ClaimResult.IN_PROGRESS:
        raise Stop(503, "in_progress", retry_after=WAIT_SECONDS)
    taken = False

    def mark() -> None:
        """Should this fail, it is sent all the same, and the caller does not ask again once told so."""
        nonlocal taken
        taken = True
        _record(log, lambda: store.mark_sent(message_id, now=time.time()))

    try:
        sender.send(parcel, mark)
    except Exception as error:
        if taken:
            log["after_sending"] = type(error).__name__
            return "sent"
        _record(log, lambda: store.release(message_id, claim.token))
        raise _undelivered(error, log) from error
    return "sent"


def _store(settings: configuration.Config, log: Log) -> idempotency.Store:
    try:
        return idempotency.choose(settings)
    except StoreError as error:
        raise _unreachable(error, log) from None


def _unreachable(error: StoreError, log: Log) -> Stop:
    log["error"] = str(error)
    return Stop(503, "store_unreachable", retry_after=WAIT_SECONDS)


def _record(log: Log, write: Callable[[], None]) -> None:
    try:
        write()
    except StoreError as error:
        log["not_recorded"] = str(error)


def _undelivered(error: Exception, log: Log) -> Exception:
    """Translate a sender's error; one that is none of ours comes back as it is."""
    if isinstance(error, Refused):
        log["error"] = str(error)
        return Stop(422, "refused", "the provider will never take this message")
    if isinstance(error, TryLater):
        log["error"] = str(error)
        return Stop(error.status, "try_later", retry_after=error.retry_after)
    return error


def _settings(log: Log) -> configuration.Config:
    try:
        return configuration.load(os.environ)
    except configuration.ConfigError as error:
        log["error"] = str(error)
        raise Stop(500, "internal_error") from None


def _headers(event: Event) -> dict[str, str]:
    found = {name: values[-1] for name, values in (event.get("multiValueHeaders") or {}).items() if values}
    found |= event.get("headers") or {}
    return {str(name).lower(): str(value) for name, value in found.items()}


def _body(event: Event) -> bytes:
    text = event.get("body") or ""
    if len(text) > contract.MAX_BODY_WITH_FILE_BYTES * 4 // 3 + 4:
        raise Stop(413, "too_large")
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, ValueError):
        raise Stop(400, "malformed", "the body is not what its encoding says") from None
    if len(body) > contract.MAX_BODY_WITH_FILE_BYTES:
        raise Stop(413, "too_large")
    return body


def _parse(body: bytes) -> object:
    try:
        return json.loads(body.decode(), object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Stop(400, "malformed", "the body is not JSON") from None


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a field is repeated")
    return dict(pairs)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _check(posted: object, verified_id: str, *, size: int) -> contract.Request:
    """`size` of the whole body, in bytes: what an action may have is known when the action is."""
    action = posted.get("action") if isinstance(posted, dict) else None
    if size > contract.longest_body(str(action)):
        raise Stop(413, "too_large")
    try:
        request = contract.check(posted)
    except fields.ContractError as error:
        raise Stop(400, "contract", str(error)) from None
    if request.id != verified_id:
        raise Stop(400, "contract", "body.id: must be the webhook-id")
    return request


def _hash(posted: object) -> str:
    """Hash the meaning, not the bytes: a retry may write the same fields in another order, and make its file anew."""
    canonical = json.dumps(contract.without_file(posted), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _parcel(request: contract.Request, settings: configuration.Config, *, now: float) -> mime.Parcel:
    data = request.data
    letter = messages.compose(request.action, data)
    return mime.pack(
        message_id=request.id,
        subject=letter.subject,
        rendered=rendering.render(letter, to_name=data["to"]["name"], hospital=data["hospital"]),
        to=data["to"],
        from_name=settings.from_name or data["hospital"]["name"],
        from_email=settings.from_email,
        calendar=data.get("calendar"),
        attachment=data.get("attachment"),
        now=datetime.fromtimestamp(now, UTC),
    )


def _refusal(stop: Stop) -> dict[str, Any]:
    body = {"error": stop.outcome}
    if stop.detail:
        body["detail"] = stop.detail
    return _answer(stop.status, body, retry_after=stop.retry_after)


def _answer(status: int, body: Mapping[str, str], *, retry_after: int | None = None) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return {
        "statusCode": status,
        "headers": headers,
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
