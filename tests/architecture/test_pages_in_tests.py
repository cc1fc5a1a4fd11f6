"""No test is content with a page that was refused: what only says that something is absent is true of every refusal."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import python_files, tree_of

# What a page is called in our tests, wherever it was fetched.
PAGE = re.compile(r"\.content\b|\b(page|pages|html|body|text|text_of|answer|response)\b")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def assertions(function: Function) -> Iterator[ast.expr]:
    """What is asserted, each part of an `and` by itself."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            yield from node.test.values if _is_and(node.test) else [node.test]  # type: ignore[attr-defined]


def _is_and(node: ast.expr) -> bool:
    return isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And)


def is_negative(test: ast.expr) -> bool:
    """ "Not in", "not …", and "of all these none": `[… for …] == []`."""
    if isinstance(test, ast.UnaryOp):
        return isinstance(test.op, ast.Not)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    if isinstance(test.ops[0], ast.NotIn):
        return True
    is_list = isinstance(test.left, ast.ListComp | ast.SetComp | ast.DictComp)
    if any(isinstance(node, ast.NotIn) for node in ast.walk(test.left)):
        return False  # of all these none is missing
    return is_list and isinstance(test.ops[0], ast.Eq) and ast.unparse(test.comparators[0]) in {"[]", "{}", "set()"}


def looks_at_a_page(test: ast.expr) -> bool:
    return bool(PAGE.search(ast.unparse(test)))


def called(function: Function) -> set[str]:
    nodes = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def content_with_a_refusal(tree: ast.Module) -> list[Function]:
    """Tests that look at a page, assert nothing but absences, and call no helper of their file that asserts."""
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    careful = {
        function.name for function in functions if not function.name.startswith("test_") and any(assertions(function))
    }
    found = []
    for test in functions:
        said = list(assertions(test)) if test.name.startswith("test_") else []
        if said and all(map(is_negative, said)) and any(map(looks_at_a_page, said)) and not called(test) & careful:
            found.append(test)
    return found


def test_each_test_of_a_page_says_what_is_on_it_or_how_it_was_answered() -> None:
    paths = [path for path in python_files() if path.name.startswith("test_")]
    found = [f"{path}:{test.lineno} {test.name}" for path in paths for test in content_with_a_refusal(tree_of(path))]

    assert len(paths) > 200
    assert found == [], "Assert the status, or a sentence that is there: a refused page has none of these words either."


def names(source: str) -> list[str]:
    return [one.name for one in content_with_a_refusal(ast.parse(source))]


def test_the_check_finds_the_shape_and_nothing_else() -> None:
    source = Path(__file__).with_name("samples").joinpath("pages_in_tests.txt").read_text()
    assert names(source) == ["test_absent", "test_absent_of_each", "test_none_of_all", "test_of_a_careless_helper"]
