"""Habits of the house that can be read off the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, calls, dotted, files, python_files, tree_of

LONGEST_FUNCTION = 50  # lines
LONGEST_FILE = 400
PAGES = re.compile(r"(\w+_)?(views|forms|presenters|pages?|serializers|viewsets)\.py$")
ROOMS_WITH_BOOKINGS = {"bookings", "clinical", "billing", "dashboards", "sample_data", "api"}
CLOCK = Path("core/clock.py")
READS_THE_CLOCK = re.compile(r"(^|\.)(datetime|date|timezone)\.(now|utcnow|today|localdate)$|^(localdate|localtime)$")


def found(check: object, *, tests: bool = False) -> list[str]:
    """Where in our Python `check(path, node)` says yes, as "path:line"."""
    return [
        f"{path}:{node.lineno}"  # type: ignore[attr-defined]
        for path in python_files(tests=tests)
        for node in ast.walk(tree_of(path))
        if check(path, node)  # type: ignore[operator]
    ]


def is_manager(path: Path, node: ast.AST) -> bool:
    # The admin shows every row to whoever may open it: what StaffPages allows is its scope.
    is_page = (PAGES.match(path.name) and "admin" not in path.parts) or path.parts[0] == "api"
    return bool(is_page) and isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}


def test_pages_reach_objects_only_through_scoped_selectors() -> None:
    assert found(is_manager) == []


def is_row_lock(_: Path, node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "select_for_update"


def test_only_locks_say_select_for_update() -> None:
    places = found(is_row_lock)

    assert places
    assert [place for place in places if "/locks.py:" not in place] == []


LOCKING = re.compile(r"\bFOR\s+(?:NO\s+KEY\s+UPDATE|UPDATE|SHARE|KEY\s+SHARE)\b")
BY_HAND = ("bookings/services/book_statements.py",)  # docs/adr/0027
# Triggers that count what there is, one transaction after the other, by whatever road it is written (docs/billing.md).
IN_TRIGGERS = "billing/triggers.py"


def is_row_lock_by_hand(_: Path, node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(LOCKING.search(node.value))


def test_hand_written_locks_stand_on_one_page_and_let_foreign_keys_pass() -> None:
    places = found(is_row_lock_by_hand)
    ours = (ROOT / BY_HAND[0]).read_text()

    assert [place for place in places if not place.startswith((*BY_HAND, IN_TRIGGERS))] == []
    assert {place[0] for place in LOCKING.finditer(ours)} == {"FOR NO KEY UPDATE"}
    counting = (ROOT / IN_TRIGGERS).read_text()
    assert {place[0] for place in LOCKING.finditer(counting)} == {"FOR NO KEY UPDATE", "FOR SHARE"}


def test_every_row_lock_is_of_its_own_table_and_lets_foreign_keys_pass() -> None:
    """`of=("self",)`: joined rows stay free; `no_key=True`: an insert that points here does not wait."""
    locks = [
        (f"{path}:{call.lineno}", {word.arg: ast.unparse(word.value) for word in call.keywords})
        for path in python_files(tests=False)
        for call, name in calls(tree_of(path))
        if name.endswith("select_for_update") or getattr(call.func, "attr", "") == "select_for_update"
    ]

    assert len(locks) >= 4
    assert [place for place, words in locks if words.get("of") != "('self',)" or words.get("no_key") != "True"] == []


def status_writers(path: Path, tree: ast.Module) -> Iterator[str]:
    """Functions that set `.status` of something, or `status=` in an `update`, in a room that knows bookings."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
            assigned = isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and any(
                isinstance(target, ast.Attribute) and target.attr == "status" for target in targets
            )
            updated = isinstance(node, ast.Call) and (
                getattr(node.func, "attr", "") == "update" and any(word.arg == "status" for word in node.keywords)
            )
            if assigned or updated:
                yield f"{path}:{function.name}"


def test_one_function_changes_the_status_of_a_booking() -> None:
    writers = [
        writer
        for path in python_files(tests=False)
        if path.parts[0] in ROOMS_WITH_BOOKINGS
        for writer in status_writers(path, tree_of(path))
    ]

    assert writers == ["bookings/services/transition.py:transition"]


@pytest.mark.parametrize(
    "code", ["def f(b):\n    b.status = 'X'", "def f(rows):\n    rows.filter().update(status='X')"]
)
def test_another_writer_of_a_status_would_be_found(code: str) -> None:
    assert list(status_writers(Path("bookings/views.py"), ast.parse(code))) == ["bookings/views.py:f"]


def reads_the_clock(path: Path, node: ast.AST) -> bool:
    if path == CLOCK or path.parts[0] in {"email_service", "tools", "bench"}:  # these have no Django
        return False
    return isinstance(node, ast.Call) and bool(READS_THE_CLOCK.search(dotted(node.func)))


def test_only_the_clock_reads_the_clock() -> None:
    assert found(reads_the_clock) == []


@pytest.mark.parametrize("code", ["datetime.now()", "datetime.datetime.now(UTC)", "date.today()", "timezone.now()"])
def test_a_second_reader_of_the_clock_would_be_found(code: str) -> None:
    assert any(reads_the_clock(Path("doctors/views.py"), node) for node in ast.walk(ast.parse(code)))


def test_nothing_is_exempt_from_csrf() -> None:
    assert found(lambda _, node: "csrf_exempt" in {getattr(node, "id", ""), getattr(node, "attr", "")}) == []


def test_nobody_hides_behind_a_naive_datetime_where_there_is_no_django() -> None:
    naive = [
        f"{path}:{call.lineno}"
        for path in python_files(tests=False)
        for call, name in calls(tree_of(path))
        if re.search(r"(^|\.)datetime\.(now|utcnow|today)$", name) and not call.args and not call.keywords
    ]

    assert naive == []


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_no_function_is_longer_than_a_screen() -> None:
    sizes = [(name, lines) for path in python_files() for name, lines in functions(path)]

    assert len(sizes) > 100
    assert [(name, lines) for name, lines in sizes if lines > LONGEST_FUNCTION] == []


def test_no_file_is_longer_than_a_chapter() -> None:
    ours = [*python_files(), *files("*.html"), *files("*.js")]
    sizes = [(str(path), len((ROOT / path).read_text().splitlines())) for path in ours]

    assert [(name, lines) for name, lines in sizes if lines > LONGEST_FILE] == []
