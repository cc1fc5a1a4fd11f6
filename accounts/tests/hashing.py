"""Counts the work of hashing passwords."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each time a password is hashed, which is what takes long."""
    seen: list[str] = []
    encode = MD5PasswordHasher.encode

    def remember(self: MD5PasswordHasher, password: str, salt: str) -> str:
        seen.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", remember)
    return seen
