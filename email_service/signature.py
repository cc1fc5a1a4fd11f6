"""Standard Webhooks 1.0 signatures (https://www.standardwebhooks.com): who called, and when."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

TOLERANCE_SECONDS = 300
SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of all secrets, not one of them
LONGEST_TIMESTAMP = 12  # digits
SHORTEST_SECRET = 24  # bytes, the shortest the standard allows


class SignatureError(Exception):
    """The call is unsigned, stale, or signed with a secret we do not know."""


def decode_secret(text: str) -> bytes:
    """Return the key inside `whsec_<base64>`; padding may be missing. Raises ValueError."""
    if not text.startswith(SECRET_PREFIX):
        raise ValueError(f"a secret begins with {SECRET_PREFIX}")
    encoded = text.removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except binascii.Error:
        raise ValueError(f"a secret is {SECRET_PREFIX} and base64 text") from None
    if len(key) < SHORTEST_SECRET:
        raise ValueError(f"a secret holds at least {SHORTEST_SECRET} bytes")
    return key


def sign(*, secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature` for one secret (timestamp: seconds since 1970, UTC)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def verify(headers: Mapping[str, str], body: bytes, *, secrets: Sequence[bytes], now: float) -> str:
    """Return the verified `webhook-id`. Header names are lower case; `now` is seconds since 1970.

    Raises SignatureError when a header is missing, the time is more than five minutes away in either
    direction, or no known secret made any of the signatures.
    """
    message_id = headers.get("webhook-id", "")
    offered = headers.get("webhook-signature", "").split()
    if not message_id or not offered:
        raise SignatureError("unsigned")
    timestamp = _timestamp(headers.get("webhook-timestamp", ""))
    if abs(now - timestamp) > TOLERANCE_SECONDS:
        raise SignatureError("stale")
    expected = [
        sign(secret=secret, message_id=message_id, timestamp=timestamp, body=body).encode() for secret in secrets
    ]
    # Every pair is compared, so that the time taken does not tell which one was close.
    matches = [hmac.compare_digest(known, given.encode()) for known in expected for given in offered]
    if not any(matches):
        raise SignatureError("wrong signature")
    return message_id


def _timestamp(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_TIMESTAMP):
        raise SignatureError("unsigned")
    return int(text)
