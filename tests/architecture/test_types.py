"""Strict types by whole rooms: what is left out only shrinks."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from tests.architecture.source import ROOT

MOST_LEFT_OUT = 0.14  # of all lines; lower it when less is left out


def _settings() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    return found


def _lines(names: list[str]) -> int:
    return sum(len((ROOT / name).read_text().splitlines()) for name in names)


def _ours() -> list[str]:
    """Everything that mypy is given, tests and migrations apart."""
    rooms = [ROOT / name for name in _settings()["files"]]
    files = [path for room in rooms for path in ([room] if room.is_file() else sorted(room.rglob("*.py")))]
    names = [path.relative_to(ROOT).as_posix() for path in files]
    return [name for name in names if "/tests/" not in name and "/migrations/" not in name]


def test_little_is_left_out() -> None:
    rules = [re.compile(rule) for rule in _settings()["exclude"]]
    ours = _ours()
    left_out = [name for name in ours if any(rule.search(name) for rule in rules)]

    assert _settings()["strict"] is True
    assert len(ours) > 400
    assert _lines(left_out) / _lines(ours) < MOST_LEFT_OUT


def test_what_is_left_out_is_there() -> None:
    ours = _ours()
    stale = [rule for rule in _settings()["exclude"][2:] if not any(re.search(rule, name) for name in ours)]

    assert stale == []


def test_every_room_is_typed_and_tested() -> None:
    """A room that neither list names would be checked by nobody, and nothing would say so."""
    rooms = {path.parent.name for path in ROOT.glob("*/apps.py")}
    tested = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["testpaths"]

    assert "bookings" in rooms
    assert rooms <= set(_settings()["files"])
    assert rooms <= set(tested)
