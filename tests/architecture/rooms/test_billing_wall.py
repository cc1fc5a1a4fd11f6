"""Billing never sees what a visit was about: it imports nothing clinical, and reads no reason or notes of a booking."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files, imports_of, python_files, tree_of
from tests.architecture.test_imports import DOORS, RANKS

# Rooms that know what doctors write, and what is beside billing or above it.
CLINICAL = "clinical"
# What patients and doctors write of a visit, by the names of the columns.
WRITTEN = {"reason", "notes", "cancellation_reason", "medical_history", "allergies", "blood_group"}
# Why something was credited or taken back, and what a paper says below: billing's own words.
OWN = {"note.reason", "row.reason", "payment.reason", "refund.reason", "taking.reason", "sheet.notes"}
LOOKUP = re.compile(rf"(?:^|__)(?:booking|patient)__(?:\w+__)?(?:{'|'.join(sorted(WRITTEN))})(?:__|$)")


def clinical_imports(root: Path = ROOT) -> list[str]:
    """Every import of what is clinical by billing, its tests and migrations too."""
    paths = [path for path in python_files(root=root, migrations=True) if path.parts[0] == "billing"]
    found = (one for path in paths for one in imports_of(path, root=root))
    return [f"{one.path}:{one.line} {one.target}" for one in found if one.target.split(".")[0] == CLINICAL]


def words_read(root: Path = ROOT) -> list[str]:
    """Wherever billing reads such a column: from an object, by a lookup, or in a template."""
    found = []
    for path in python_files(root=root, tests=False):
        if path.parts[0] == "billing":
            found += [f"{path}: {said}" for said in _words_in(tree_of(path, root=root))]
    for path in files("*.html", root=root):
        if "billing" in path.parts:
            text = (root / path).read_text()
            found += [f"{path}: {said}" for said in re.findall(rf"booking\.(?:{'|'.join(WRITTEN)})\b", text)]
    return found


def _words_in(tree: ast.AST) -> list[str]:
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in WRITTEN]
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    texts += [node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg]
    read = [ast.unparse(node) for node in attributes]
    return [said for said in read if said not in OWN] + [text for text in texts if LOOKUP.search(text)]


def test_billing_imports_nothing_clinical() -> None:
    assert len([path for path in python_files() if path.parts[0] == "billing"]) > 30
    assert clinical_imports() == []


def test_the_wall_between_them_has_no_door() -> None:
    """Rooms of one rank import nothing of each other; a door into the other would be the only way."""
    assert RANKS["billing"] == RANKS[CLINICAL]
    assert [door for door, rooms in DOORS.items() if door.split(".")[0] == CLINICAL and "billing" in rooms] == []
    assert [door for door, rooms in DOORS.items() if door.split(".")[0] == "billing" and CLINICAL in rooms] == []


def test_billing_reads_no_words_about_a_visit() -> None:
    assert words_read() == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("billing/own/page.py", "def words(invoice):\n    return invoice.booking.reason"),
        ("billing/selectors.py", "found = rows.values('booking__notes')"),
        ("billing/selectors.py", "found = rows.filter(**{'patient__allergies__contains': 'x'})"),
        ("billing/selectors.py", "found = rows.filter(booking__reason='x')"),
        ("templates/billing/own/invoice.html", "{{ invoice.booking.cancellation_reason }}"),
    ],
)
def test_a_word_that_is_read_is_found(tmp_path: Path, path: str, code: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(code)

    assert len(words_read(tmp_path)) == 1


@pytest.mark.parametrize(
    "code", ["from clinical.models import TreatmentRecord", "def late():\n    import clinical.rules"]
)
def test_a_clinical_import_is_found(tmp_path: Path, code: str) -> None:
    (tmp_path / "billing").mkdir()
    (tmp_path / "billing/page.py").write_text(code)

    assert len(clinical_imports(tmp_path)) == 1
