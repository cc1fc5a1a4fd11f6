"""A backup goes only where it belongs: to a site at rest, a server and a release as new as it, roles that are there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core import clock
from core.backup import restore as module
from core.backup.errors import BackupError
from core.backup.manifest import Manifest
from core.backup.programs import Programs
from core.backup.restore import restore
from core.backup.services import back_up
from tests.backup.site import SITE, MakeSite, Site

pytestmark = pytest.mark.django_db(transaction=True)


def test_while_the_site_runs_it_is_refused_before_anything_is_done(backup: Path) -> None:
    with Site().server.connect(SITE), pytest.raises(BackupError, match="is in use: stop the site"):
        restore(backup, now=clock.now())
    assert Site().databases() == {SITE}


def test_who_comes_during_the_restore_keeps_the_old_database(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.database, "is_in_use", lambda *_: False)
    with Site().server.connect(SITE), pytest.raises(BackupError, match="is in use: stop the site"):
        restore(backup, now=clock.now())
    assert Site().databases() == {SITE}


def test_a_backup_of_a_newer_release_is_refused(filled: None, site: MakeSite, tmp_path: Path) -> None:
    made = site()
    made.rows("INSERT INTO django_migrations (app, name, applied) VALUES ('bookings', '9999_from_tomorrow', now())")
    folder, _ = back_up(tmp_path / "backups", now=clock.now())

    with pytest.raises(BackupError, match=r"newer or another release \(it has bookings.9999_from_tomorrow\)"):
        restore(folder, now=clock.now())


def test_one_of_an_older_release_says_what_follows(filled: None, site: MakeSite, tmp_path: Path, capsys: Any) -> None:
    made = site()
    made.rows("DELETE FROM django_migrations WHERE app = 'privacy'")
    folder, _ = back_up(tmp_path / "backups", now=clock.now())

    call_command("restore", str(folder))

    assert "manage.py prepare" in capsys.readouterr().out


def test_an_older_server_is_refused(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Manifest.read
    monkeypatch.setattr(Manifest, "read", lambda *given: _changed(read(*given), server_version=99))
    with pytest.raises(BackupError, match="is of PostgreSQL 99 and this server is"):
        restore(backup, now=clock.now())


def _changed(manifest: Manifest, **facts: Any) -> Manifest:
    return replace(manifest, **facts)


def test_programs_older_than_the_server_are_never_used() -> None:
    server = Site().server
    with pytest.raises(BackupError, match="postgresql-client-99"):
        Programs.for_server(99, server)
    with server.connect(server.name) as other:
        major = other.server_version // 10_000
    assert Programs.for_server(major, server).major >= major


def test_a_drill_goes_into_a_database_beside_the_sites(backup: Path) -> None:
    with Site().server.connect(SITE):  # the site runs
        done = restore(backup, now=clock.now(), into=f"{SITE}_trial")
    assert (done.database, done.aside) == (f"{SITE}_trial", "")
    assert Site().databases() == {SITE, f"{SITE}_trial"}
    with pytest.raises(BackupError, match="already"):
        restore(backup, now=clock.now(), into=f"{SITE}_trial")


# Roles


@pytest.fixture
def application_role() -> Any:
    """As docs/audit.md says, of a name of its own: roles belong to the whole server."""
    role = "hms_drill_app"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {role}")
        cursor.execute(f"CREATE ROLE {role} LOGIN")
    yield role
    own = Site().server
    for name in (own.name, *Site().databases()):
        Site().rows(f"DROP OWNED BY {role}", name)
    Site().rows(f"DROP ROLE IF EXISTS {role}", own.name)


def test_the_roles_rights_come_back(filled: None, application_role: str, site: MakeSite, tmp_path: Path) -> None:
    made = site()
    made.rows(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {application_role}")
    made.rows(f"ALTER DATABASE {SITE} SET work_mem TO '7MB'")
    made.rows(f"ALTER ROLE {application_role} IN DATABASE {SITE} SET lock_timeout TO '4s'")
    made.rows(f"REVOKE CONNECT ON DATABASE {SITE} FROM PUBLIC")
    made.rows(f"GRANT CONNECT ON DATABASE {SITE} TO {application_role}")
    connection.close()
    call_command("protect_audit", role=application_role)
    connection.close()
    folder, _ = back_up(tmp_path / "backups", now=clock.now())

    restore(folder, now=clock.now())

    call_command("protect_audit", role=application_role, check=True)
    connection.close()
    rights = "SELECT has_table_privilege('{0}', 'bookings_booking', '{1}')"
    assert made.rows(rights.format(application_role, "INSERT")) == [(True,)]
    assert made.rows(rights.format(application_role, "DELETE")) == [(False,)]
    assert made.rows("SHOW work_mem") == [("7MB",)]
    connecting = f"SELECT has_database_privilege('{application_role}', '{SITE}', 'CONNECT')"
    assert made.rows(connecting) == [(True,)]
    assert made.rows(
        "SELECT count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase "
        f"WHERE d.datname = '{SITE}' AND setrole <> 0"
    ) == [(1,)]


def test_a_server_without_the_roles_is_refused_by_name_unless_they_are_left_out(
    backup: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    read = Manifest.read
    monkeypatch.setattr(Manifest, "read", lambda *given: _changed(read(*given), roles=["hms_owner"]))

    with pytest.raises(CommandError, match="no role hms_owner"):
        call_command("restore", str(backup))
    call_command("restore", str(backup), without_roles=True)

    assert "protect_audit" in capsys.readouterr().out
