"""Text as people type it."""

from __future__ import annotations

import unicodedata
from datetime import timedelta


def search_key(value: str) -> str:
    """Fold case and accents, so that "alvarez" finds "Álvarez" and "STRASSE" finds "Straße"."""
    decomposed = unicodedata.normalize("NFKD", value)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(bare.casefold().split())


def search_words(query: str, *, limit: int = 8) -> list[str]:
    """The words of a query, folded; at most `limit` of them, so that no query grows without bound."""
    return search_key(query).split()[:limit]


def duration_words(length: timedelta) -> str:
    """ "30 minutes", "2 hours", "14 days": in the largest unit that says it exactly, to the minute."""
    count, unit = round(length.total_seconds() / 60), "minute"
    if count and count % 60 == 0:
        count, unit = count // 60, "hour"
    if count and unit == "hour" and count % 24 == 0:
        count, unit = count // 24, "day"
    return f"{count} {unit}{'' if count == 1 else 's'}"
