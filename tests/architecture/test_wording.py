"""The sentences people read: written with the house's own marks, and marked for translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.template.base import Lexer, TokenType

from tests.architecture.source import calls, python_files, tree_of
from tests.architecture.test_templates import SUFFIXES, templates, text_of

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


# Words that are not marked for translation


# Pages of those who work on the system itself.
NOT_FOR_PEOPLE = ("gallery/", "local_inbox/")
SPOKEN = {"alt", "aria-label", "aria-description", "data-busy", "label", "placeholder", "title"}
WORD = re.compile(r"[A-Za-z]{2,}")
# A block of a layout that stands inside a tag has classes or attributes.
SPOKEN_OF_A_BLOCK = re.compile(rf"""\b(?:{"|".join(SPOKEN)})=["']([^"']*)""")
UNREAD = {"code", "pre", "script", "style"}
MARKED = {"blocktranslate", "blocktrans"}
# What Django's own tags take in quotes that nobody reads: names of templates, addresses, blocks, formats of dates.
NAMES_ONLY = {"block", "extends", "load", "static", "translate", "trans", "url"}
QUOTED = re.compile(r"""(_\()?("[^"]*"|'[^']*')""")
READS_LIKE_WORDS = re.compile(r"[A-Z][a-z]|[A-Za-z]{2,}.* ")


class _Spoken(HTMLParser):
    """What somebody reads or hears of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in UNREAD
        self.found += [value for name, value in attrs if name in SPOKEN and value and WORD.search(value)]

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD

    def handle_data(self, data: str) -> None:
        if not self._unread and WORD.search(data):
            self.found.append(" ".join(data.split()))


def unmarked(source: str) -> list[str]:
    """The words of a template outside its translate tags, as Django's own lexer tells the two apart."""
    bare, quoted, inside, block = [], [], "", ""
    for token in Lexer(source).tokenize():
        tag, _, name = token.contents.partition(" ")
        if token.token_type == TokenType.BLOCK and tag in {"block", "endblock"}:
            block = name if tag == "block" else ""
        if inside:
            inside = "" if tag == f"end{inside}" else inside
        elif token.token_type == TokenType.TEXT and block.endswith(("class", "coltype", "_attrs")):
            bare += [f"<p>{words}</p>" for words in SPOKEN_OF_A_BLOCK.findall(token.contents)]
        elif token.token_type == TokenType.TEXT:
            bare.append(token.contents)
        elif token.token_type == TokenType.BLOCK and tag in MARKED | {"comment", "verbatim"}:
            inside = tag
        elif token.token_type in {TokenType.BLOCK, TokenType.VAR} and tag not in NAMES_ONLY:
            quoted += [found[2][1:-1] for found in QUOTED.finditer(token.contents) if not found[1]]
    page = _Spoken()
    page.feed("".join(bare))
    return page.found + [text for text in quoted if READS_LIKE_WORDS.search(text) and not text.endswith(SUFFIXES)]


def test_every_word_of_a_template_is_marked_for_translation() -> None:
    pages = {name: text_of(path) for name, path in templates().items() if not name.startswith(NOT_FOR_PEOPLE)}
    found = {name: unmarked(source) for name, source in pages.items()}

    assert len(found) > 150
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "source",
    [
        "<p>Book now</p>",
        "{% if x %}<p>{{ count }} times</p>{% endif %}",
        '<button aria-label="Close it">{{ x }}</button>',
        '<input placeholder="Your name">',
        '{% include "a.html" with label="Availability" only %}',
        '{% icon "chevron-left" "Earlier days" %}',
        '{{ name|default:"No name" }}',
        '{% translate "Book" %} now',
        "{% blocktranslate %}Book{% endblocktranslate %}<b>now</b>",
    ],
)
def test_words_that_are_not_marked_would_be_found(source: str) -> None:
    assert unmarked(source)


@pytest.mark.parametrize(
    "source",
    [
        '<p class="Lead soft">{% translate "Book now" %}</p>',
        "{% blocktranslate with name=doctor.name %}With <b>{{ name }}</b>{% endblocktranslate %}",
        '{% include "a.html" with label=_("Availability") tone="warning" only %}',
        '{{ day|date:"j M" }}{% url "doctors:directory" %}<script>let Name</script>',
    ],
)
def test_what_is_marked_or_no_word_is_let_be(source: str) -> None:
    assert unmarked(source) == []


# Rooms whose sentences in Python are marked as well: what forms ask and say, what is told after something was done.
MARKED_ROOMS = {"accounts", "bookings", "doctors", "patients"}
ASKED_AND_SAID = {"label", "help_text", "empty_label"}


def is_bare(node: ast.AST) -> bool:
    """A text with words in it that no call marks."""
    match node:
        case ast.Constant(value=str(text)):
            return bool(WORD.search(text))
        case ast.JoinedStr(values=parts):
            return any(isinstance(part, ast.Constant) and WORD.search(str(part.value)) for part in parts)
    return False


def unmarked_in_python(tree: ast.AST, *, of_forms: bool) -> Iterator[ast.AST]:
    for call, name in calls(tree):
        given = {word.arg: word.value for word in call.keywords}
        told = call.args[1:2] if name.startswith("messages.") else []
        if of_forms:
            told += [value for word, value in given.items() if word in ASKED_AND_SAID]
            errors = given.get("error_messages")
            told += errors.values if isinstance(errors, ast.Dict) else []
        yield from filter(is_bare, told)


def test_what_forms_ask_and_what_is_told_is_marked_for_translation() -> None:
    paths = [path for path in python_files(tests=False) if path.parts[0] in MARKED_ROOMS]
    found = [
        f"{path}:{node.lineno}"  # type: ignore[attr-defined]
        for path in paths
        for node in unmarked_in_python(tree_of(path), of_forms="forms" in path.name or path.stem == "fields")
    ]

    assert len(paths) > 100
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        'forms.CharField(label="Name")',
        'forms.CharField(error_messages={"required": "Enter it."})',
        'forms.CharField(help_text=f"At most {most} days.")',
        'messages.success(request, "It is saved.")',
        'messages.success(request, f"{name} is saved.")',
    ],
)
def test_a_sentence_in_python_that_is_not_marked_would_be_found(code: str) -> None:
    assert list(unmarked_in_python(ast.parse(code), of_forms=True))
