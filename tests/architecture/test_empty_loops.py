"""No test is content with nothing: what is asserted of each is true of an empty list, and of a refused page's."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.empty_loops import loops_over_nothing
from tests.architecture.source import python_files, tree_of

# (file, function): why nothing is right there as well.
ARGUED = {
    ("tests/staff_room/test_spoiled_parameters.py", "test_forms_are_deaf_to_spoiled_values"): (
        "a table nobody may add to has no form: the rest of the test asks its pages all the same"
    ),
    (
        "tests/contracts/test_two_clocks.py",
        "test_buttons_say_the_time_shortly_and_the_other_clock_is_named_once_above_them",
    ): "on which pages there are buttons, and on which none, is what it asserts first",
}
SAMPLES = Path(__file__).with_name("samples") / "empty_loops.txt"


def test_whoever_asserts_of_each_says_that_there_is_one() -> None:
    paths = [path for path in python_files() if "tests" in path.parts or path.name == "conftest.py"]
    found = [(path, loop) for path in paths for loop in loops_over_nothing(tree_of(path))]
    places = {(path.as_posix(), loop.function) for path, loop in found}
    unsure = [
        f"{path}:{loop.line} {loop.function}: {loop.over}"
        for path, loop in found
        if (path.as_posix(), loop.function) not in ARGUED
    ]

    assert len(paths) > 250
    assert unsure == [], "Say first how many there are, or what is among them."
    assert ARGUED.keys() - places == set(), "Take out what is not found any more."


def test_the_check_finds_the_shapes_and_nothing_else() -> None:
    good, bad = _samples()
    found = {loop.function for loop in loops_over_nothing(ast.parse(SAMPLES.read_text()))}
    assert len(bad) > 10
    assert len(good) > 10
    assert (bad - found, found & good) == (set(), set())


def _samples() -> tuple[set[str], set[str]]:
    """The functions after the line that says so, and those before it."""
    before, _, after = SAMPLES.read_text().partition("# Here something is there.")
    good, bad = (
        {one.name for one in ast.walk(ast.parse(part)) if isinstance(one, ast.FunctionDef)} for part in (after, before)
    )
    return good, bad - {"test_that_calls_it_its_table"}
