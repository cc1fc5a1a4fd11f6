"""Names of people, with or without the title they write before them."""

from __future__ import annotations

import re
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.text.folding import same_letters, search_key
from core.text.titles import FACULTIES, SHORT, TITLES

LONGEST_KEY = 240  # one letter may unfold into many
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))  # embedded, overridden and isolated text
_GLUED = re.compile(r"(?<=\w)\.(?=[^\W\d_])")  # "Dr.Ana"


def split_title(full_name: str) -> tuple[str, str]:
    """The titles before a name, each once and as we write it, and the name without them: ("Prof Dr", "Ana Ruiz").

    No title without a name: of "Miss" alone the name is "Miss".
    """
    words, titles = full_name.split(), dict[str, None]()
    while words:
        first, rest = _split_glued(words[0])
        folded = _letters(first)
        known = TITLES.get(folded) or (first if titles and folded in FACULTIES else "")
        if not known or len([*rest, *words[1:]]) == 0:
            break
        titles[known] = None
        words[:1] = rest
    return " ".join(titles), " ".join(words)


def _split_glued(word: str) -> tuple[str, list[str]]:
    """A title and what is written onto it: "Dr.Ana". "Dott.ssa" is one title."""
    if _letters(word) in TITLES:
        return word, []
    head, *tail = _GLUED.split(word, maxsplit=1)
    return (f"{head}.", tail) if tail and _letters(head) in TITLES else (word, [])


def _letters(word: str) -> str:
    return same_letters(search_key(word))


@lru_cache(maxsize=1_000)  # doctors' names are public, and lists of them are long
def doctor_name(full_name: str) -> str:
    """As patients read it, with one title: "Dr Ana Ruiz". A doctor's own title stays (surgeons are "Mr" or "Miss")."""
    title, name = split_title(full_name)
    if title:
        return f"{title} {name}"
    if any(_letters(word) in SHORT for word in name.split()):
        return name
    return f"Dr {name}"


def name_key(full_name: str) -> str:
    """What a name is searched, sorted and compared by: folded, without the title before it."""
    return search_key(split_title(full_name)[1])[:LONGEST_KEY]


def kept_name(typed: str) -> str:
    """As it is kept: on one line, without signs that turn the direction of what stands around it.

    They come along when a name is copied from an address book; and made up, they turn a whole line of a list or a
    calendar round. The marks Arabic and Hebrew are written with stay, and what joins letters.
    """
    return " ".join(typed.translate(_TURNING).split())


def has_name(full_name: str) -> None:
    """Validator: more than a title, and something that can be looked for."""
    if all(_letters(word) in TITLES or not _letters(word) for word in full_name.split()):
        raise ValidationError(_("Enter the name, not only a title."), code="nameless")
