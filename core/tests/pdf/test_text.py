"""Whatever somebody typed can be printed; what is lost is counted."""

from __future__ import annotations

import unicodedata

import pytest

from core.pdf.fonts import MOST_MARKS
from core.pdf.text import MOST_LINES, direction, language_of_letters, printable


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "Müller-Øst",
        "Ελλάδα",
        "प्रिया क्षत्रिय",
        "می‌خواهم",
        "中文",
        "한국어",
        "q\u0303",
        "5 ½ °C → ✓",
        "葛\U000e0100",
    ],
)
def test_what_the_fonts_have_stays_as_it_is(text: str) -> None:
    assert printable(text).text == text
    assert printable(text).replaced == 0


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("a\x00b\x07c\x7fd", "abcd"),
        ("half \ud83d a sign", "half  a sign"),
        ("one\r\ntwo\rthree\u2028four\u2029five\x0bsix", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("tab\tstop", "tab stop"),
        ("turned \u202eround\u202c, \u2067closed\u2069", "turned round, closed"),
        ("\ufeffmark", "mark"),
        ("so\u200d\u200d\u200d\u200d\u200d\u200dmany", "so\u200d\u200d\u200d\u200dmany"),
        ("e\u0301", "é"),
        ("\u1112\u1161\u11ab", "한"),
    ],
)
def test_what_nobody_sees_is_dropped_and_not_counted(typed: str, printed: str) -> None:
    assert printable(typed).text == printed
    assert printable(typed).replaced == 0


@pytest.mark.parametrize(
    ("typed", "printed", "replaced"),
    [
        ("fine 😀", "fine □", 1),
        ("❤\ufe0f", "□", 1),  # with the sign that makes it an emoji
        ("ᚠᚢ", "□□", 2),
        ("my own \ue123", "my own □", 1),
        ("unassigned \U000e0fff", "unassigned □", 1),
        ("typed □", "typed □", 0),
        ("□ 😀", "□ □", 1),
        ("😀\u0301", "□", 1),  # a mark goes with its letter
        ("中\u0327", "中□", 1),  # no font has both
        ("a" + "\u0302\u0327" * 4, unicodedata.normalize("NFC", "a" + "\u0302\u0327" * 4), 0),
        ("e" + "\u0325" * 20_000 + "x", "e" + "\u0325" * MOST_MARKS + "□x", 1),
        ("\u0325" * 20_000, "\u0325" * MOST_MARKS + "□", 1),
        ("e" + "\u0325\u200d" * 10_000, "e" + "\u0325\u200d" * MOST_MARKS + "□", 1),
    ],
)
def test_what_no_font_has_is_a_box_and_is_counted(typed: str, printed: str, replaced: int) -> None:
    assert printable(typed).text == printed
    assert printable(typed).replaced == replaced


@pytest.mark.parametrize("end", ["\n", "\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\n \u3000"])
def test_many_blank_lines_are_one(end: str) -> None:
    assert printable(f"a{end * 9_000}b").text.replace(" ", "").replace("\u3000", "") == "a\n\nb"
    assert printable("a\nb\n\nc").text == "a\nb\n\nc"


def test_lines_without_end_run_on_and_lose_no_letter() -> None:
    few = "\n".join("x" * MOST_LINES)

    assert printable(few).text == few
    assert printable("a\n" * 10_000).text == "a\n" * MOST_LINES + "a " * (10_000 - MOST_LINES)


def test_a_syllable_without_end_is_parted() -> None:
    assert printable("क्" * 20).text.split("\u200b") == ["क्" * MOST_MARKS, "क्" * MOST_MARKS, "क्" * 4]
    assert printable("कार्त्स्न्य").text == "कार्त्स्न्य"


@pytest.mark.parametrize(
    ("line", "way"),
    [
        ("plain", "ltr"),
        ("مرحبا 12 mg", "rtl"),
        ("שלום", "rtl"),
        ("  12 – مرحبا", "rtl"),
        ("12: Amlodipine مرحبا", "ltr"),
        ("प्रिया", "ltr"),
        ("+44 20 7946", None),
        ("", None),
    ],
)
def test_the_first_letter_says_from_which_side_a_line_runs(line: str, way: str | None) -> None:
    assert direction(line) == way


@pytest.mark.parametrize(
    ("line", "language"),
    [("直角の骨", "ja"), ("カルテ 骨", "ja"), ("환자 骨", "ko"), ("ผู้ป่วย", "th"), ("直角骨", None), ("plain", None)],
)
def test_letters_of_one_language_say_which_it_is(line: str, language: str | None) -> None:
    assert language_of_letters(line) == language
