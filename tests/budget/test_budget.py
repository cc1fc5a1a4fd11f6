"""No page or step that people meet often costs more than was recorded for it (docs/performance.md).

Counted, not timed: no SQL statement more, and at most a tenth more calls of Python functions. What is meant to cost
more is recorded anew by one command, and the difference is part of the change.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler

from tests.budget.counting import Counter, PageCost, cost
from tests.budget.hospital import BudgetHospital

RECORDED = Path(__file__).with_name("recorded.json")
# Minor versions of Python call differently: each has its own figures, and one without any is held to the statements.
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PLAY = 1.1  # of the recorded calls
COMMAND = "python3 run.py test tests/budget --record-budget"

Record = dict[str, dict[str, Any]]


def over(found: Mapping[str, PageCost], recorded: Record, python: str = PYTHON) -> list[str]:
    """A sentence for each figure that is too large, or that nobody has recorded."""
    statements, calls = recorded["statements"], recorded["calls"].get(python)
    told = []
    for page, now in found.items():
        if page not in statements or (calls is not None and page not in calls):
            told.append(f"{page}: nothing is recorded.")
            continue
        if now.statements > statements[page]:
            told.append(f"{page}: {statements[page]} statements recorded, {now.statements} now.")
        if calls is not None and now.calls > PLAY * calls[page]:
            told.append(f"{page}: {calls[page]} calls recorded, {now.calls} now.")
    return told


def renewed(found: Mapping[str, PageCost], recorded: Record) -> Record:
    """What is recorded from here on; other versions' calls stay as they were."""
    calls = {page: now.calls for page, now in found.items()}
    return {
        "statements": {page: now.statements for page, now in found.items()},
        "calls": dict(sorted((recorded["calls"] | {PYTHON: calls}).items())),
    }


def measured() -> dict[str, PageCost]:
    application = WSGIHandler()
    return {
        name: cost(application, step.ask, status=step.status, says=step.says, before=step.before)
        for name, step in BudgetHospital().steps().items()
    }


@pytest.mark.django_db
def test_no_page_costs_more_than_recorded(request: pytest.FixtureRequest) -> None:
    recorded = json.loads(RECORDED.read_text())
    found = measured()
    if request.config.getoption("--record-budget", default=False):
        RECORDED.write_text(json.dumps(renewed(found, recorded), indent=2, ensure_ascii=False) + "\n")
        recorded = json.loads(RECORDED.read_text())

    told = over(found, recorded)

    assert not told, "\n".join([*told, f"If that is meant, record it: {COMMAND}"])


# What judges, judged

HELD: Record = {"statements": {"home": 3}, "calls": {PYTHON: {"home": 1000}}}


def test_one_statement_more_is_too_many() -> None:
    assert over({"home": PageCost(statements=3, calls=1000)}, HELD) == []
    assert over({"home": PageCost(statements=4, calls=1000)}, HELD) == ["home: 3 statements recorded, 4 now."]
    assert over({"home": PageCost(statements=1, calls=10)}, HELD) == []


def test_a_tenth_more_calls_is_no_news() -> None:
    assert over({"home": PageCost(statements=3, calls=1100)}, HELD) == []
    assert over({"home": PageCost(statements=3, calls=1101)}, HELD) == ["home: 1000 calls recorded, 1101 now."]


def test_a_page_nobody_recorded_is_told() -> None:
    assert over({"other": PageCost(statements=0, calls=0)}, HELD) == ["other: nothing is recorded."]


def test_an_unknown_version_is_held_to_the_statements() -> None:
    found = {"home": PageCost(statements=4, calls=9999)}

    assert over(found, HELD, python="4.0") == ["home: 3 statements recorded, 4 now."]


def test_recording_leaves_other_versions_alone() -> None:
    before: Record = {"statements": {"gone": 1}, "calls": {"2.7": {"home": 5}}}

    after = renewed({"home": PageCost(statements=3, calls=1000)}, before)

    assert after == {"statements": {"home": 3}, "calls": {"2.7": {"home": 5}, PYTHON: {"home": 1000}}}


def test_calls_are_counted_one_by_one() -> None:
    def inner() -> int:
        return len("of C, not counted")

    def outer() -> int:
        return inner() + inner()

    with Counter() as counter:
        outer()
    with Counter() as empty:
        pass

    assert counter.calls - empty.calls == 3
