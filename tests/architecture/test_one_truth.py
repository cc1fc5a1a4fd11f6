"""What is a rule of its own is written once, and asked everywhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import calls, python_files, tree_of

HOME_OF_INTERVALS = Path("core/intervals.py")
_START = re.compile(r"start|begin|since|first|\[0\]")
_END = re.compile(r"end|until|last|\[1\]")
_BEFORE = re.compile(r"starts?_at__lte?$")
_AFTER = re.compile(r"ends?_at__gte?$")


def _lesser_and_greater(node: ast.expr) -> tuple[str, str] | None:
    """The two sides of `a < b` or `b > a`, the lesser first."""
    match node:
        case ast.Compare(left=left, ops=[ast.Lt() | ast.LtE()], comparators=[right]):
            return ast.unparse(left), ast.unparse(right)
        case ast.Compare(left=left, ops=[ast.Gt() | ast.GtE()], comparators=[right]):
            return ast.unparse(right), ast.unparse(left)
    return None


def _is_overlap(node: ast.AST) -> bool:
    """`a.start < b.end and b.start < a.end` in any order, or the same asked of the database."""
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            pairs = [pair for value in values if (pair := _lesser_and_greater(value))]
            return sum(bool(_START.search(less) and _END.search(more)) for less, more in pairs) > 1
        case ast.Call(keywords=keywords):
            names = [keyword.arg or "" for keyword in keywords]
        case ast.Dict(keys=keys):
            names = [ast.unparse(key).strip("'\"") for key in keys if key]
        case _:
            return False
    return any(map(_BEFORE.search, names)) and any(map(_AFTER.search, names))


def _overlaps_in(tree: ast.AST) -> Iterator[int]:
    return (node.lineno for node in ast.walk(tree) if _is_overlap(node))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "written",
    [
        "a.starts_at < b.ends_at and a.ends_at > b.starts_at",
        "begins < end and start < ends",
        "one[0] < other[1] and other[0] < one[1]",
        "rows.filter(starts_at__lt=end, ends_at__gt=start)",
        "Q(doctor__slots__starts_at__lte=end, doctor=doctor, doctor__slots__ends_at__gt=start)",
        "{'starts_at__lt': end, 'ends_at__gt': start}",
    ],
)
def test_an_overlap_is_recognised_however_it_is_written(written: str) -> None:
    assert list(_overlaps_in(ast.parse(written)))


@pytest.mark.parametrize(
    "written",
    ["start <= now < end", "starts_at <= now and ends_at > now", "rows.filter(starts_at__gte=a, starts_at__lt=b)"],
)
def test_a_moment_within_is_no_overlap_of_two(written: str) -> None:
    assert list(_overlaps_in(ast.parse(written))) == []


def test_whether_two_times_overlap_is_written_once() -> None:
    elsewhere = [
        f"{path}:{line}"
        for path in python_files(tests=False)
        if path != HOME_OF_INTERVALS
        for line in _overlaps_in(tree_of(path))
    ]
    assert elsewhere == []


# What decides whether an appointment may take a step now: the table of states, and the guards in it.
DECIDES = {
    "check_can_cancel",
    "check_can_move",
    "check_can_check_in",
    "check_can_mark_no_show",
    "check_can_undo",
    "check_guard",
}
ASKS_FOR_ALL = {Path("bookings/states.py"), Path("bookings/permissions.py")}


def test_pages_and_services_ask_one_place_whether_a_step_is_open() -> None:
    """`bookings/permissions.py`: whoever asked a guard alone, or the clock, would answer by half of the rule."""
    asked = [
        (path, name.rpartition(".")[2], call.lineno)
        for path in python_files(tests=False)
        for call, name in calls(tree_of(path))
        if name.rpartition(".")[2] in DECIDES
    ]
    assert {name for _, name, _ in asked} == DECIDES
    assert [(str(path), name, line) for path, name, line in asked if path not in ASKS_FOR_ALL] == []


LOOKS = {"style", "tone", "icon", "label", "extra_tags", "level_tag", "css_class"}


def _read_from_looks(tree: ast.AST) -> Iterator[int]:
    """What asks how something looks, or what it is called on a page, in order to decide something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            is_look = any(isinstance(side, ast.Attribute) and _is_look(side) for side in sides)
            if is_look and any(isinstance(side, ast.Constant) and side.value for side in sides):
                yield node.lineno


def _is_look(attribute: ast.Attribute) -> bool:
    """What an object knows of itself by such a name is its own affair."""
    return attribute.attr in LOOKS and ast.unparse(attribute.value) != "self"


def test_nothing_is_decided_by_how_it_looks() -> None:
    assert list(_read_from_looks(ast.parse("x = action.style == 'primary' or action.label == 'Undo'"))) == [1, 1]
    found = [f"{path}:{line}" for path in python_files(tests=False) for line in _read_from_looks(tree_of(path))]
    assert found == []


def test_what_a_message_carries_beside_its_sentence_is_written_in_one_place() -> None:
    """Where a button leads is kept by core/web/notices.py."""
    tagged = [
        f"{path}:{call.lineno}"
        for path in python_files(tests=False)
        for call, name in calls(tree_of(path))
        if any(keyword.arg == "extra_tags" for keyword in call.keywords)
        or (name.startswith("messages.") and len(call.args) > (3 if name.endswith("add_message") else 2))
    ]
    assert [place.partition(":")[0] for place in tagged] == ["core/web/notices.py"]
