"""A status is entered in one place, and nothing that depends on it is missing."""

from __future__ import annotations

import ast

import pytest

from bookings.choices import STATUS_TAGS, STATUSES, Status
from bookings.states import TABLE
from core.status_tags import StatusTag, register, status_tag_for
from dashboards.figures.appointments import STANDS
from doctors.choices import SLOT_TAGS, SlotState
from tests.architecture.source import dotted, python_files, tree_of

# Asked only for the steps that have a button or an action (bookings/permissions.py), or can be undone: each is in it.
STEPS_ONLY = {"STEP_WORDS", "_STEP_ACTIONS", "UNDO", "_UNDONE", "DONE"}


def test_every_status_has_its_entry_and_its_tag() -> None:
    assert set(STATUSES) == set(Status)
    assert set(SLOT_TAGS) == set(SlotState.values)
    for code in (*Status, *SlotState):
        tag = status_tag_for(code)
        assert (tag.label, tag.icon) == (code.label, {**STATUS_TAGS, **SLOT_TAGS}[code.value].icon)


def test_every_status_leads_somewhere_or_is_an_end_and_every_one_is_reached() -> None:
    first = {Status.PENDING, Status.CONFIRMED}  # what is booked is one of these
    assert first | {to for _, to in TABLE} == set(Status)
    assert set(Status) - {since for since, _ in TABLE} == {Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW}


def test_a_code_two_apps_claim_stops_the_start() -> None:
    with pytest.raises(ValueError, match="CANCELLED has a tag already"):
        register({"CANCELLED": StatusTag("Reversed")})
    assert status_tag_for("CANCELLED") == STATUS_TAGS["CANCELLED"]


def test_the_figures_know_where_every_status_stands() -> None:
    assert set(STANDS) == set(Status)


def test_no_table_by_status_has_a_gap_that_a_page_would_fall_into() -> None:
    """A dict with statuses for keys has all of them, or is asked with `.get`."""
    gaps, seen = [], 0
    for path in python_files(tests=False):
        tree = tree_of(path)
        asked = {dotted(node.value) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Dict):
                continue
            keys = {dotted(key) for key in node.value.keys if key}
            names = {key.removeprefix("Status.") for key in keys if key.startswith("Status.")}
            if not names or names != {key.rpartition(".")[2] for key in keys}:
                continue
            seen += 1
            target = dotted(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            if names != set(Status.names) and target in asked and target not in STEPS_ONLY:
                gaps.append(f"{path}: {target}")
    assert seen > 5
    assert gaps == []
