"""Usernames for who chose none, or one that somebody has."""

from __future__ import annotations

import re
import secrets

from accounts.selectors import username_is_taken

_NOT_ALLOWED = re.compile(r"[^\w.+-]")
_LONGEST_STEM = 100


def free_username(wanted: str, *, email: str) -> str:
    """`wanted` when nobody has it, else one like it; one made from the address when none is wanted.

    What is made ends in chance, so that nobody learns from a username they are given which addresses there are.
    """
    return wanted if wanted and not username_is_taken(wanted) else new_username(wanted or email)


def new_username(stem: str) -> str:
    stem = _NOT_ALLOWED.sub("", stem.partition("@")[0])[:_LONGEST_STEM] or "user"
    while username_is_taken(name := f"{stem}-{secrets.randbelow(90_000) + 10_000}"):
        pass
    return name
