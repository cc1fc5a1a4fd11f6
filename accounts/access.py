"""All that lets somebody into an account, or its data out: one list, whatever room keeps it (A6).

A room registers what it keeps when its app is ready; accounts' own stand in accounts/own_access.py. What is in the list
is ended when the password is set by a mailed link, when staff reset the second step, when the account is closed, and
whenever its owner wishes (accounts/services.py); and is shown on the page "Sign-in and security".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import transaction

from accounts.models import User
from core.errors import Busy


@dataclass(frozen=True, kw_only=True)
class Access:
    """One of these, in words for its owner, and the page on which they end it."""

    title: str
    since: datetime | None
    end_url: str


class EndAccess(Protocol):
    def __call__(self, *, user: User, now: datetime, besides: str | None) -> None:
        """End all of this kind inside the caller's transaction, but for the session with the key `besides`."""


class IsLeft(Protocol):
    def __call__(self, *, user: User, besides: str | None) -> bool:
        """Whether there is any of this kind that `end` with the same `besides` would have ended."""


@dataclass(frozen=True, kw_only=True)
class AccessKind:
    """`held_by`: what somebody has of it now. `has_own_section`: the page shows it in a form of its own.

    `is_left` is asked once all is ended; without it, whether anything at all is held.
    """

    name: str
    held_by: Callable[[User], Sequence[Access]]
    end: EndAccess
    is_left: IsLeft | None = None
    has_own_section: bool = False


_kinds: dict[str, AccessKind] = {}


def register(kind: AccessKind) -> None:
    """Called once for each kind, when the app that keeps it is ready."""
    _kinds[kind.name] = kind


def kinds() -> tuple[AccessKind, ...]:
    """The upper rooms' first, in which order they are ended: locks on accounts come last (docs/locking.md)."""
    return tuple(reversed(_kinds.values()))


def held_by(user: User) -> list[Access]:
    """What the page lists: one query for each kind."""
    return [held for kind in kinds() if not kind.has_own_section for held in kind.held_by(user)]


def end_all(*, user: User, now: datetime, besides: str | None = None) -> None:
    """End all of it, but for the session with the key `besides`; before the account is written, in its transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("end_all must run inside the transaction that says why")
    for kind in kinds():
        kind.end(user=user, now=now, besides=besides)


def check_all_ended(user: User, *, besides: str | None = None) -> None:
    """Look again once the account is locked: something may have been made in between. Raises Busy."""
    for kind in kinds():
        left = kind.is_left(user=user, besides=besides) if kind.is_left else bool(kind.held_by(user))
        if left:
            raise Busy
