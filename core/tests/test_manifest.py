"""The sheet beside a dump: whatever becomes of it, it is refused in a sentence and never read halfway."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from core.backup.errors import BackupError
from core.backup.manifest import NAME, Manifest, fingerprint

KEY, OTHER = "a key of the site", "a key of somebody else"
MANIFEST = Manifest(
    made_at="2026-11-28T03:15:00+00:00",
    database="hms",
    server_version=18,
    dumped_with=18,
    properties={"encoding": "UTF8"},
    roles=["hms"],
    migrations=["core.0001_initial"],
    left_out=["public.sessions"],
    tables={"public.rows": [1, "2"]},
    rules={"indexes": [1, "2"]},
    sealed=[["public.rows", "words", []]],
    keys=[fingerprint(KEY)],
    files={"dump/toc.dat": [1, "2"]},
)
GONE = "(taken out)"
ODD = (GONE, None, True, 5, -1.5, "", "x", "\x1b[2J", [], [5], [[]], ["x"], {}, {"a": 1}, 10**30)
FIELDS = (*asdict(MANIFEST), "signature")


def spoiled(folder: Path, field: str, value: object) -> None:
    MANIFEST.write(folder, [KEY])
    facts: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
    facts.pop(field)
    if value != GONE:
        facts[field] = value
    (folder / NAME).write_text(json.dumps(facts), encoding="utf-8")


def test_as_it_was_written_it_is_read(tmp_path: Path) -> None:
    MANIFEST.write(tmp_path, [KEY])
    assert Manifest.read(tmp_path, [OTHER, KEY]) == MANIFEST


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("field", FIELDS)
def test_no_field_can_be_another(tmp_path: Path, field: str, value: object) -> None:
    spoiled(tmp_path, field, value)
    with pytest.raises(BackupError) as refusal:
        Manifest.read(tmp_path, [KEY])
    assert "\x1b" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '"x"', "[" * 100_000, '{"format":NaN}', "9" * 6_000])
def test_what_is_no_manifest_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    with pytest.raises(BackupError):
        Manifest.read(tmp_path, [KEY])


def test_a_key_that_is_missing_is_named_by_its_mark(tmp_path: Path) -> None:
    MANIFEST.write(tmp_path, [KEY])
    with pytest.raises(BackupError, match=fingerprint(KEY)):
        Manifest.read(tmp_path, [OTHER])
