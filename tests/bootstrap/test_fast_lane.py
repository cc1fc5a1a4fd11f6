"""`python3 run.py test fast` leaves out what is named, nothing else, and never meets yesterday's database."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tools import fast_lane

ROOT = Path(__file__).resolve().parents[2]


def left_out(*paths: str) -> list[str]:
    """Those of the files that it doesn't read, by themselves or with their folder."""
    return [
        path
        for path in paths
        if any(fast_lane.pytest_ignore_collect(ROOT / one) for one in (path, *map(str, list(Path(path).parents)[:-1])))
    ]


def test_what_it_leaves_out_is_there_and_said_and_the_rest_goes_on() -> None:
    assert [path for path in fast_lane.SLOW_LANE if not (ROOT / path).exists()] == []
    said = fast_lane.pytest_report_header()
    assert [path for path in fast_lane.SLOW_LANE if path not in said] == []
    assert left_out("bookings/tests/services/test_book.py", "tests/journeys/test_doctor.py") == [
        "tests/journeys/test_doctor.py"
    ]


def test_every_test_that_starts_a_browser_a_crowd_or_a_copy_is_left_out() -> None:
    """Whatever takes its fixtures from there, wherever it lies."""
    heavy = (
        "tests.journeys",
        "tests.faults",
        "tests.concurrency.support.crowd",
        "tests.bootstrap.copies",
        "tests.web_server",
    )
    tests = [path for path in ROOT.glob("**/test_*.py") if not path.relative_to(ROOT).parts[0].startswith((".", "var"))]
    users = [
        path.relative_to(ROOT).as_posix() for path in tests if any(f"from {name}" in path.read_text() for name in heavy)
    ]

    assert len(users) > 30
    assert left_out(*users) == users


def test_a_changed_migration_gets_a_new_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_lane, "ROOT", tmp_path)
    migration = tmp_path / "doctors" / "migrations" / "0001_initial.py"
    migration.parent.mkdir(parents=True)
    digests = []
    for text in ("one", "other", "one"):
        migration.write_text(text)
        digests.append(fast_lane.digest_of_migrations())

    assert digests[0] == digests[2] != digests[1]


def test_after_a_run_that_was_killed_the_databases_are_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setenv("HMS_HOME", str(tmp_path))
    monkeypatch.setitem(settings.DATABASES["default"], "TEST", {})
    session: Any = SimpleNamespace(config=SimpleNamespace(option=SimpleNamespace(create_db=False, reuse_db=False)))

    def begins() -> bool:
        session.config.option.create_db = False
        fast_lane.pytest_configure(session.config)
        fast_lane.pytest_sessionstart(session)
        return session.config.option.create_db

    assert begins() is False
    assert begins() is True  # the first never came to its end
    fast_lane.pytest_sessionfinish(session)
    assert begins() is False
    assert session.config.option.reuse_db
