"""Text as people type it."""

from __future__ import annotations

import unicodedata


def search_key(value: str) -> str:
    """Fold case and accents, so that "alvarez" finds "Álvarez" and "STRASSE" finds "Straße"."""
    decomposed = unicodedata.normalize("NFKD", value)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(bare.casefold().split())


def search_words(query: str, *, limit: int = 8) -> list[str]:
    """The words of a query, folded; at most `limit` of them, so that no query grows without bound."""
    return search_key(query).split()[:limit]
