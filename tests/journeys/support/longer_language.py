"""A language nobody speaks: every marked sentence half as long again, with accents. What stays English isn't marked."""

from __future__ import annotations

import re

import pytest
from django.utils.translation.trans_real import DjangoTranslation

# Placeholders, tags and entities stay what they are.
KEPT = re.compile(r"(%\(\w+\)[sd]|%%|%[sd]|\{\w*\}|<[^>]+>|&\w+;)")
VOWEL = re.compile("[aeiouAEIOU]")
LONGER = {"a": "áá", "e": "éé", "i": "íí", "o": "óó", "u": "úú"}
LONGER |= {letter.upper(): accents[0].upper() + accents[1] for letter, accents in LONGER.items()}
ENGLISH = re.compile(r"(?<![\w’'@./-])[A-Za-z]{3,}(?![\w’'@./-])")


def longer(words: str) -> str:
    parts = KEPT.split(words)
    return "".join(
        part if number % 2 else VOWEL.sub(lambda found: LONGER[found[0]], part) for number, part in enumerate(parts)
    )


def english_of(text: str) -> set[str]:
    """Words with a plain vowel: no translation has touched them."""
    return {word for word in ENGLISH.findall(text) if VOWEL.search(word)}


def speak(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the site speaks it, Django's own sentences included; formats of dates are none."""
    plain, plural = DjangoTranslation.gettext, DjangoTranslation.ngettext

    def gettext(self: DjangoTranslation, message: str) -> str:
        said = plain(self, message)
        return said if message.isupper() or "\x04" in said else longer(said)

    def ngettext(self: DjangoTranslation, one: str, many: str, number: int) -> str:
        return longer(plural(self, one, many, number))

    monkeypatch.setattr(DjangoTranslation, "gettext", gettext)
    monkeypatch.setattr(DjangoTranslation, "ngettext", ngettext)
