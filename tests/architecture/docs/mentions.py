"""What documents, comments and docstrings mention of the project: files, names, commands, settings, words of code."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.core.management import get_commands

from tests.architecture.rooms.graph import name_of
from tests.architecture.source import ROOT, files, python_files, tree_of

ENDINGS = "py|md|html|txt|css|js|svg|json|toml|in|yml|po|typ|example"
FILE = re.compile(rf"[\w.*-]+(?:/[\w.*-]+)*\.(?:{ENDINGS})")
FOLDER = re.compile(r"\w[\w.-]*(?:/[\w.-]+)*/")
DOTTED = re.compile(r"(\w+(?:\.\w+)+)(?:\(.*\))?", re.DOTALL)
MANAGE = re.compile(r"(?:python3? )?manage\.py (\w+).*")
RUN = re.compile(r"(?:python3? )?run\.py(?: (\w+))?.*")
SETTING = re.compile(r"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=.*)?")
WORD = re.compile(r"@?(_?[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+)(?:\(.*\))?", re.DOTALL)
TICKED = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
# A path in a running text: with a folder, so that "and/or" and "e.g." are none.
PATH_IN_TEXT = re.compile(rf"(?<![\w/.:<{{*-])(?:[\w-]+/)+[\w.-]+\.(?:{ENDINGS})\b(?![\w/<{{])")

COMMENT_OF_TEMPLATE = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
MADE_WHEN_RUN = {"var/", "var/backups/", "bundles/", "dump/"}
# Words of other people's programs, which our code never says.
OF_OTHERS = {
    "PostgreSQL": {"archive_command", "pg_basebackup", "pg_trgm"},
    "packages": {"get_server", "kombu/transport/filesystem.py", "post_process"},
}


@dataclass(frozen=True, order=True)
class Mention:
    where: str
    text: str


def documents() -> list[Path]:
    return [path for path in files("*.md") if path.name != "CHANGELOG.md"]


def in_document(path: Path, text: str) -> Iterator[Mention]:
    """Everything in backticks, and the lines of blocks of code."""
    for found in TICKED.finditer(FENCED.sub("", text)):
        yield Mention(str(path), found.group(1))
    for block in FENCED.finditer(text):
        for line in block.group().splitlines()[1:-1]:
            yield Mention(str(path), line.partition("#")[0].strip())


def in_code(path: Path) -> Iterator[Mention]:
    """The paths that comments and docstrings name, and what stands in backticks."""
    with tokenize.open(ROOT / path) as lines:
        texts = [token.string for token in tokenize.generate_tokens(lines.readline) if token.type == tokenize.COMMENT]
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    texts += [ast.get_docstring(node) or "" for node in ast.walk(tree_of(path)) if isinstance(node, kinds)]
    for text in texts:
        yield from (Mention(str(path), found.group()) for found in PATH_IN_TEXT.finditer(text))
        yield from (Mention(str(path), found.group(1)) for found in TICKED.finditer(text))


def in_other_files() -> Iterator[Mention]:
    """The paths that configuration, style sheets and scripts name, and comments of templates."""
    for ending in ("css", "js", "yml", "toml", "in", "example"):
        for path in files(f"*.{ending}"):
            yield from _paths_in(path, (ROOT / path).read_text())
    for path in files("*.html"):
        for comment in COMMENT_OF_TEMPLATE.findall((ROOT / path).read_text()):
            yield from _paths_in(path, comment)


def _paths_in(path: Path, text: str) -> Iterator[Mention]:
    return (Mention(str(path), found.group()) for found in PATH_IN_TEXT.finditer(text))


def is_true(mention: Mention) -> bool:
    """Whether it is there. What looks like none of these kinds is not a mention of the project."""
    if any(mention.text.removesuffix("()") in words for words in OF_OTHERS.values()):
        return True
    for pattern, is_there in CHECKS:
        found = pattern.fullmatch(mention.text)
        if found:
            return is_there(found, mention)
    return True


# Files and folders


@cache
def _all_files() -> list[str]:
    return [path.as_posix() for path in files("*") if len(path.parts) == 1 or not path.parts[0].startswith(".")]


@cache
def _is_file(name: str) -> bool:
    """From the root, or as templates, static files and neighbours are named: by the end of their path."""
    if "*" in name:
        return any(Path(path).match(name) for path in _all_files())
    return any(path == name or path.endswith(f"/{name}") for path in _all_files())


def _file(found: re.Match[str], _: Mention) -> bool:
    """Ours, or one the code itself writes under that name."""
    return _is_file(found.group()) or (not found.group().endswith(".py") and found.group() in _words())


def _folder(found: re.Match[str], _: Mention) -> bool:
    folder = found.group()
    return folder in MADE_WHEN_RUN or any(path.startswith(folder) or f"/{folder}" in path for path in _all_files())


# Names


@cache
def _modules() -> dict[str, Path]:
    return {name_of(path): path for path in python_files()}


@cache
def _names_in(module: str) -> frozenset[str]:
    """What a file defines or imports at its top, and the members of its classes as `Class.member`."""
    names: set[str] = set()
    for node in ast.walk(tree_of(_modules()[module])):
        match node:
            case ast.ClassDef(name=name, body=body):
                names.update(f"{name}.{member}" for part in body for member in _defined(part))
        names.update(_defined(node))
    return frozenset(names)


def _defined(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name for alias in names)
        case ast.Assign(targets=targets):
            yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


@cache
def _is_named(dotted: str) -> bool:
    """`app.room.file`, `app.room.file.name`, or from any folder down: `rules.name`, `Class.member`."""
    if _modules_at(dotted):
        return True
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        inside = ".".join(parts[cut:])
        if any(inside in _names_in(module) for module in _modules_at(".".join(parts[:cut]))):
            return True
    return any(dotted in _names_in(module) for module in _modules())


def _modules_at(dotted: str) -> list[str]:
    return [name for name in _modules() if name == dotted or name.endswith(f".{dotted}")]


@cache
def _ours() -> frozenset[str]:
    """Every word a dotted name of ours may begin with: a part of a module's name, or a class."""
    classes = (node.name for path in python_files() for node in tree_of(path).body if isinstance(node, ast.ClassDef))
    return frozenset(part for name in _modules() for part in name.split(".")) | frozenset(classes)


def _dotted(found: re.Match[str], _: Mention) -> bool:
    name = found.group(1)
    return name.split(".")[0] not in _ours() or _is_named(name) or name in _words()


# Commands, settings, and other words of code


def _manage(found: re.Match[str], _: Mention) -> bool:
    return found.group(1) in get_commands()


def _run(found: re.Match[str], _: Mention) -> bool:
    return found.group(1) is None or f'"{found.group(1)}"' in (ROOT / "run.py").read_text()


@cache
def _words() -> frozenset[str]:
    """All words of our code, migrations and configuration."""
    paths = [*python_files(migrations=True), *(path for end in ("html", "yml", "js") for path in files(f"*.{end}"))]
    texts = [
        (ROOT / path).read_text()
        for path in [*paths, Path(".env.example")]
        if path.name not in {"mentions.py", "test_docs.py"}
    ]
    return frozenset(word for text in texts for word in re.findall(r"[\w.]+", text))


def _is_word(name: str) -> bool:
    return name in _words() or any(word.endswith(f".{name}") or f".{name}." in word for word in _words())


def _word(found: re.Match[str], _: Mention) -> bool:
    return _is_word(found.group(1))


CHECKS: list[tuple[re.Pattern[str], Callable[[re.Match[str], Mention], bool]]] = [
    (MANAGE, _manage),
    (RUN, _run),
    (FILE, _file),
    (FOLDER, _folder),
    (DOTTED, _dotted),
    (SETTING, _word),
    (WORD, _word),
]
