"""Letter to text and HTML. Templates are filled in one pass, and whatever is not Html is escaped."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from .letter import Letter, Link
from .wording import person

_PROMINENT = frozenset({"Date", "Time"})
_FOLDER = Path(__file__).parent / "templates"


class Html(str):
    """Text that is already HTML; only `_fill` makes it."""


@dataclass(frozen=True)
class Rendered:
    """The two faces of one message."""

    text: str
    html: str


def render(letter: Letter, *, to_name: str, hospital: Mapping[str, Any]) -> Rendered:
    """Return the letter as plain text and as HTML, with greeting and footer."""
    name = person(to_name)
    greeting = f"Hello {name}," if name else "Hello,"
    reply = f"call {hospital['phone']}" if hospital["phone"] else "use our website"
    footer = f"This message was sent automatically. Please don't reply to it: {reply} instead."
    return Rendered(
        text=_text(letter, greeting=greeting, footer=footer, hospital=hospital),
        html=_html(letter, greeting=greeting, footer=footer, hospital=hospital),
    )


def _text(letter: Letter, *, greeting: str, footer: str, hospital: Mapping[str, Any]) -> str:
    blocks = [letter.heading, greeting, *letter.opening]
    if letter.facts:
        blocks.append("\n".join(f"{label}: {value}" for label, value in letter.facts))
    if letter.code:
        blocks.append(f"    {letter.code}")
    if letter.button:
        blocks.append(_text_link(letter.button))
    blocks += [*letter.closing, *map(_text_link, letter.links)]
    return _template("layout.txt").substitute(
        body="\n\n".join(blocks), footer=footer, hospital=hospital["name"], url=hospital["url"]
    )


def _text_link(link: Link) -> str:
    return f"{link.label}:\n{link.url}"


def _html(letter: Letter, *, greeting: str, footer: str, hospital: Mapping[str, Any]) -> str:
    blocks = [_fill("paragraph.html", text=line) for line in (greeting, *letter.opening)]
    if letter.facts:
        rows = [_fact(label, value) for label, value in letter.facts]
        blocks.append(_fill("facts.html", rows=_join(rows)))
    if letter.code:
        blocks.append(_fill("code.html", code=letter.code))
    if letter.button:
        blocks.append(_fill("button.html", label=letter.button.label, url=letter.button.url))
    blocks += [_fill("paragraph.html", text=line) for line in letter.closing]
    blocks += [_fill("link.html", label=link.label, url=link.url) for link in letter.links]
    return _fill(
        "layout.html",
        subject=letter.subject,
        preheader=letter.opening[0],
        heading=letter.heading,
        body=_join(blocks),
        footer=footer,
        hospital=hospital["name"],
        url=hospital["url"],
    )


def _fact(label: str, value: str) -> Html:
    weight = "bold" if label in _PROMINENT else "normal"
    return _fill("fact.html", label=label, value=value, weight=weight)


def _join(parts: list[Html]) -> Html:
    return Html("".join(parts))


def _fill(name: str, **values: str) -> Html:
    safe = {key: value if isinstance(value, Html) else escape(value, quote=True) for key, value in values.items()}
    return Html(_template(name).substitute(safe))


@cache
def _template(name: str) -> Template:
    return Template((_FOLDER / name).read_text(encoding="utf-8"))
