"""Every sentence Python shows to somebody is marked for translation.

Read are the files and sentences test_words.py reads. What looks like a sentence and is none stands in `TECHNICAL`.
The e-mail function is a program of its own without Django, and says its sentences in one language.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import calls, tree_of
from tests.architecture.test_words import SENTENCE, SQL, read_python_files, texts_of, unread

MARKS = {
    f"{prefix}{name}{suffix}" for prefix in ("", "n", "p", "np") for name in ("gettext",) for suffix in ("", "_lazy")
}
MARKS |= {"_", "gettext_noop"}

SANDBOX = (
    "sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; frame-ancestors 'self'"
)
# A header, a browser, a currency, what a log or a command says: by the file it stands in. "*" is the whole file.
TECHNICAL: dict[str, set[str]] = {
    "accounts/drafts/cookie.py": {"Lax"},
    "accounts/drafts/views.py": {"Referer"},
    "accounts/known_browsers.py": {"Lax"},
    "accounts/middleware.py": {"Location", "Referer"},
    "accounts/own_access.py": {"proposed address", "known browser"},  # for the log
    "accounts/services.py": {"all, reset by staff"},  # for the audit trail
    "accounts/signing_in/browsers.py": {"*"},  # kept with the session, names of makers
    "accounts/staff/admin_pages.py": {"list of …"},  # for the audit trail
    "accounts/templatetags/whose_form.py": {'{}<input type="hidden" name="{}" value="{}"{}>'},
    "audit/jobs.py": {"job …"},  # for the audit trail
    "billing/desk/cash_up_views.py": {"cash-up of a day"},  # for the audit trail
    "billing/admin/invoices.py": {"list of invoices"},  # for the audit trail
    "billing/desk/draft_views.py": {"new invoice", "patients found for an invoice"},  # for the audit trail
    "billing/desk/list_views.py": {"list of invoices"},  # for the audit trail
    "billing/services/bulk.py": {"Draft of an invoice"},  # for the log
    "billing/selectors.py": {"… <= 0 AND NOT …"},  # SQL
    "billing/models.py": {"Invoice", "Payment", "Refund"},  # names of classes
    "audit/protection.py": {"*"},  # for the operator
    "audit/refusal_limits.py": {"*"},  # keys of the cache
    "audit/services.py": {"only counted for a while"},  # for the audit trail
    "audit/suppression.py": {"… other sources"},  # for the audit trail
    "bookings/admin/bookings.py": {"Checked in.", "Marked as missed."},  # for Django's log
    "bookings/admin/time_off.py": {"Time off."},  # for Django's log
    "bookings/appointment/list_views.py": {"list of appointments"},  # for the audit trail
    "bookings/appointment/views.py": {'attachment; filename="appointment-….ics"', "text/calendar; charset=utf-8"},
    "bookings/calendars/feeds.py": {"calendar address"},  # for the log
    "bookings/calendars/views.py": {
        "private, max-age=300", 'inline; filename="appointments.ics"', "noindex, nofollow",
        "text/calendar; charset=utf-8",
    },
    "bookings/choices.py": {"Moved to another time"},  # kept as a reason, in one language
    "bookings/services/book_statements.py": {"*"},  # SQL
    "bookings/departures/services.py": {"Leaves the hospital"},  # kept as a note, in one language
    "bookings/desk/views.py": {"desk's day"},  # for the audit trail
    "core/csv_file.py": {'attachment; filename="….csv"', "private, no-store", "text/csv; charset=utf-8"},
    "core/lookups.py": {"*"},  # SQL
    "core/migration_operations.py": {"*"},  # SQL
    "core/money.py": {"*"},
    "billing/services/idempotency.py": {"form of billing"},  # a salt
    "clinical/choices.py": {"treating doctor", "SNOMED CT"},  # for the audit trail; a name
    "clinical/documents/fhir.py": {  # words of FHIR, and a salt
        "Bundle", "Condition", "Encounter", "Encounter Diagnosis", "Patient", "fhir name",
    },
    "clinical/documents/history_export.py": {"text/csv; charset=utf-8"},
    "billing/documents/mails.py": {  # what the outbox keeps of a failure
        "nobody is reached there any more", "too large for a mail, and no account to open it with",
    },
    "clinical/documents/mails.py": {"nobody is reached there any more"},  # what the outbox keeps of a failure
    "billing/documents/views.py": {'attachment; filename="…"', "private, no-store", "credit note"},  # the trail's, too
    "clinical/documents/views.py": {'attachment; filename="…"', "private, no-store"},
    "clinical/medications.py": {"*"},  # words around an allergy, to be recognised; what is shown is marked all the same
    "core/pdf/fonts.py": {"*"},  # names of fonts
    "core/pdf/maker.py": {"no place"},  # for the log
    "core/text/names.py": {"Dr …"},
    "core/text/titles.py": {"*"},  # titles of all countries, to be recognised
    "core/web/bundles.py": {'(() => {\n"use strict";\n…})();\n'},
    "core/web/clean_input.py": {"*"},  # for whoever made up a request, and the log
    "core/web/logs.py": {"<a row's values>", "… (its arguments don't fit)"},
    "core/web/middleware.py": {"no-store, private", "Allow"},
    "core/web/notices.py": {"undo by=… until=… …"},  # what a message carries, never shown
    "exports/services.py": {"The export"},  # for the log
    "exports/views.py": {"no-store, private"},
    "dashboards/figures/views.py": {"figures: …"},  # for the audit trail
    "dashboards/views.py": {"doctor's day"},  # for the audit trail
    "doctors/models.py": {"… UTC", "…, … UTC"},
    "doctors/services.py": {"A single time, taken out of the weekly hours"},  # the note kept with the time off
    "hms_project/apps.py": {"groups of staff"},  # the name of a receiver
    "integrations/google_calendar/client.py": {"*"},  # what the outbox keeps of a failure
    "integrations/google_calendar/deliver.py": {"*"},  # the same
    "integrations/google_calendar/oauth.py": {  # the same
        "Google didn’t answer in time when asked to revoke", "Google couldn’t be reached to revoke (…)",
    },
    "integrations/google_calendar/services.py": {"Google Calendar"},  # for the log
    "reports/mails.py": {"nobody is reached there any more"},  # what the outbox keeps of a failure
    "reports/views.py": {'attachment; filename="…"', "private, no-store"},
    "integrations/local_inbox/views.py": {
        SANDBOX, '<head><base target="_top">',
    },
    "integrations/models.py": {"Can read what a message says and to whom"},  # kept in the database
    "integrations/outbox/__init__.py": {"*"},  # what it exports
    "integrations/outbox/mails.py": {"account mail"},  # a salt
    "integrations/outbox/services.py": {  # what the outbox keeps of a failure
        "DO NOTHING",  # SQL
        "overtaken by a later change", "too late to be of use", "message …", "gave up: …",
    },
    "manage.py": {"command …", "HMS: …"},  # for the audit trail, and the operator
    "privacy/apps.py": {"list of erasures"},
    "privacy/erasing.py": {"Erased … …"},  # the name that is kept from then on
    "privacy/retention.py": {"Erased doctor …"},
    "privacy/views.py": {'attachment; filename="…"', "no-store, private"},
}  # fmt: skip

# Kept in one language: under what name a job's log speaks of an item that was left, what Django's log keeps of a row.
FOR_A_LOG = {"process_each": "what", "in_batches": "what", "run_on_each": "logged", "log_change": "message"}

# With a hole in it a single word is a sentence as well: “… late”.
AROUND_A_HOLE = re.compile(r"…[ ’,]+[A-Za-z]{2,}|[A-Za-z]{2,}[,:;.]? +[(“‘]?…")


def marked(tree: ast.Module) -> set[ast.AST]:
    """Strings that stand in a call which marks them."""
    return {part for call, name in calls(tree) if name.rpartition(".")[2] in MARKS for part in ast.walk(call)}


def for_a_log(tree: ast.Module) -> set[ast.AST]:
    """What is told to a log; what is said while it is done is not among it."""
    called = ((call, FOR_A_LOG.get(name.rpartition(".")[2])) for call, name in calls(tree))
    told = (given.value for call, kept in called for given in call.keywords if kept and given.arg == kept)
    return {part for value in told for part in ast.walk(value)}


def unmarked_sentences(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for line, text in texts_of(tree, unread(tree) | marked(tree) | for_a_log(tree)):
        if (SENTENCE.search(text) or AROUND_A_HOLE.search(text)) and not SQL.search(text):
            yield line, text


def translated_files() -> list[Path]:
    return [path for path in read_python_files() if path.parts[0] != "email_service"]


def is_technical(path: Path, text: str) -> bool:
    return bool({"*", text} & TECHNICAL.get(path.as_posix(), set()))


def test_every_sentence_is_marked() -> None:
    faults = [
        f"{path}:{line}: {text!r}"
        for path in translated_files()
        for line, text in unmarked_sentences(tree_of(path))
        if not is_technical(path, text)
    ]

    assert len(translated_files()) > 300
    assert faults == []


def test_months_and_days_of_the_week_are_named_by_django() -> None:
    """What strftime calls them is English in every language."""
    named = re.compile(r"%-?[aAbBp](?![A-Za-z(])")
    faults = [
        f"{path}:{node.lineno}"
        for path in translated_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and named.search(node.value)
    ]

    assert named.search("%-d %b %Y")
    assert faults == []


def test_what_is_called_technical_still_stands_there() -> None:
    for path, texts in TECHNICAL.items():
        said = {text for _, text in unmarked_sentences(tree_of(Path(path)))}
        assert said, path
        assert texts - said - {"*"} == set(), path


@pytest.mark.parametrize(
    "code",
    [
        'told = "Nothing was booked."',
        'told = f"{name} isn’t taking bookings"',
        'told = f"{many} late"',
        'list_display = Column("Doctor")',
        'told = ngettext("day", "days", n) + "Ask at the desk"',
        'raise ValidationError("Enter a day.")',
        'help_text="Only you see it."',
        'process_each(items, lambda one: tell("Nothing was booked."), what="The time")',
        'self.run_on_each(request, rows, done="Nothing was booked.", logged="Nothing booked.")',
    ],
)
def test_an_unmarked_sentence_is_found(code: str) -> None:
    assert list(unmarked_sentences(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        'told = _("Nothing was booked.")',
        'told = _("%(name)s isn’t taking bookings") % {"name": name}',
        'told = ngettext("%(n)s day is left", "%(n)s days are left", n)',
        'logger.info("Nothing was booked")',
        '"""Nothing is booked."""',
        'raise RuntimeError("Nobody told us the day")',
        'process_each(items, step, what="The diary of doctor")',
        'self.run_on_each(request, rows, done=_("Nothing was booked."), logged="Nothing booked.")',
    ],
)
def test_a_marked_one_is_not(code: str) -> None:
    assert list(unmarked_sentences(ast.parse(code))) == []
