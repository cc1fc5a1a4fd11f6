"""One name, one thing: no two files of the product have a public class of the same name."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from tests.architecture.rooms.graph import name_of
from tests.architecture.source import ROOT, python_files, tree_of

# Names a framework looks for in each file of a kind.
ONE_A_FILE = {"Command": "commands"}


def homonyms(paths: Iterable[Path], root: Path) -> dict[str, list[str]]:
    """The names of classes that say more than one thing, with the files they stand in."""
    places: dict[str, list[str]] = {}
    for path in paths:
        for node in tree_of(path, root=root).body:
            if isinstance(node, ast.ClassDef) and _counts(node.name, path):
                places.setdefault(node.name, []).append(name_of(path))
    return {name: sorted(files) for name, files in places.items() if len(files) > 1}


def _counts(name: str, path: Path) -> bool:
    return not name.startswith("_") and ONE_A_FILE.get(name) not in path.parts


def test_a_public_class_has_a_name_of_its_own() -> None:
    paths = python_files(tests=False)

    assert len(paths) > 300
    assert homonyms(paths, ROOT) == {}


def test_two_classes_of_one_name_are_found(tmp_path: Path) -> None:
    made_up = {
        "shop/forms.py": "class PayForm: ...\nclass _Row: ...",
        "shop/till/forms.py": "if True:\n    class Inner: ...\nclass PayForm: ...\nclass _Row: ...",
        "shop/commands/open.py": "class Command: ...",
        "shop/commands/close.py": "class Command: ...",
        "shop/orders.py": "class Command: ...",
    }
    for name, code in made_up.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(code)

    assert homonyms(map(Path, made_up), tmp_path) == {"PayForm": ["shop.forms", "shop.till.forms"]}
