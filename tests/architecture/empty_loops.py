"""Where a test looks at each of something and nothing says that there is any: it would pass on none as well."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

Function = ast.FunctionDef | ast.AsyncFunctionDef
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
# What gives as many as it is given, or one for each.
PASSING_ON = {"enumerate", "sorted", "reversed", "list", "tuple", "set", "iter", "pairwise", "dict"}
OF_ALL = {"zip", "product"}
VIEWS = {"items", "values", "keys"}
AT_LEAST = (ast.Gt, ast.GtE, ast.Eq)
DEEPEST = 6
NOTHING = {"[]", "{}", "()", "set()", "0", "''", "b''"}
# Makers of tests: as many as the number they are given.
MAKERS = {"diary"}


@dataclass(frozen=True)
class Loop:
    line: int
    function: str
    over: str


@dataclass
class Sure:
    """What is known of the names of one function, with those of its module."""

    values: dict[str, list[ast.expr]] = field(default_factory=dict)
    proven: set[str] = field(default_factory=set)
    helpers: frozenset[str] = frozenset()

    def is_full(self, node: ast.expr, deep: int = 0) -> bool:
        """Whether there is always at least one in it, as far as one can read."""
        if deep > DEEPEST:
            return False
        return ast.unparse(node) in self.proven or self._is_full_literal(node, deep) or self._is_full_name(node, deep)

    def _is_full_literal(self, node: ast.expr, deep: int) -> bool:
        if isinstance(node, COMPREHENSIONS):
            return all(not generator.ifs and self.is_full(generator.iter, deep + 1) for generator in node.generators)
        match node:
            case ast.Constant(value=value):
                return bool(value)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return any(not isinstance(part, ast.Starred) or self.is_full(part.value, deep + 1) for part in parts)
            case ast.Dict(keys=keys, values=values):
                return any(key is not None for key in keys) or any(self.is_full(item, deep + 1) for item in values)
            case ast.BinOp(left=left, right=right, op=ast.Add() | ast.BitOr()):
                return self.is_full(left, deep + 1) or self.is_full(right, deep + 1)
        return self._is_full_choice(node, deep)

    def _is_full_choice(self, node: ast.expr, deep: int) -> bool:
        match node:
            case ast.BinOp(left=left, right=right, op=ast.Mult()) | ast.IfExp(body=left, orelse=right):
                return self.is_full(left, deep + 1) and self.is_full(right, deep + 1)
            case ast.Subscript(value=value, slice=index):
                return self.is_full(value, deep + 1) if isinstance(index, ast.Slice) else _is_table(value)
            case ast.Call():
                return self._is_full_call(node, deep)
        return False

    def _is_full_name(self, node: ast.expr, deep: int) -> bool:
        if isinstance(node, ast.Attribute):
            return node.attr.isupper()
        if not isinstance(node, ast.Name):
            return False
        known = self.values.get(node.id, [])
        return _is_constant(node.id) or (bool(known) and all(self.is_full(value, deep + 1) for value in known))

    def _is_full_call(self, node: ast.Call, deep: int) -> bool:
        match node.func:
            case ast.Attribute(value=value, attr=name) if name in VIEWS and not node.args:
                return self.is_full(value, deep + 1)
            case ast.Name(id="range"):
                return all(self._is_a_number(part) for part in node.args)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name in self.helpers or self._passes_on(name, node, deep)
        return False

    def _passes_on(self, name: str, node: ast.Call, deep: int) -> bool:
        full = [self.is_full(part, deep + 1) for part in node.args]
        strict = any(word.arg == "strict" and ast.unparse(word.value) == "True" for word in node.keywords)
        if name in MAKERS or name == "chain" or (name == "zip" and strict):
            return any(full)
        if name == "map":
            return any(full[1:])
        if name in OF_ALL:
            return bool(full) and all(full)
        return name in PASSING_ON and full[:1] == [True]

    def _is_a_number(self, node: ast.expr) -> bool:
        names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
        return all(_is_constant(name) for name in names)


def _is_constant(name: str) -> bool:
    """A table of the module, or a list of choices."""
    return name.isupper() or (name[:1].isupper() and name.isidentifier())


def _is_table(node: ast.expr) -> bool:
    """`TABLE[key]`."""
    return isinstance(node, ast.Name) and _is_constant(node.id)


def proofs(test: ast.expr) -> Iterator[str]:
    """What a true assertion shows to be there."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        yield from chain.from_iterable(map(proofs, test.values))
    elif isinstance(test, ast.Compare):
        sides = [test.left, *test.comparators]
        for left, operator, right in zip(sides, test.ops, sides[1:], strict=False):
            yield from _compared(left, operator, right)
    elif not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
        yield from _shown(test)


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Iterator[str]:
    if isinstance(operator, ast.Eq) and {ast.unparse(left), ast.unparse(right)} & NOTHING:
        return
    if _is_a_count(left) and _is_a_count(right):
        return  # as many as of something else: perhaps none
    if isinstance(operator, ast.Lt | ast.In) or (isinstance(operator, ast.LtE) and Sure().is_full(left)):
        yield from _shown(right)
    elif isinstance(operator, AT_LEAST):
        yield from _shown(left)
        if isinstance(operator, ast.Eq):
            yield from _shown(right)


def _is_a_count(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "len"


def _shown(node: ast.expr) -> Iterator[str]:
    """The thing itself, and whatever it is counted, copied or drawn from."""
    yield ast.unparse(node)
    match node:
        case ast.Call(func=ast.Name(id=name), args=args) if name not in {"all", "any"}:
            for part in args:
                yield from _shown(part)
        case ast.Call(func=ast.Attribute(value=value)) | ast.Subscript(value=value):
            yield from _shown(value)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            yield from chain.from_iterable(map(_shown, parts))
        case ast.BinOp(left=left, right=right, op=ast.BitAnd()):
            yield from _shown(left)
            yield from _shown(right)
    if isinstance(node, COMPREHENSIONS):
        yield from _shown(node.generators[0].iter)


def _knowledge(function: Function, helpers: frozenset[str] = frozenset()) -> Sure:
    sure = Sure(helpers=helpers)
    for part in ast.walk(function):
        match part:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                sure.values.setdefault(name, []).append(value)
            case ast.Assign(targets=[ast.Tuple(elts=parts) | ast.List(elts=parts)], value=value):
                if any(not isinstance(item, ast.Starred) for item in parts):
                    sure.proven |= set(_shown(value))
                for item in parts:
                    if isinstance(item, ast.Name):  # from somewhere: not what an earlier line said
                        sure.values.setdefault(item.id, []).append(ast.Constant(value=None))
            case ast.Call(func=ast.Name(id="max" | "min"), args=[bounded], keywords=[]):
                sure.proven |= set(_shown(bounded))  # of nothing there is no greatest
    return sure


def full_helpers(module: ast.Module) -> frozenset[str]:
    """Functions of the module that always give at least one."""
    return frozenset(part.name for part in module.body if isinstance(part, Function) and _gives_some(part))


def _gives_some(function: Function) -> bool:
    sure, own = _knowledge(function), list(_own(function))
    returned = [item.value for item in own if isinstance(item, ast.Return)]
    if returned:
        return all(value is not None and sure.is_full(value) for value in returned)
    yielded = [part.value for part in function.body if isinstance(part, ast.Expr)]
    return any(
        isinstance(item, ast.Yield) or (isinstance(item, ast.YieldFrom) and sure.is_full(item.value))
        for item in yielded
    )


def _draws_its_own(function: Function) -> bool:
    """A property of whatever hypothesis thinks of, of which nothing is a part; examples stand beside it."""
    called = [decorator.func for decorator in function.decorator_list if isinstance(decorator, ast.Call)]
    return any(isinstance(item, ast.Name) and item.id == "given" for item in called)


def _asserts(node: ast.AST) -> Iterator[ast.Assert]:
    return (part for part in ast.walk(node) if isinstance(part, ast.Assert))


def _fills(loop: ast.For) -> set[str]:
    """What a loop counts or gathers: an assertion about it says how often it ran."""
    found = set()
    for node in ast.walk(loop):
        match node:
            case ast.AugAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "add" | "update" | "extend")):
                found.add(name)
    return found


def loops_over_nothing(module: ast.Module) -> list[Loop]:
    """Loops and `all(…)` or `not any(…)` that assert of each, where nothing says that there is one."""
    found: list[Loop] = []
    helpers, functions = full_helpers(module), [part for part in ast.walk(module) if isinstance(part, Function)]
    around = {inner: outer for outer in functions for inner in ast.walk(outer) if inner is not outer}
    for function in functions:
        if not _draws_its_own(function):
            known = _knowledge(function, helpers)
            if function in around:  # what stands in the function around it is known in it, too
                known.values = _knowledge(around[function]).values | known.values
            found += _loops_of(function, known)
    return sorted(set(found), key=lambda one: one.line)


def _loops_of(function: Function, sure: Sure) -> Iterator[Loop]:
    for node in _own(function):
        if isinstance(node, ast.For) and any(_asserts(node)):
            inside = set(_asserts(node))
            shown = _all_shown(found.test for found in _asserts(function) if found not in inside)
            if not _knowing(sure, shown).is_full(node.iter) and not _fills(node) & shown:
                yield Loop(node.lineno, function.name, ast.unparse(node.iter))
        elif isinstance(node, ast.Assert):
            yield from _of_assertion(node, function, sure)


def _of_assertion(node: ast.Assert, function: Function, sure: Sure) -> Iterator[Loop]:
    parts = node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]
    others = [found.test for found in _asserts(function) if found is not node]
    knowing = _knowing(sure, _all_shown([*others, *(part for part in parts if not any(_of_each(part)))]))
    for call in chain.from_iterable(map(_of_each, parts)):
        if not knowing.is_full(call.args[0]):
            yield Loop(node.lineno, function.name, ast.unparse(call.args[0].generators[0].iter))  # type: ignore[attr-defined]


def _all_shown(tests: Iterable[ast.expr]) -> set[str]:
    return set(chain.from_iterable(map(proofs, tests)))


def _knowing(sure: Sure, shown: set[str]) -> Sure:
    return Sure(sure.values, sure.proven | shown, sure.helpers)


def _own(function: Function) -> Iterator[ast.AST]:
    """Not what stands in functions inside: they are looked at by themselves."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function):
            waiting += ast.iter_child_nodes(node)


def _of_each(test: ast.expr) -> Iterator[ast.Call]:
    """`all(… for …)`, and `not any(… for …)`."""
    negative = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    call = test.operand if isinstance(test, ast.UnaryOp) else test
    match call:
        case ast.Call(func=ast.Name(id=name), args=[ast.GeneratorExp() | ast.ListComp()]):
            if name == ("any" if negative else "all"):
                yield call
