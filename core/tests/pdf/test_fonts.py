"""The fonts are as they came, and can print what their list says."""

from __future__ import annotations

import hashlib
import re

from fontTools.ttLib import TTFont

from core.pdf.fonts import COVERAGE, FOLDER, coverage, families, font_book
from tools import font_coverage

LISTED = re.compile(
    r"^\| `([^`]+\.ttf)` .* npm `\S+@[\d.]+`, .*`(licences/[^`]+)` \| `([0-9a-f]{64})` \|$", re.MULTILINE
)


def test_every_font_has_the_sum_its_list_names_and_its_licence_beside_it() -> None:
    listed = LISTED.findall((FOLDER / "FONTS.md").read_text())
    present = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.ttf")}

    assert len(present) > 20
    assert present == {name: sum_ for name, _, sum_ in listed}
    assert {licence for _, licence, _ in listed} == {
        f"licences/{path.name}" for path in (FOLDER / "licences").iterdir()
    }
    for _, licence, _ in listed:
        assert "SIL OPEN FONT LICENSE Version 1.1" in (FOLDER / licence).read_text()


def test_the_list_of_what_can_be_printed_is_true() -> None:
    assert COVERAGE.read_text() == font_coverage.coverage(FOLDER), "run python3 -m tools.font_coverage"


def test_what_can_be_printed_can_be_printed_in_bold() -> None:
    bold = sorted(FOLDER.glob("*_700Bold.ttf"))
    assert len(bold) > 10
    for path in bold:
        regular = path.with_name(path.name.replace("_700Bold", "_400Regular"))
        assert set(TTFont(path).getBestCmap()) == set(TTFont(regular).getBestCmap()), path.name


def test_every_family_is_asked_and_no_other_is_there() -> None:
    assert set(font_book().families()) == set(families("en")) == set(coverage())


def test_ideographs_are_drawn_as_the_language_has_them() -> None:
    def first_of_three(language: str) -> str:
        return next(name for name in families(language) if name[-2:] in {"SC", "JP", "KR"})

    assert [first_of_three(language) for language in ("en", "zh", "ja", "ko")] == [
        "Noto Sans SC",
        "Noto Sans SC",
        "Noto Sans JP",
        "Noto Sans KR",
    ]
    assert sorted(families("ja")) == sorted(families("ko")) == sorted(families("en"))
