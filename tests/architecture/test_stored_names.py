"""Names that are stored, signed or sent: a move or a renaming of code leaves them as they are.

A salt is part of every signature made with it, a task's name of every job in the queue, a backend's path of every
session, the start of a key of what the outbox has told already. Whoever changes one signs everybody out, sends again,
or loses what was kept; then the change says what becomes of the old ones, and is entered here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from accounts.choices import StaffRole
from accounts.signing_in.hashing import BoundedArgon2, BoundedPBKDF2
from audit.models import TRACKED
from audit.triggers import label_of
from tests.architecture.rooms.graph import name_of
from tests.architecture.source import calls, dotted, python_files, tree_of

SALTS = {
    "account mail",
    "accounts.Session.handle",
    "accounts.User.session",
    "accounts.drafts",
    "accounts.drafts.address",
    "accounts.drafts.form",
    "accounts.known_browsers",
    "core.batches.key",
    "fhir name",
    "form of billing",
    "mailbox",
}
TASKS = {
    "audit.tasks.tell_of_suppressed",
    "billing.tasks.settle_all_visits",
    "billing.tasks.settle_visit",
    "billing.tasks.settle_visits",
    "bookings.tasks.compare_calendars",
    "bookings.tasks.complete_departures",
    "bookings.tasks.fill_new_calendars",
    "bookings.tasks.mark_no_shows",
    "bookings.tasks.pass_lapsed_on",
    "bookings.tasks.remind_of_tomorrow",
    "clinical.tasks.compare_reads",
    "doctors.tasks.fill_diaries",
    "doctors.tasks.look_at_busy_times",
    "doctors.tasks.look_at_busy_times_of",
    "exports.tasks.expire_exports",
    "exports.tasks.run_exports",
    "integrations.tasks.deliver_email",
    "integrations.tasks.deliver_to_calendars",
    "integrations.tasks.watch_jobs",
    "privacy.tasks.erase_messages",
    "privacy.tasks.erase_what_is_due",
    "privacy.tasks.keep_erasure_list",
    "privacy.tasks.purge_what_is_past",
    "reports.tasks.make_monthly_reports",
}
CACHE_KEYS = {
    "accounts.seen-addresses:",
    "accounts.used-code:",
    "audit:",
    "doctors:choices",
    "figures:",
    "form-draft:",
    "form-drafts:",
    "readyz",
    "refusals:",
}
# What the outbox knows an event by, so that it is told once, and what a message stays in order with.
KEYS_OF_MESSAGES = {
    "ACCOUNT_CLOSED:",
    "DATA_ERASED:",
    "TIMES_OFFERED:",
    "WAITLIST_CLOSED:",
    "WAITLIST_OFFER:",
    "account-mail:",
    "account:",
    "approved:",
    "booking:",
    "emergency-access:",
    "export:",
    "exports:",
    "feed-made:",
    "google-broken:",
    "google-connected:",
    "google-leave:",
    "google:",
    "invoice:",
    "offer:",
    "record-access:",
    "report:",
    "waiting:",
    "welcome:",
}
# What an entry of the audit trail says it is about.
TRACKED_MODELS = {
    "accounts.invitation",
    "accounts.user",
    "accounts.user_groups",
    "accounts.user_user_permissions",
    "billing.creditnote",
    "billing.doctorfees",
    "billing.invoice",
    "billing.payment",
    "billing.refund",
    "bookings.booking",
    "bookings.bookingstatuschange",
    "bookings.calendarfeed",
    "bookings.departure",
    "bookings.hold",
    "bookings.review",
    "bookings.waitingentry",
    "clinical.emergencyaccess",
    "clinical.treatmentrecord",
    "clinical.treatmentrecordversion",
    "doctors.closure",
    "doctors.department",
    "doctors.doctorprofile",
    "doctors.slot",
    "doctors.timeoff",
    "doctors.weeklyhours",
    "exports.export",
    "integrations.googleconnection",
    "integrations.outgoingmessage",
    "patients.patientprofile",
    "privacy.erasure",
    "reports.monthlyreport",
}
# The groups that carry the rights of staff.
GROUPS = {"Administrator", "Manager", "Reception"}
COOKIES = {"hms_session", "hms_typed", "hms_known"}
ASKING_THE_DATABASE = (".filter", ".exclude", ".get", ".get_or_create", ".update_or_create", ".create", ".update")
OPENING_A_SIGNATURE = ("salted_hmac", "Signer", "TimestampSigner", "signing.dumps", "signing.loads")


def text_of(node: ast.expr | None, tree: ast.Module) -> str:
    """A text, a constant of the file, or the fixed beginning of an f-string; empty where it can't be read."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return text
        case ast.Name(id=name):
            given = (part for part in tree.body if isinstance(part, ast.Assign) and dotted(part.targets[0]) == name)
            return next((text_of(part.value, tree) for part in given), "")
    return ""


def salts(tree: ast.Module) -> Iterator[str]:
    for call, name in calls(tree):
        if name.endswith(OPENING_A_SIGNATURE):
            given = {word.arg: word.value for word in call.keywords}
            first = call.args[0] if call.args and name.endswith("salted_hmac") else None
            yield text_of(given.get("salt", given.get("key_salt", first)), tree)


def tasks(tree: ast.Module, file: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            made = [part.func if isinstance(part, ast.Call) else part for part in node.decorator_list]
            if any(dotted(part).endswith(("shared_task", "app.task")) for part in made):
                yield f"{file}.{node.name}"


def cache_keys(tree: ast.Module) -> Iterator[str]:
    """The beginnings of keys: what a function `…_key` gives, what is called `key`, what a cache is asked in place."""
    if not any(isinstance(node, ast.alias) and node.name == "cache" for node in ast.walk(tree)):
        return
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) if name.endswith("_key"):
                found = [text_of(part.value, tree) for part in ast.walk(node) if isinstance(part, ast.Return)]
            case ast.Call(func=ast.Attribute(value=ast.Name(id="cache" | "shared_cache")), args=[key, *_]):
                found = [text_of(key, tree)]
            case ast.Assign(targets=[ast.Name(id="key")], value=value):
                found = [text_of(value, tree)]
            case _:
                found = []
        yield from (start for start in found if start)


def keys_of_messages(tree: ast.Module) -> Iterator[str]:
    for call, _ in calls(tree):
        for word in call.keywords:
            if word.arg in {"dedupe_key", "stream", "idempotency_key"} and (start := text_of(word.value, tree)):
                yield start


def trees() -> dict[Path, ast.Module]:
    return {path: tree_of(path) for path in python_files(tests=False)}


def test_salts_stay() -> None:
    found = {salt for tree in trees().values() for salt in salts(tree)}

    assert "" not in found, "A salt is written out where it is used, or in a constant of the same file."
    assert found == SALTS


def test_jobs_are_found_under_the_names_they_were_given() -> None:
    found = {task for path, tree in trees().items() for task in tasks(tree, name_of(path))}

    assert found == TASKS
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= TASKS


def test_keys_of_the_cache_and_of_messages_stay() -> None:
    found = trees().values()

    assert {key for tree in found for key in cache_keys(tree)} == CACHE_KEYS
    assert {key for tree in found for key in keys_of_messages(tree)} == KEYS_OF_MESSAGES


def test_what_the_trail_calls_a_row_stays() -> None:
    assert {label_of(model) for model in TRACKED} == TRACKED_MODELS


def test_groups_of_staff_keep_their_names() -> None:
    assert {role.group_name for role in StaffRole} == GROUPS


def labels_asked_for(tree: ast.Module) -> Iterator[int]:
    """Where the database is asked for, or given, a label: a label is for people, and is another in another language."""
    for call, name in calls(tree):
        if name.endswith(ASKING_THE_DATABASE):
            for word in call.keywords:
                if any(isinstance(node, ast.Attribute) and node.attr == "label" for node in ast.walk(word.value)):
                    yield call.lineno


def test_no_label_is_stored_or_looked_up() -> None:
    assert list(labels_asked_for(ast.parse("rows.exclude(groups__name=StaffRole.MANAGER.label)"))) == [1]
    assert list(labels_asked_for(ast.parse("Group.objects.get_or_create(name=kind.label)"))) == [1]
    assert [f"{path}:{line}" for path, tree in trees().items() for line in labels_asked_for(tree)] == []


def test_whoever_is_signed_in_stays_so() -> None:
    base = tree_of(Path("hms_project/settings/base.py"))
    named = [part for part in base.body if isinstance(part, ast.Assign) and "_COOKIE_NAME" in dotted(part.targets[0])]

    assert settings.SESSION_ENGINE == "accounts.sessions"
    assert settings.AUTHENTICATION_BACKENDS == ["accounts.sessions.SessionUserBackend"]
    assert {text_of(part.value, base) for part in named} == COOKIES
    assert {BoundedArgon2.algorithm, BoundedPBKDF2.algorithm} == {"argon2", "pbkdf2_sha256"}
    assert settings.CACHES["default"].get("KEY_PREFIX", "hms") == "hms"


@pytest.mark.parametrize(
    ("read", "code", "names"),
    [
        (salts, "salted_hmac('till.mark', 1)", ["till.mark"]),
        (salts, "_SALT = 'till'\nsigning.dumps({}, salt=_SALT)", ["till"]),
        (salts, "TimestampSigner(salt=__name__)", [""]),
        (salts, "signing.loads(text)", [""]),
        (cache_keys, "from core import cache\ncache.read(f'till:{pk}')", ["till:"]),
        (cache_keys, "from core import cache\ndef _bill_key(pk):\n    return f'bill:{pk}'", ["bill:"]),
        (cache_keys, "from core import cache\nkey = f'sum:{pk}'", ["sum:"]),
        (keys_of_messages, "Draft(action='PAID', dedupe_key=f'paid:{pk}', stream='till')", ["paid:", "till"]),
        (
            lambda tree: tasks(tree, "till.tasks"),
            "@shared_task(ignore_result=True)\ndef count(): ...",
            ["till.tasks.count"],
        ),
    ],
)
def test_a_new_name_would_be_seen(read: Callable[[ast.Module], Iterator[str]], code: str, names: list[str]) -> None:
    assert list(read(ast.parse(code))) == names
