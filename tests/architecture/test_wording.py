"""The sentences people read: written with the house's own marks, and marked for translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import calls, python_files, tree_of
from tests.architecture.test_templates import templates, text_of

# Between letters, a straight apostrophe is a typewriter's; in a template's tags and attributes it is punctuation.
STRAIGHT = re.compile(r"[A-Za-z]'(?:s|t|re|ll|ve|d|m)\b")
GETTEXT = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}


def straight(text: str) -> list[str]:
    return [text[max(found.start() - 20, 0) : found.end() + 20].strip() for found in STRAIGHT.finditer(text)]


def marked_sentences() -> Iterator[tuple[str, str]]:
    """Where in our Python which sentence is marked for translation."""
    for path in python_files(tests=False):
        if path.match("core/backup/*.py") or "management" in path.parts:  # a terminal's, whatever letters it knows
            continue
        for call, name in calls(tree_of(path)):
            if name.rpartition(".")[2] in GETTEXT:
                for given in call.args:
                    if isinstance(given, ast.Constant) and isinstance(given.value, str):
                        yield f"{path}:{call.lineno}", given.value


def test_no_template_has_a_straight_apostrophe() -> None:
    found = {name: straight(text_of(path)) for name, path in templates().items()}

    assert len(found) > 150
    assert {name: places for name, places in found.items() if places} == {}


def test_no_sentence_in_python_has_a_straight_apostrophe() -> None:
    sentences = list(marked_sentences())

    assert len(sentences) > 200
    assert [(place, text) for place, text in sentences if straight(text)] == []


@pytest.mark.parametrize("text", ["<p>It can't be</p>", '{% translate "We\'ll see" %}', "the doctor's"])
def test_a_straight_apostrophe_would_be_found(text: str) -> None:
    assert straight(text)
