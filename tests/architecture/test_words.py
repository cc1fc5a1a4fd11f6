"""The words people read: docs/words.md says which are retired, and no page, form, error or mail says one of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

from tests.architecture.source import ROOT, calls, dotted, files, python_files, tree_of
from tests.architecture.test_templates import text_of

WORDS = ROOT / "docs" / "words.md"
ROW = re.compile(r"^\| `(?P<pattern>.+?)` \| (?P<instead>[^|]+) \| (?P<why>[^|]+) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Retired:
    pattern: re.Pattern[str]
    instead: str


def retired() -> list[Retired]:
    """The table of docs/words.md, which is the only list there is."""
    table = WORDS.read_text().partition("## Retired words")[2]
    return [
        Retired(re.compile(row["pattern"].replace(r"\|", "|"), re.IGNORECASE), row["instead"].strip())
        for row in ROW.finditer(table)
    ]


def faults(sentence: str, words: list[Retired]) -> list[str]:
    plain = sentence.replace("'", "’")
    return [
        f"{found[0]!r} in {sentence!r}: say {word.instead}" for word in words if (found := word.pattern.search(plain))
    ]


# Templates

TAG = re.compile(r"<[^>]*>")
# What a tag takes in quotes and a screen reader says.
SPOKEN = re.compile(r"""\b(?:alt|aria-label|label|placeholder|title)=["']([^"'{]*)""")
QUOTED = re.compile(r"""["']([^"']+)["']""")


def sentences_of_template(source: str) -> Iterator[str]:
    """What is read of a template: its text without tags, and what its tags take in quotes."""
    text = ""
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.TEXT:
            yield from SPOKEN.findall(token.contents)
            text += token.contents
        elif token.token_type == TokenType.VAR:
            text += "…"
        elif token.token_type == TokenType.BLOCK:
            name = token.contents.split()[0]
            if name in {"translate", "trans", "include", "icon"}:
                yield from (words for words in QUOTED.findall(token.contents) if not words.endswith(".html"))
            text += "" if name in {"plural", "translate"} else "\n"
    yield from (" ".join(line.split()) for line in TAG.sub("", text).split("\n") if line.strip())


def template_files() -> list[Path]:
    found = [path for suffix in ("html", "txt") for path in files(f"*.{suffix}")]
    return [path for path in found if "templates" in path.parts and not {"tests", "gallery"} & set(path.parts)]


# Python

# Words of those who run the system or read its log, SQL, and what is made up for the demo.
NOT_READ = {"bench", "tools", "sample_data", "conftest.py", "run.py", "gunicorn.conf.py"}
NOT_READ_IN = re.compile(
    r"(^core/(backup/|postgres/|gallery/|cache\.py)|/management/|/settings/|/fake/|^integrations/(jobs/|email_gateway/|delivery)"
    r"|hms_project/(env|job_folder)\.py|^privacy/(register|purge|repeating)\.py|triggers\.py$|permissions\.py$|(^|/)checks\.py$"
    r"|^email_service/(config|contract|fields|handler|local|signature|idempotency|mime|build)\.py|^email_service/senders/)"
)
TOLD_NOBODY = re.compile(
    r"(^|\.)(debug|info|warning|error|exception|critical|log|execute|compile|ContextVar|Func|TypeVar|getLogger"
    r"|\w*Error|\w*Failure|BadRequest|Rule|Trigger|CheckConstraint|add_argument|isolated|run_apart)$"
)
TOLD_SOMEONE = re.compile(r"(^|\.)(ValidationError|messages\.\w+)$")
SENTENCE = re.compile(r"^[A-Z][a-z]+$|[A-Za-z’']{2,}[,:;.]? +[(“‘]?[A-Za-z’'%{]")
SQL = re.compile(r"\b(SELECT|UPDATE|INSERT|WHERE|RAISE|IS DISTINCT)\b|</")


def is_told_nobody(call: ast.Call) -> bool:
    name = dotted(call.func)
    if name.startswith("messages.") or TOLD_SOMEONE.search(name):
        return False
    return bool(TOLD_NOBODY.search(name))


def unread(tree: ast.Module) -> set[ast.AST]:
    """Strings nobody reads on a page: docstrings, what is logged, raised at programmers, or an argument of SQL."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(node.value)
        if isinstance(node, ast.Compare | ast.Subscript | ast.Assert):
            found.update(ast.walk(node))
    for call, _ in calls(tree):
        if is_told_nobody(call):
            found.update(ast.walk(call))
    return found


def texts_of(tree: ast.Module, skipped: set[ast.AST]) -> Iterator[tuple[int, str]]:
    """Every text but those skipped, with its line; "…" for what is filled in."""
    skipped = set(skipped)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            skipped.update(node.values)
            parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def sentences_of_python(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for line, text in texts_of(tree, unread(tree)):
        if SENTENCE.search(text) and not SQL.search(text):
            yield line, text


def read_python_files() -> list[Path]:
    return [
        path
        for path in python_files(tests=False)
        if path.parts[0] not in NOT_READ and not NOT_READ_IN.search(path.as_posix())
    ]


def faults_in_templates(words: list[Retired]) -> Iterator[str]:
    for path in template_files():
        for sentence in sentences_of_template(text_of(path)):
            yield from (f"{path}: {fault}" for fault in faults(sentence, words))


def faults_in_python(words: list[Retired]) -> Iterator[str]:
    for path in read_python_files():
        for line, sentence in sentences_of_python(tree_of(path)):
            yield from (f"{path}:{line}: {fault}" for fault in faults(sentence, words))


def test_no_template_says_a_retired_word() -> None:
    paths = template_files()

    assert len(paths) > 150
    assert Path("templates/bookings/desk/day.html") in paths
    assert list(faults_in_templates(retired())) == []


def test_no_form_message_error_or_mail_says_a_retired_word() -> None:
    paths = read_python_files()
    sentences = [sentence for path in paths for _, sentence in sentences_of_python(tree_of(path))]

    assert {Path("bookings/rules.py"), Path("email_service/messages.py"), Path("patients/forms.py")} <= set(paths)
    assert len(sentences) > 800
    assert list(faults_in_python(retired())) == []


def test_every_row_of_the_table_is_read() -> None:
    table = WORDS.read_text().partition("## Retired words")[2]
    rows = [line for line in table.splitlines() if line.startswith("| `")]

    assert len(rows) > 25
    assert len(retired()) == len(rows)


@pytest.mark.parametrize(
    "sentence",
    [
        "They stand here as soon as patients book.",
        "Show what it hits",
        "What it meets",
        "A request waits for you to confirm",
        "Choose what becomes of it.",
        "One appointment falls into it.",
        "This takes no new bookings.",
        "Somebody else",
        "We e-mail you when the doctor has answered.",
        "You cannot sign in with it.",
        "That does not work.",
        "Did not attend",
        "The slot is free",
    ],
)
def test_a_retired_word_would_be_found(sentence: str) -> None:
    words = retired()
    template = f'<p class="standing">{{% translate "{sentence}" %}}</p>'

    assert faults(sentence, words)
    assert [fault for found in sentences_of_template(template) for fault in faults(found, words)]
    assert [fault for found in sentences_of_template(f"<p>{sentence}</p>") for fault in faults(found, words)]
    for code in (f"message = _({sentence!r})", f'told = f"{{name}}. {sentence}"'):
        assert [fault for _, found in sentences_of_python(ast.parse(code)) for fault in faults(found, words)]


@pytest.mark.parametrize(
    "code",
    ['"""It stands and hits."""', 'logger.info("the row stands here")', 'raise RuntimeError("cannot stand here")'],
)
def test_what_nobody_reads_on_a_page_is_let_be(code: str) -> None:
    words = retired()

    assert [fault for _, found in sentences_of_python(ast.parse(code)) for fault in faults(found, words)] == []


@pytest.mark.parametrize("sentence", ["We can’t write to you", "Understanding", "Withstanding nothing"])
def test_an_honest_word_is_let_be(sentence: str) -> None:
    assert faults(sentence, retired()) == []
