"""A language nobody speaks: every marked sentence half as long again, with accents. What stays English isn't marked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import formats
from django.utils.translation.trans_real import DjangoTranslation

CODE = "en-xa"
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


def speak(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the site speaks it, Django's own sentences included; formats of dates are none.

    A language of its own, by the code that CLDR keeps for one like it: words remembered by language stay apart. It is
    not entered in LANGUAGES, for Django then throws away the catalogues that were joined when the process began.
    """
    plain, plural, modules = DjangoTranslation.gettext, DjangoTranslation.ngettext, formats.iter_format_modules

    def gettext(self: DjangoTranslation, message: str) -> str:
        said = plain(self, message)
        return said if self.language() != CODE or message.isupper() or "\x04" in said else longer(said)

    def ngettext(self: DjangoTranslation, one: str, many: str, number: int) -> str:
        said = plural(self, one, many, number)
        return longer(said) if self.language() == CODE else said

    monkeypatch.setattr(DjangoTranslation, "gettext", gettext)
    monkeypatch.setattr(DjangoTranslation, "ngettext", ngettext)
    monkeypatch.setattr(formats, "iter_format_modules", lambda _, path=None: modules("en-gb", path))
    settings.LANGUAGE_CODE = CODE
