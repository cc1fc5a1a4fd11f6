"""Any text as fonts can print it: pure, and never a refusal. What is lost is counted, so that the page can say so."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from core.pdf.fonts import (
    endless_conjuncts,
    endless_joiners,
    endless_marks,
    is_of_one_font,
    letters_with_marks,
    unprintable,
)

REPLACEMENT = "□"
MOST_LINES = 300  # of one text; nobody needs more, and hundreds of pages of single letters take seconds

Direction = Literal["ltr", "rtl"]

_LINE_END = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){2,}")
# Nobody sees them: controls, halves of characters, and signs that turn the text behind them round, also that of others.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\ud800-\udfff\u180e\u202a-\u202e\u2061-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_LETTERS = {
    "ja": re.compile(r"[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f]"),
    "ko": re.compile(r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]"),
    "th": re.compile(r"[\u0e01-\u0e5b]"),
}
LANGUAGES_OF_LETTERS = tuple(_LETTERS)


@dataclass(frozen=True, slots=True)
class PrintableText:
    """`replaced` is the number of characters that no font has, and of heaps of marks: each of them is a □ in `text`."""

    text: str
    replaced: int


def printable(text: str) -> PrintableText:
    """The same text, in lines that end with a line feed, without what nobody can see, in composed letters."""
    if text.isascii() and text.isprintable():  # nearly all
        return PrintableText(text, 0)
    seen = _UNSEEN.sub("", _few_lines(text).replace("\t", " "))
    sparing, heaps = endless_marks().subn(rf"\1{REPLACEMENT}", seen)
    # Fonts have more letters composed than they have the parts of: those of Korean above all.
    known, without_font = unprintable().subn(REPLACEMENT, unicodedata.normalize("NFC", sparing))
    whole = letters_with_marks().sub(_of_one_font, endless_joiners().sub(r"\1", known))
    replaced = heaps + without_font + whole.count(REPLACEMENT) - known.count(REPLACEMENT)
    return PrintableText(endless_conjuncts().sub("\\g<0>\u200b", whole), replaced)


def _few_lines(text: str) -> str:
    """In lines that end with a line feed, several blank ones as one. A line is a block to typst, and each takes its
    time: those beyond `MOST_LINES` run on, and lose nothing but their ends."""
    lines = _BLANK_LINES.sub("\n\n", _LINE_END.sub("\n", text)).split("\n", MOST_LINES)
    return "\n".join([*lines[:MOST_LINES], *(rest.replace("\n", " ") for rest in lines[MOST_LINES:])])


def _of_one_font(found: re.Match[str]) -> str:
    """A letter with its marks as it is, or the letter and a □ if no font has all of them."""
    letter = found.group()
    if is_of_one_font(letter):
        return letter
    return (letter[0] if unicodedata.category(letter[0])[0] != "M" else "") + REPLACEMENT


def direction(line: str) -> Direction | None:
    """Of its first letter that has one (rule P2 of Unicode's UAX 9); None for digits and signs alone."""
    for letter in line:
        match unicodedata.bidirectional(letter):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return None


def language_of_letters(line: str) -> str | None:
    """`ja`, `ko` or `th` if there are letters of no other language.

    Ideographs beside them are then drawn as people there do, and lines broken between words where no blank is.
    """
    found = (language for language, letters in _LETTERS.items() if letters.search(line))
    return next(found, None)
