"""Encryption at rest, with keys from `FIELD_ENCRYPTION_KEYS`.

The first key writes, all of them read: put a new key in front to rotate, re-encrypt, then drop the old one.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """No configured key opens this text, or it was tampered with."""


def _box() -> MultiFernet:
    return _box_of(tuple(settings.FIELD_ENCRYPTION_KEYS))


@lru_cache(maxsize=4)
def _box_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(value: Any) -> str:
    """Encrypt anything JSON can hold. Fernet: AES-128-CBC and HMAC-SHA256, https://github.com/fernet/spec."""
    return _box().encrypt(json.dumps(value, separators=(",", ":")).encode()).decode()


def reseal(sealed: str) -> str:
    """The same content under the newest key. Raises Unreadable."""
    try:
        return _box().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def unseal(sealed: str) -> Any:
    """What was sealed. Raises Unreadable."""
    try:
        return json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken:
        raise Unreadable from None


def seal_bytes(content: bytes) -> str:
    """Encrypt a file. A third longer than it was: Fernet's answer is text."""
    return _box().encrypt(content).decode()


def unseal_bytes(sealed: str) -> bytes:
    """The file that was sealed. Raises Unreadable."""
    try:
        return _box().decrypt(sealed.encode())
    except InvalidToken:
        raise Unreadable from None
