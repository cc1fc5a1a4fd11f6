"""A style sheet or script that imports others is served as one file: its parts, in the order it names them.

`static/css/hms.css` holds nothing but `@import url("components/button.css");`, a line for each part, and
`static/js/hms.js` nothing but `import "./hms/menus.js";` (docs/adr/0026). Both are right as they stand, for editors and
linters; here they are joined as they are found, so that `collectstatic`, the demo and the tests all serve the same.
Comments stay at home: they are a sixth of what a style sheet weighs on its way to a phone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder
from django.core.files.storage import FileSystemStorage

PARTS = {
    ".css": re.compile(r'^@import url\("([^":]+)"\);$', re.MULTILINE),
    ".js": re.compile(r'^import "([^":]+)";$', re.MULTILINE),
}
COMMENTS = {
    ".css": re.compile(r"/\*.*?\*/\s*", re.DOTALL),
    ".js": re.compile(r"^ *//.*\n", re.MULTILINE),
}


def parts_of(source: Path) -> list[Path]:
    """The files that `source` imports; none for one that stands for itself."""
    pattern = PARTS.get(source.suffix)
    return [source.parent / name for name in pattern.findall(source.read_text())] if pattern else []


def joined(parts: Iterable[Path]) -> str:
    """What the browser gets."""
    return "".join(_served(part) for part in parts)


def _served(part: Path) -> str:
    """A script keeps its names to itself, as a module does."""
    text = COMMENTS[part.suffix].sub("", part.read_text())
    return f'(() => {{\n"use strict";\n{text}}})();\n' if part.suffix == ".js" else text


class BundlingFinder(FileSystemFinder):
    """Finds what lies in STATICFILES_DIRS, bundles in place of the files that name their parts."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.bundles = FileSystemStorage(location=settings.HMS_HOME / "bundles")

    def find_location(self, root: str, path: str, prefix: str | None = None) -> str | None:
        """Where the file is that answers for `path`."""
        found = super().find_location(root, path, prefix)
        parts = parts_of(Path(found)) if found and Path(found).suffix in PARTS else []
        return str(self._write(path, joined(parts))) if parts else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        """What is collected: the bundles, and what is no part of one."""
        files = list(super().list(ignore_patterns))
        parts = {path: parts_of(Path(storage.path(path))) for path, storage in files if Path(path).suffix in PARTS}
        within = {part.resolve() for found in parts.values() for part in found}
        for path, storage in files:
            if parts.get(path):
                self._write(path, joined(parts[path]))
                yield path, self.bundles
            elif Path(storage.path(path)).resolve() not in within:
                yield path, storage

    def _write(self, path: str, text: str) -> Path:
        """Only when something changed, and in one step: other processes read it."""
        target = Path(self.bundles.path(path))
        if not target.exists() or target.read_text() != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f"{target.name}.{os.getpid()}")
            fresh.write_text(text)
            fresh.replace(target)
        return target
