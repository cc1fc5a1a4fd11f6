"""Text as people type it."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from django.utils.translation import ngettext

from core.text.titles import is_title

# What stands for an apostrophe, on keyboards, in word processors and in transliterations; and Catalan's dot of l·l.
_APOSTROPHES = (
    "'`\u00b4\u00b7\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u055a\u05f3"
    "\u2018\u2019\u201a\u201b\u2032\u2035\ua78b\ua78c\uff07\uff40"
)
# Letters that Unicode doesn't take apart: they are no letter with a mark, but people without their keyboard type so.
_LETTERS = {
    "ø": "o",
    "æ": "ae",
    "œ": "oe",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "\u0131": "i",
    "ĸ": "k",
    "ł": "l",
    "ŋ": "n",
    "þ": "th",
    "ŧ": "t",
    "ə": "e",
}
_FOLDED = str.maketrans({**dict.fromkeys(_APOSTROPHES, ""), **_LETTERS})


def search_key(value: str) -> str:
    """One folding for every search and comparison: only letters and digits, and single blanks between words.

    "alvarez" finds "Álvarez", "STRASSE" "Straße", "jorgensen" "Jørgensen"; apostrophes vanish, hyphens and all other
    signs are blanks. Folding what is folded changes nothing.
    """
    plain = _decomposed(_decomposed(value.translate(_FOLDED)).casefold())
    return " ".join("".join(map(_kept, plain)).split())


def _decomposed(value: str) -> str:
    return unicodedata.normalize("NFKD", value).translate(_FOLDED)


def _kept(character: str) -> str:
    """Nothing for accents and what can't be seen; a blank for whatever else is neither letter nor digit.

    Marks that carry a vowel (as in Devanagari) are part of the word: they don't combine with what is before them.
    """
    category = unicodedata.category(character)
    if unicodedata.combining(character) or category == "Cf":
        return ""
    return character if category[0] in "LNM" else " "


def search_words(query: str, *, limit: int = 8) -> list[str]:
    """The words of a query, folded, without titles; at most `limit` of them, so that no query grows without bound.

    Of a query without a letter or digit the signs themselves, which are found nowhere.
    """
    folded = search_key(query).split()
    return [word for word in folded if not is_title(word)][:limit] if folded else query.split()[:1]


def same_letters(key: str) -> str:
    """A folded name without its blanks: "O Brien" is "OBrien", "Anne-Marie" "Annemarie". For comparing whole names."""
    return key.replace(" ", "")


def holds_word(key: str, word: str) -> bool:
    """Whether a folded text has a word of a query: anywhere, or from the beginning of a word on across blanks.

    The same as the lookup `holds_word` (core/lookups.py): "obrien" is in "o brien", "ana" not in "susan adams".
    """
    words = key.split()
    return word in key or any("".join(words[start:]).startswith(word) for start in range(len(words)))


def duration_words(length: timedelta) -> str:
    """ "30 minutes", "2 hours", "14 days": in the largest unit that says it exactly, to the minute."""
    count, unit = round(length.total_seconds() / 60), "minute"
    if count and count % 60 == 0:
        count, unit = count // 60, "hour"
    if count and unit == "hour" and count % 24 == 0:
        count, unit = count // 24, "day"
    words = {
        "minute": ngettext("%(count)s minute", "%(count)s minutes", count),
        "hour": ngettext("%(count)s hour", "%(count)s hours", count),
        "day": ngettext("%(count)s day", "%(count)s days", count),
    }
    return words[unit] % {"count": count}
