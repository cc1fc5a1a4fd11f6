"""Documents, comments and docstrings name only what is there: files, names, commands, settings, words of code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.docs.mentions import Mention, documents, in_code, in_document, in_other_files, is_true
from tests.architecture.source import ROOT, python_files

# Where a page tells of a name that is gone, or that is made up, and says so.
SAID_TO_BE_GONE = {
    Mention("docs/adr/0024-inner-rooms-and-the-fields-words.md", "let_go"),
    Mention("docs/adr/0024-inner-rooms-and-the-fields-words.md", "pass_on"),
    Mention("docs/backup.md", "hms_before_20261128_101500"),
}


def test_documents_name_only_what_is_there() -> None:
    mentions = [mention for path in documents() for mention in in_document(path, (ROOT / path).read_text())]
    untrue = {mention for mention in mentions if not is_true(mention)}

    assert len(mentions) > 1000
    assert sorted(untrue - SAID_TO_BE_GONE) == []
    assert SAID_TO_BE_GONE - untrue == set()


def test_comments_and_docstrings_name_only_what_is_there() -> None:
    mentions = [mention for path in python_files(migrations=True) for mention in in_code(path)]

    assert len(mentions) > 500
    assert sorted({mention for mention in mentions if not is_true(mention)}) == []


def test_configuration_style_sheets_and_templates_name_only_what_is_there() -> None:
    mentions = list(in_other_files())

    assert {".env.example", "pyproject.toml"} < {mention.where for mention in mentions}
    assert sorted({mention for mention in mentions if not is_true(mention)}) == []


@pytest.mark.parametrize(
    "text",
    [
        "bookings/waiting_rules.py",
        "docs/no_such_page.md",
        "templates/bookings/desk.html",
        "components/no_such_part.html",
        "no_such_file.py",
        "bookings/till/",
        "bookings.pay",
        "bookings.services.book.pay",
        "accounts.Nurse",
        "rules.NO_SUCH_LIMIT",
        "Slot.price_of_tea",
        "python manage.py mend",
        "python3 run.py mend",
        "NO_SUCH_SETTING=true",
        "no_such_constraint",
        "NoSuchClass",
        "no_such_function(actor)",
    ],
)
def test_what_is_not_there_is_found(text: str) -> None:
    page = f"Look at `{text}`."

    assert [is_true(mention) for mention in in_document(Path("docs/page.md"), page)] == [False]
    assert [is_true(mention) for mention in in_document(Path("docs/page.md"), f"```\n{text}  # so\n```")] == [False]


@pytest.mark.parametrize(
    "text",
    [
        "bookings/models.py",
        "bookings/*/services.py",
        "components/chart.html",
        "manage.py",
        "bookings/desk/",
        "bookings.services.book.book",
        "bookings.selectors.bookings_visible_to",
        "Slot.state",
        "locks.py",
        "manage.py migrate",
        "python3 run.py lint",
        "DATABASE_URL=postgres://…",
        "booking_slot_once",
        "DomainError",
        "bookings_visible_to(actor)",
        "appointments",
        "200",
    ],
)
def test_what_is_there_is_not(text: str) -> None:
    assert [is_true(mention) for mention in in_document(Path("docs/page.md"), f"Look at `{text}`.")] == [True]
