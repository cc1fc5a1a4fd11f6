"""Short references people can read out on the telephone (C8)."""

from __future__ import annotations

import re
import secrets

# No vowels (no accidental words), no 0 O 1 I L (no mistaken reading).
ALPHABET = "BCDFGHJKMNPQRSTVWXYZ23456789"
PATTERN = rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}"


def new_reference() -> str:
    """Eight characters out of 28: 3.8e11 possibilities, drawn from the system's random source."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def read_reference(typed: str) -> str | None:
    """The reference somebody typed, small letters and spaces forgiven; None when it is none."""
    bare = re.sub(r"[\s-]", "", typed).upper()
    reference = f"{bare[:4]}-{bare[4:]}"
    return reference if re.fullmatch(PATTERN, reference) else None


class ReferenceConverter:
    """`<ref:reference>` in an address: small letters and a missing hyphen are forgiven, anything else is no page."""

    regex = r"[A-Za-z0-9]{4}-?[A-Za-z0-9]{4}"

    def to_python(self, value: str) -> str:
        reference = read_reference(value)
        if reference is None:
            raise ValueError(value)
        return reference

    def to_url(self, value: str) -> str:
        return value
