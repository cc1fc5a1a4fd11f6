"""The project's own files, as the architecture tests read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".venv", ".git", "var", "node_modules", "vendor", "__pycache__", ".mypy_cache", ".ruff_cache", "build"}


@dataclass(frozen=True)
class Import:
    """One import, wherever in a file it stands. `target` is the dotted name of what is imported."""

    path: Path
    line: int
    target: str
    for_types: bool = False  # under TYPE_CHECKING: no running program follows it


def files(pattern: str, *, root: Path = ROOT) -> list[Path]:
    """Our files of that name, relative to the root."""
    found = (path.relative_to(root) for path in root.rglob(pattern) if path.is_file())
    return sorted(path for path in found if not NOT_OURS.intersection(path.parts))


def python_files(*, root: Path = ROOT, tests: bool = True, migrations: bool = False) -> list[Path]:
    """Our Python, relative to the root."""
    found = files("*.py", root=root)
    if not tests:
        found = [path for path in found if "tests" not in path.parts and path.name != "conftest.py"]
    if not migrations:
        found = [path for path in found if "migrations" not in path.parts]
    return found


def tree_of(path: Path, *, root: Path = ROOT) -> ast.Module:
    return ast.parse((root / path).read_text(), filename=str(path))


def imports_of(path: Path, *, root: Path = ROOT) -> Iterator[Import]:
    """Every import of a file, also those inside functions and those by name (`import_module("...")`)."""
    tree = tree_of(path, root=root)
    for_types = _lines_for_types(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (Import(path, node.lineno, alias.name, node.lineno in for_types) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = ".".join([*path.parent.parts[: len(path.parent.parts) - level + 1], module or ""]).strip(".")
                source = base if level else module or ""
                targets = (_whole_target(source, alias.name, root) for alias in names)
                yield from (Import(path, node.lineno, target, node.lineno in for_types) for target in targets)
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(target)), *_]
            ):
                if name in {"import_module", "__import__", "find_spec"}:
                    yield Import(path, node.lineno, target)


def _lines_for_types(tree: ast.Module) -> set[int]:
    """The lines that only a type checker reads."""
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    return {line for block in blocks for part in block.body for line in range(part.lineno, _end_of(part) + 1)}


def _end_of(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _whole_target(module: str, name: str, root: Path) -> str:
    """`from doctors import services` means doctors.services; `from doctors.models import Slot` means doctors.models."""
    inside = root.joinpath(*module.split("."), name)
    is_module = inside.with_suffix(".py").exists() or (inside / "__init__.py").exists()
    return f"{module}.{name}" if is_module else module


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted name of what is called, as far as it is plain names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
    return ""
