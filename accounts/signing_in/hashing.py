"""Passwords are hashed by Argon2, which is meant to be costly: here it is also kept from costing everybody else (A6).

Each hash takes 100 MB and a core for a fifth of a second. A hundred people who sign in in the same second would hold
every thread of the web server, and the other pages would wait behind them. So a process hashes `HASHES_AT_ONCE`, a few
more requests wait (`HASHES_WAITING`), and who comes on top is asked to try again in a moment.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher

from core.errors import Overloaded

PATIENCE = 3.0  # seconds


class HashingLimiter:
    """Lets `at_once` threads through at a time and `waiting` more stand before it, for `patience` seconds."""

    def __init__(self, *, at_once: int, waiting: int, patience: float = PATIENCE) -> None:
        self._here = threading.BoundedSemaphore(at_once + waiting)
        self._through = threading.BoundedSemaphore(at_once)
        self._patience = patience

    @property
    def is_full(self) -> bool:
        """Whether the next one would be turned away."""
        if not self._here.acquire(blocking=False):
            return True
        self._here.release()
        return False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Raises Overloaded."""
        if not self._here.acquire(blocking=False):
            raise Overloaded
        try:
            if not self._through.acquire(timeout=self._patience):
                raise Overloaded
            try:
                yield
            finally:
                self._through.release()
        finally:
            self._here.release()


turnstile = HashingLimiter(at_once=settings.HASHES_AT_ONCE, waiting=settings.HASHES_WAITING)


class BoundedArgon2(Argon2PasswordHasher):
    """Django's, in one lane instead of eight: as costly to an attacker, but one hash leaves the other cores alone."""

    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with turnstile.turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with turnstile.turn():
            return super().verify(password, encoded)


class BoundedPBKDF2(PBKDF2PasswordHasher):
    """For passwords that came from elsewhere; they are hashed by Argon2 at the next sign-in."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with turnstile.turn():
            return super().encode(password, salt, iterations)
