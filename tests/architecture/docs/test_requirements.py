"""Every requirement that is cited is listed in docs/requirements.md, and every one that is listed is cited."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT, files

ONE = r"[A-P][1-9]\d?"
# In brackets, alone, in a row or as a range: "(C4)", "(B9, C10)", "(D1–D3, D6)"; more may follow.
CITED = re.compile(rf"\(({ONE}(?:(?:, | and |–){ONE})*)(?=[),;:])")
LISTED = re.compile(rf"^\| ({ONE}) \| (\S.*\S) \|$", re.MULTILINE)
ENDINGS = ("py", "html", "js", "yml", "in", "example")


def cited_in(text: str) -> set[str]:
    found: set[str] = set()
    for row in CITED.findall(text):
        for part in re.split(r", | and ", row):
            first, _, last = part.partition("–")
            numbers = range(int(first[1:]), int((last or first)[1:]) + 1)
            found.update(f"{first[0]}{number}" for number in numbers)
    return found


def cited() -> set[str]:
    paths = [path for ending in ENDINGS for path in files(f"*.{ending}") if path.name != "test_requirements.py"]
    return {cited for path in paths for cited in cited_in((ROOT / path).read_text())}


def listed() -> list[str]:
    return [number for number, _ in LISTED.findall((ROOT / "docs/requirements.md").read_text())]


def test_what_is_cited_is_listed() -> None:
    found = cited()

    assert len(found) > 40
    assert sorted(found - set(listed())) == []


def test_what_is_listed_is_cited_and_listed_once() -> None:
    found = listed()

    assert len(found) > 40
    assert sorted(set(found) - cited()) == []
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ('"""Short references (C8)."""', {"C8"}),
        ("the desk (C10, H3) and the page (B10)", {"C10", "H3", "B10"}),
        ("(D1–D3, D6)", {"D1", "D2", "D3", "D6"}),
        ("(C2 and C3)", {"C2", "C3"}),
        ("(C9): one", {"C9"}),
        ("(A4; B7)", {"A4"}),
        ("A4 paper, f(A1B2), (A0), (Q1), (C4x)", set()),
    ],
)
def test_a_citation_is_read(text: str, ids: set[str]) -> None:
    assert cited_in(text) == ids
