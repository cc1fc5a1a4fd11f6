"""Style sheets, scripts and templates: a file for each component, each loaded, none too long to read."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from core.web.bundles import COMMENTS, PARTS, parts_of
from tests.architecture.source import ROOT, files

STATIC = ROOT / "static"
LONGEST_FILE = 400  # lines
LONGEST_LINE = {".css": 120, ".js": 120, ".html": 200}  # characters
LINKED = re.compile(r"""\{% static ['"]((?:css|js)/[\w/.-]+)['"] %\}""")
RELATIVE_ADDRESS = re.compile(r"""url\((?!["']?(?:data:|#))""")


def assets() -> list[Path]:
    return [path for kind in ("css", "js") for path in sorted((STATIC / kind).rglob(f"*.{kind}"))]


def linked() -> set[str]:
    return {name for path in files("*.html") for name in LINKED.findall((ROOT / path).read_text())}


def too_long(path: Path, text: str) -> list[str]:
    """Where a text is longer than eyes follow."""
    lines = text.splitlines()
    faults = [f"{path}: {len(lines)} lines"] if len(lines) > LONGEST_FILE else []
    limit = LONGEST_LINE[path.suffix]
    return faults + [f"{path}:{number}: {len(line)}" for number, line in enumerate(lines, 1) if len(line) > limit]


def test_no_line_and_no_file_is_too_long() -> None:
    readable = [*(path.relative_to(ROOT) for path in assets()), *files("*.html")]

    assert len(readable) > 250
    assert [fault for path in readable for fault in too_long(path, (ROOT / path).read_text())] == []


@pytest.mark.parametrize(
    ("name", "text"), [("a.html", "x" * 201), ("a.css", "x" * 121), ("a.js", "y\n" + "x" * 121), ("a.css", "a\n" * 401)]
)
def test_what_is_too_long_would_be_found(name: str, text: str) -> None:
    assert len(too_long(Path(name), text)) == 1


def test_every_sheet_and_script_is_loaded_once() -> None:
    """By a template, or as a part of one that is; a part has no parts, so that one look at the list shows the order."""
    bundles = {path: parts_of(path) for path in assets() if parts_of(path)}
    parts = Counter(part.resolve() for found in bundles.values() for part in found)

    assert len(parts) > 80
    assert [str(path) for path, times in parts.items() if times > 1 or path in bundles or not path.is_file()] == []
    alone = {str(path.relative_to(STATIC)) for path in assets() if path not in parts}
    assert linked() == alone


def test_a_bundle_holds_nothing_but_its_list() -> None:
    """What else stood in it would reach nobody: it is served as its parts."""
    bundles = [path for path in assets() if parts_of(path)]
    rest = {
        path.name: PARTS[path.suffix].sub("", COMMENTS[path.suffix].sub("", path.read_text())).strip()
        for path in bundles
    }

    assert {"hms.css", "hms.js"} <= set(rest)
    assert {name: text for name, text in rest.items() if text} == {}


def test_no_part_names_a_file_by_its_own_place() -> None:
    """It is served from where its bundle lies; theme.css, which is no part, names the fonts."""
    parts = [part for path in assets() for part in parts_of(path)]

    assert len(parts) > 80
    assert [str(part) for part in parts if RELATIVE_ADDRESS.search(part.read_text())] == []
    assert RELATIVE_ADDRESS.search((STATIC / "css/theme.css").read_text())
