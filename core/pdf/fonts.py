"""The fonts that come with the project, and what they can print. `core/pdf/fonts/FONTS.md` says where they are from."""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path

import typst

FOLDER = Path(__file__).with_name("fonts")
COVERAGE = FOLDER / "coverage.txt"
# Nobody sees them, and a font needn't list them: they say whether and how the letters around them are joined, and
# choose between forms of the letter before them.
JOINERS = r"\xad\u200b-\u200f\u2060\u034f\u061c"
SELECTORS = r"\ufe00-\ufe0f\U000e0100-\U000e01ef"
MOST_TOGETHER = 4  # of these; no script needs more, and looking for the letter before them takes its time
MOST_MARKS = 8  # on one letter; no script needs more, and what a letter costs grows faster than they
# Those that share their letters: which one prints an ideograph of a text is said by the text's language.
_IDEOGRAPHS = {"zh": "Noto Sans SC", "ja": "Noto Sans JP", "ko": "Noto Sans KR"}
_OTHERS = (
    "Noto Sans",  # Latin, Greek, Cyrillic, Devanagari: first, so that all digits and signs look alike
    "Noto Sans Devanagari",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Bengali",
    "Noto Sans Tamil",
    "Noto Sans Telugu",
    "Noto Sans Gujarati",
    "Noto Sans Gurmukhi",
    "Noto Sans Thai",
    "Noto Sans Georgian",
    "Noto Sans Armenian",
    "Noto Sans Ethiopic",
)


def families(language: str) -> list[str]:
    """All families in the order in which they are asked for a letter, in a text of that language (two letters)."""
    first = _IDEOGRAPHS.get(language, _IDEOGRAPHS["zh"])
    return [*_OTHERS, first, *(name for name in _IDEOGRAPHS.values() if name != first)]


@cache
def font_book() -> typst.Fonts:
    """The files, opened once a process and shared by its threads; what the machine has installed is not asked."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER)])


@cache
def coverage() -> dict[str, list[tuple[int, int]]]:
    """By family the code points its fonts have, from … to …."""
    lines = (line.partition(": ") for line in COVERAGE.read_text(encoding="ascii").splitlines())
    return {family: [_bounds(part) for part in ranges.split()] for family, _, ranges in lines}


def _bounds(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first, 16), int(last or first, 16)


def _alphabet(family: str) -> str:
    """The inside of a class of a regular expression."""
    return "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in coverage()[family])


@cache
def unprintable() -> re.Pattern[str]:
    """Finds each character that no font has, with what is joined to it and would be left alone."""
    return re.compile(rf"[^\n{SELECTORS}{''.join(map(_alphabet, coverage()))}][{JOINERS}{SELECTORS}{_marks()}]*")


@cache
def endless_joiners() -> re.Pattern[str]:
    """Finds more than `MOST_TOGETHER` of what nobody sees, of which the first group are as many as may stay."""
    return re.compile(f"([{JOINERS}{SELECTORS}]{{{MOST_TOGETHER}}})[{JOINERS}{SELECTORS}]+")


@cache
def endless_marks() -> re.Pattern[str]:
    """Finds more than `MOST_MARKS`, of which the first group are as many as may stay. Also those that no font has:
    before they are composed, which puts them in order."""
    marks = _of_category("M")
    return re.compile(f"((?:[{marks}][{JOINERS}{SELECTORS}]*){{{MOST_MARKS}}})[{marks}][{marks}{JOINERS}{SELECTORS}]*")


@cache
def endless_conjuncts() -> re.Pattern[str]:
    """Finds letters of Indic scripts joined without end: one syllable to typst, which would stop at the 256th."""
    viramas = "".join(sign for sign in map(chr, range(0x900, 0xE00)) if unicodedata.combining(sign) == _VIRAMA)
    return re.compile(rf"(?:[^\s{viramas}][{_of_category('M')}]?[{viramas}][{JOINERS}{SELECTORS}]*){{{MOST_MARKS}}}")


_VIRAMA = 9  # the combining class of what takes a letter's vowel, and joins it to the next


@cache
def _of_category(major: str) -> str:
    """The inside of a class of a regular expression, without those that choose between forms."""
    signs = "".join(sign for sign in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(sign)[0] == major)
    return re.sub(f"[{JOINERS}{SELECTORS}]", "", signs)


@cache
def letters_with_marks() -> re.Pattern[str]:
    """Finds a letter, or the beginning of a line, and the marks on it."""
    unseen = f"[{JOINERS}{SELECTORS}]{{0,{MOST_TOGETHER}}}"
    return re.compile(rf"(?:^|[^\n]){unseen}[{_marks()}][{JOINERS}{SELECTORS}{_marks()}]*", re.MULTILINE)


@cache
def _marks() -> str:
    points = {point for ranges in coverage().values() for first, last in ranges for point in range(first, last + 1)}
    return "".join(sorted(mark for mark in map(chr, points) if unicodedata.category(mark)[0] == "M"))


def is_of_one_font(letter: str) -> bool:
    """Whether there is a font for a letter and all marks on it: typst takes them from no two, and would stop."""
    seen = [ord(sign) for sign in _unseen().sub("", letter)]
    return any(all(_has(ranges, point) for point in seen) for ranges in coverage().values())


def _has(ranges: list[tuple[int, int]], point: int) -> bool:
    at = bisect_right(ranges, (point, sys.maxunicode)) - 1
    return at >= 0 and ranges[at][1] >= point


@cache
def _unseen() -> re.Pattern[str]:
    return re.compile(f"[{JOINERS}{SELECTORS}]")
