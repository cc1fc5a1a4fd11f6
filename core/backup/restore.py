"""Restoring a backup into a new database, which takes the old one's name only when its contents were found equal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _
from psycopg2 import Error as PostgresError
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812  a class

from core.backup import contents, database
from core.backup.errors import BackupError
from core.backup.manifest import DUMP, Manifest, fingerprint, missing_key
from core.backup.programs import Programs, Server
from core.backup.services import JOBS
from core.crypto import Unreadable, unseal_bytes


@dataclass(frozen=True)
class RestoreResult:
    """`aside`: what the database that was there is called now. `behind`: whether migrations must follow."""

    database: str
    aside: str
    manifest: Manifest
    behind: bool


def restore(folder: Path, *, now: datetime, into: str = "", with_roles: bool = True, jobs: int = JOBS) -> RestoreResult:
    """Restore the backup in `folder` in place of the site's database, or, for a drill, `into` a new one beside it.

    Whatever goes wrong, the old database stays as it is. Raises BackupError.
    """
    server = Server.of(connections["default"].settings_dict)
    connections["default"].close()  # our own would stand in the way
    try:
        return _restore(server, folder, now=now, into=into, with_roles=with_roles, jobs=jobs)
    except (PostgresError, OSError) as error:
        reason = (str(error).strip().splitlines() or [""])[0]
        raise BackupError(_("Nothing was restored (%(reason)s).") % {"reason": reason}) from error


def _restore(server: Server, folder: Path, *, now: datetime, into: str, with_roles: bool, jobs: int) -> RestoreResult:
    manifest = Manifest.read(folder, settings.FIELD_ENCRYPTION_KEYS)
    behind = _check_migrations(manifest)
    with server.connect(database.MAINTENANCE) as maintenance:
        database.lock_restores(maintenance, server.name)
        _check_server(maintenance, manifest, with_roles=with_roles)
        if into and database.exists(maintenance, into):
            raise BackupError(_("There is a database %(name)s already: choose another name.") % {"name": into})
        if not into and database.is_in_use(maintenance, server.name):
            raise database.in_use(server.name)
        manifest.check_files(folder)
        new = into or database.short(server.name, "_new")
        with _new_database(maintenance, new, manifest):
            _fill(server, new, folder, manifest, with_roles=with_roles, jobs=jobs)
            _compare(server, new, manifest, with_roles=with_roles)
            if with_roles:
                database.apply(maintenance, new, manifest.properties)
            if into:
                return RestoreResult(into, "", manifest, behind)
            aside = database.short(server.name, f"_before_{now.astimezone(UTC):%Y%m%d_%H%M%S}")
            had_one = database.exists(maintenance, server.name)
            database.swap(maintenance, server.name, new, aside)
            return RestoreResult(server.name, aside if had_one else "", manifest, behind)


def _check_migrations(manifest: Manifest) -> bool:
    """Whether the backup lacks migrations of this release. Raises BackupError when it has others."""
    on_disk = MigrationLoader(None).disk_migrations
    known = {f"{app}.{name}" for app, name in on_disk}
    replaced = {f"{app}.{name}" for migration in on_disk.values() for app, name in migration.replaces}
    if foreign := sorted(set(manifest.migrations) - known - replaced):
        raise BackupError(
            _("The backup was made by a newer or another release (it has %(migration)s): install that one first.")
            % {"migration": foreign[0]}
        )
    return bool(known - set(manifest.migrations))


def _check_server(maintenance: Connection, manifest: Manifest, *, with_roles: bool) -> None:
    major = maintenance.server_version // 10_000
    if major < manifest.server_version:
        raise BackupError(
            _("The backup is of PostgreSQL %(theirs)s and this server is %(ours)s: restore it to one as new.")
            % {"theirs": manifest.server_version, "ours": major}
        )
    there = {row[0] for row in contents.rows(maintenance, "SELECT rolname FROM pg_catalog.pg_roles")}
    if with_roles and (missing := sorted(set(manifest.roles) - there)):
        raise BackupError(
            _(
                "This server has no role %(role)s: make the roles of docs/audit.md first, or add --without-roles, and "
                "everything will belong to the role you signed in as."
            )
            % {"role": missing[0]}
        )


@contextmanager
def _new_database(maintenance: Connection, name: str, manifest: Manifest) -> Iterator[None]:
    """Gone again when what is done with it fails."""
    database.drop(maintenance, name)  # an interrupted restore's
    database.create(maintenance, name, manifest.properties)
    try:
        yield
    except BaseException:
        database.drop(maintenance, name)
        raise


def _fill(server: Server, name: str, folder: Path, manifest: Manifest, *, with_roles: bool, jobs: int) -> None:
    with server.connect(name) as connection:
        major = connection.server_version // 10_000
    programs = Programs.for_server(max(major, manifest.dumped_with), server)
    options = [] if with_roles else ["--no-owner", "--no-privileges"]
    programs.run(
        "pg_restore",
        f"--dbname={server.dsn(name)}",
        "--exit-on-error",
        f"--jobs={jobs}",
        *options,
        str(folder / DUMP),
        server=server,
    )
    with server.connect(name) as connection:
        connection.autocommit = True
        contents.rows(connection, "SET statement_timeout = 0")
        contents.rows(connection, "ANALYZE")


def _compare(server: Server, name: str, manifest: Manifest, *, with_roles: bool) -> None:
    """Every row, every rule, and one sealed value of each kind. Raises BackupError."""
    with server.connect(name) as connection:
        contents.pin(connection)
        expected = manifest.tables | manifest.rules
        found = contents.tables(connection, but=manifest.left_out) | contents.rules(connection, grants=with_roles)
        if not with_roles:
            expected = {kind: digest for kind, digest in expected.items() if kind != "grants"}
        if different := sorted(kind for kind in expected | found if expected.get(kind) != found.get(kind)):
            raise BackupError(
                _("What was restored is not what was backed up: %(names)s differ. The old database is unchanged.")
                % {"names": ", ".join(different[:5])}
            )
        known = {fingerprint(key) for key in settings.FIELD_ENCRYPTION_KEYS}
        missing = [mark for mark in manifest.keys if mark not in known]
        for table, column, inside in manifest.sealed:
            # With a key short every value is tried: it may seal none of them any more.
            if not all(map(_opens, _sealed_values(connection, table, column, inside, every=bool(missing)))):
                raise (
                    missing_key(missing[0])
                    if missing
                    else BackupError(
                        _("A sealed value in %(table)s can't be opened with FIELD_ENCRYPTION_KEYS.") % {"table": table}
                    )
                )


def _sealed_values(connection: Connection, table: str, column: str, inside: list[str], *, every: bool) -> Iterator[str]:
    """The oldest and the newest, by the way the table lies on the disk, or every one."""
    field = sql.Identifier(column)
    for value in (
        [field] if not inside else [sql.SQL("{}::jsonb ->> {}").format(field, sql.Literal(key)) for key in inside]
    ):
        statement = sql.SQL("SELECT {value} FROM public.{table} WHERE length({value}) > 0 ORDER BY ctid").format(
            value=value, table=sql.Identifier(table)
        )
        ends = [sql.SQL("")] if every else [sql.SQL(" LIMIT 1"), sql.SQL(" DESC LIMIT 1")]
        for end in ends:
            yield from (row[0] for row in contents.rows(connection, statement + end))


def _opens(value: Any) -> bool:
    try:
        unseal_bytes(value)  # a file, or JSON: it is enough that it opens
    except Unreadable:
        return False
    return True
