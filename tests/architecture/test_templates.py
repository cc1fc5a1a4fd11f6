"""Templates: every one is used, every one that is named exists, none carries script or style of its own."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import allauth
import django
import pytest
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from tests.architecture.source import ROOT, files, python_files, tree_of

NAMED = re.compile(r"""\{%\s*(?:extends|include|drawn)\s+["']([^"']+)["']""")
COMMENT = re.compile(r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}", re.DOTALL)
SUFFIXES = (".html", ".txt", ".xml", ".ics")

INLINE = {
    "a script of its own": re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*type=.application/json)", re.IGNORECASE),
    "a style sheet of its own": re.compile(r"<style", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
}


def templates() -> dict[str, Path]:
    """Our templates by the name Django knows them by."""
    found = {}
    for path in [one for suffix in SUFFIXES for one in files(f"*{suffix}")]:
        if "templates" in path.parts and path.parts[0] != "email_service":
            found["/".join(path.parts[path.parts.index("templates") + 1 :])] = path
    return found


def text_of(path: Path) -> str:
    return COMMENT.sub("", (ROOT / path).read_text())


def names_in_templates() -> set[str]:
    return {name for path in templates().values() for name in NAMED.findall(text_of(path))}


def names_in_python() -> tuple[set[str], set[str]]:
    """Plain names, and patterns of the names that are put together (`f"errors/{status}.html"`)."""
    plain, patterns = set(), set()
    for path in python_files(tests=False):
        for node in ast.walk(tree_of(path)):
            match node:
                case ast.Constant(value=str(text)) if text.endswith(SUFFIXES) and "/" in text:
                    plain.add(text)
                case ast.JoinedStr(values=parts) if ast.unparse(node).rstrip("'\"").endswith(SUFFIXES):
                    patterns.add("".join(re.escape(p.value) if isinstance(p, ast.Constant) else "[^/]+" for p in parts))
    return {name for name in plain if not name.startswith(("/", "http", ".")) and "<" not in name}, patterns


def is_an_override(name: str) -> bool:
    """Takes the place of a template that a package brings along, or looks for by name."""
    return any((folder / name).exists() for folder in package_template_folders()) or asked_for_by_allauth(name)


def asked_for_by_allauth(name: str) -> bool:
    """Some pages allauth only draws when a project has the template: `f"account/x.{EXTENSION}"`."""
    stem = f"{name.rpartition('.')[0]}.{{"
    return any(stem in path.read_text() for path in Path(allauth.__file__).parent.rglob("*.py"))


def package_template_folders() -> list[Path]:
    here = [Path(module.__file__).parent for module in (django, allauth)]
    return [
        here[0] / "contrib" / "admin" / "templates",
        here[0] / "contrib" / "auth" / "templates",
        here[0] / "forms" / "templates",
        here[1] / "templates",
    ]


def test_every_template_that_is_named_exists() -> None:
    named = names_in_templates() | names_in_python()[0]
    missing = []
    for name in sorted(named):
        try:
            get_template(name)
        except TemplateDoesNotExist:
            missing.append(name)

    assert len(named) > 20
    assert missing == []


def test_every_template_is_used() -> None:
    plain, patterns = names_in_python()
    named = plain | names_in_templates()
    unused = [
        name
        for name, path in sorted(templates().items())
        if name not in named
        and not any(re.fullmatch(pattern, name) for pattern in patterns)
        and not is_an_override(name)
    ]

    assert unused == []


def inline(text: str) -> list[str]:
    return [fault for fault, pattern in INLINE.items() if pattern.search(text)]


def test_no_template_carries_script_or_style_of_its_own() -> None:
    faults = {name: inline(text_of(path)) for name, path in templates().items()}

    assert len(faults) > 30
    assert {name: what for name, what in faults.items() if what} == {}


@pytest.mark.parametrize(
    "text",
    [
        "<script>go()</script>",
        "<STYLE>a{}</STYLE>",
        '<p class="x" style="color:red">',
        '<a onclick="go()">',
        '<a href="javascript:go()">',
        '<script type="module">go()</script>',
    ],
)
def test_script_and_style_inside_a_page_would_be_found(text: str) -> None:
    assert len(inline(text)) == 1


def test_a_script_with_an_address_and_data_for_it_are_allowed() -> None:
    assert (
        inline('<script src="/static/js/hms.js" defer></script><script id="d" type="application/json">{}</script>')
        == []
    )


BARE_HTMX = re.compile(r"(?<![\w-])hx-[a-z]")


def test_what_htmx_reads_stands_in_attributes_of_data() -> None:
    """`hx-get` is no attribute that HTML knows; htmx reads `data-hx-get` as well, and that is one."""
    texts = {name: text_of(path) for name, path in templates().items()}
    texts |= {str(path): (ROOT / path).read_text() for path in files("*.js") if "vendor" not in path.parts}

    assert "static/js/hms/steps_in_place.js" in texts
    assert sum("data-hx-" in text for text in texts.values()) > 10
    assert [name for name, text in texts.items() if BARE_HTMX.search(text)] == []


@pytest.mark.parametrize("text", ['<p hx-get="/x">', "form[hx-post]", 'ask("hx-select")', '<p\nhx-swap="none">'])
def test_a_bare_attribute_of_htmx_would_be_found(text: str) -> None:
    assert BARE_HTMX.search(text)
