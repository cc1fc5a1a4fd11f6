"""The application's own role in the database can add to the trail and never change it (H4)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit import services as audit
from audit.checks import the_trail_is_protected
from audit.choices import Kind
from audit.models import Entry
from audit.protection import forbidden, loopholes
from bookings.tests.factories import make_booking
from tests.architecture.source import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
# Roles are of the whole server, which tests that run side by side share.
ROLE = f"hms_app_of_{os.environ.get('PYTEST_XDIST_WORKER', 'tests')}"
GROUP = f"{ROLE}_group"
GRANTS = f"""
    CREATE ROLE {ROLE} LOGIN;
    GRANT USAGE ON SCHEMA public TO {ROLE};
    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES ON ALL TABLES IN SCHEMA public TO {ROLE};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE};
"""
FORBIDDEN = [
    "UPDATE audit_entry SET actor_id = NULL",
    "DELETE FROM audit_entry",
    "TRUNCATE audit_entry",
    "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    "ALTER TABLE audit_entry DISABLE TRIGGER pgtrigger_append_only_{append_only}",
    "DROP TRIGGER pgtrigger_append_only_{append_only} ON audit_entry",
    "CREATE RULE forget AS ON INSERT TO audit_entry DO INSTEAD NOTHING",
    "DROP TABLE audit_entry",
    "SET session_replication_role = replica",
    "TRUNCATE bookings_bookingstatuschange",
    "DELETE FROM bookings_bookingstatuschange",
    "DELETE FROM accounts_user",
    "ALTER TABLE doctors_doctorprofile DISABLE TRIGGER ALL",
]


@pytest.fixture
def role() -> Iterator[str]:
    """Made with every right one can be given without owning a table."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {ROLE}")
        cursor.execute(GRANTS)
    yield ROLE
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")


def tried(statement: str) -> str:
    """What the database answers the role, signed in by itself: "done", or the refusal. Nothing is kept."""
    server = connection.get_connection_params()
    wanted = {"user": ROLE, "password": "", "cursor_factory": None}
    named = {name: server[name] for name in ("dbname", "host", "port") if name in server}
    signed_in = psycopg2.connect(**named, **wanted)
    try:
        signed_in.cursor().execute(statement.replace("{append_only}", _suffix()))
    except psycopg2.errors.InsufficientPrivilege as refusal:
        return f"refused: {refusal}"
    else:
        return "done"
    finally:
        signed_in.rollback()
        signed_in.close()


def _suffix() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_append_only_%'")
        return str(cursor.fetchone()[0]).rpartition("_")[2]


def test_what_is_protected_is_the_trail_and_what_is_kept() -> None:
    rights = forbidden()

    assert "UPDATE" in rights["audit_entry"]
    kept = {"accounts_user", "patients_patientprofile", "bookings_booking", "bookings_bookingstatuschange"}
    assert all({"DELETE", "TRUNCATE", "TRIGGER"} <= set(rights[table]) for table in {"audit_entry", *kept})


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_role_is_refused(role: str, statement: str) -> None:
    make_booking()
    call_command("protect_audit", role=role)

    assert tried(statement).startswith("refused: ")


def test_the_role_can_still_do_its_work_which_the_trail_tells_of(role: str) -> None:
    call_command("protect_audit", role=role)
    make_booking()

    change = "UPDATE doctors_doctorprofile SET is_accepting = FALSE"
    told = "DO $$ BEGIN ASSERT (SELECT COUNT(*) FROM audit_entry WHERE changed = '{is_accepting}') = 1; END $$"
    assert tried(change) == "done"
    assert tried(f"{change}; {told}") == "done"
    assert tried("INSERT INTO django_session VALUES ('k', 'd', now())") == "done"


def test_without_the_command_the_role_could(role: str) -> None:
    """The control: what the test above finds refused is not refused anyway."""
    assert tried("TRUNCATE audit_entry") == "done"
    assert tried("DELETE FROM bookings_bookingstatuschange") == "done"  # there is no row to refuse it for
    with pytest.raises(CommandError, match=r"may UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES audit_entry"):
        call_command("protect_audit", role=role, check=True)


def test_an_owner_or_a_superuser_is_not_taken_for_protected() -> None:
    owner = connection.settings_dict["USER"]

    with pytest.raises(CommandError, match="superuser"):
        call_command("protect_audit", role=owner)
    with pytest.raises(CommandError, match="There is no role nobody_at_all"):
        call_command("protect_audit", role="nobody_at_all")


def test_the_check_before_going_live_says_so() -> None:
    (warning,) = the_trail_is_protected(databases=["default"])

    assert (warning.id, "superuser" in warning.msg) == ("audit.W001", True)
    assert the_trail_is_protected(databases=[]) == []


def test_a_right_that_comes_by_another_role_is_noticed(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {GROUP}; CREATE ROLE {GROUP}")
        cursor.execute(f"GRANT UPDATE ON audit_entry TO {GROUP}; GRANT {GROUP} TO {role}")
    try:
        with pytest.raises(CommandError, match="by itself or by a role it is a member of"):
            call_command("protect_audit", role=role)
        assert any("audit_entry" in hole for hole in loopholes(role))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP OWNED BY {GROUP}; DROP ROLE {GROUP}")


REMOVE_OLD = (ROOT / "docs/audit.md").read_text().partition("BEGIN;")[2].partition("COMMIT;")[0]


def test_the_owner_removes_what_is_old_as_the_manual_says_and_the_role_cannot(
    role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_booking()
    call_command("protect_audit", role=role)
    kept = Entry.objects.count()
    monkeypatch.setattr(timezone, "now", lambda: datetime(2001, 1, 1, tzinfo=UTC))
    audit.record(Kind.SIGNED_OUT)
    assert Entry.objects.count() == kept + 1
    assert tried(REMOVE_OLD).startswith("refused: ")

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REMOVE_OLD)
    assert Entry.objects.count() == kept
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.all().delete()
