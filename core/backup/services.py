"""Taking a backup: a dump and its manifest, both from one snapshot of the running database."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.dispatch import Signal
from django.utils.translation import gettext as _
from psycopg2 import Error as PostgresError

from core.backup import contents, database
from core.backup.errors import BackupError
from core.backup.manifest import DUMP, NAME, Manifest, files_of, fingerprint
from core.backup.programs import Programs, Server
from core.fields.sealed import sealed_fields

JOBS = min(4, os.cpu_count() or 1)
FINISHED = re.compile(r"hms-\d{8}-\d{6}(-\d+)?")
UNFINISHED = ".part"

# Sent with the `folder` of a finished backup: rooms above this one lay something beside it.
backed_up = Signal()


def back_up(folder: Path, *, now: datetime, keep: int | None = None, jobs: int = JOBS) -> tuple[Path, Manifest]:
    """Write a new backup into `folder`; answers where it is and what it holds. The site may run.

    Nothing that is not whole ever bears a backup's name. With `keep`, older ones beyond that number are removed.
    Raises BackupError.
    """
    server = Server.of(connections["default"].settings_dict)
    try:
        with _alone_in(folder):
            target = _free_name(folder, now)
            part = target.with_name(target.name + UNFINISHED)
            part.mkdir(mode=0o700)
            try:
                manifest = _dump(server, part, now=now, jobs=jobs)
                manifest.write(part, settings.FIELD_ENCRYPTION_KEYS)
                _to_disk(part)
                part.rename(target)
                _to_disk(folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
            if keep is not None:
                _remove_older(folder, keep)
    except OSError as error:
        raise BackupError(
            _("The backup can't be written to %(folder)s (%(reason)s).")
            % {"folder": folder, "reason": error.strerror or error}
        ) from error
    except PostgresError as error:
        reason = (str(error).strip().splitlines() or [""])[0]
        raise BackupError(_("The database can't be read (%(reason)s).") % {"reason": reason}) from error
    backed_up.send(sender=Manifest, folder=folder)
    return target, manifest


def left_out() -> list[str]:
    """Tables whose rows are of no use to the next site: who is signed in signs in again, and a cache fills itself.

    A backup with sessions would let whoever holds it, or whoever was signed out since, in again.
    """
    sessions = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()._meta.db_table  # noqa: SLF001
    caches = [cache["LOCATION"] for cache in settings.CACHES.values() if cache["BACKEND"].endswith(".DatabaseCache")]
    return [f"public.{table}" for table in (sessions, *caches)]


def _dump(server: Server, part: Path, *, now: datetime, jobs: int) -> Manifest:
    skipped = left_out()
    with server.connect(server.name) as connection:
        contents.pin(connection)
        major = connection.server_version // 10_000
        programs = Programs.for_server(major, server)
        snapshot = contents.rows(connection, "SELECT pg_export_snapshot()")[0][0]
        dump = programs.start(
            "pg_dump",
            f"--dbname={server.dsn(server.name)}",
            "--format=directory",
            f"--file={part / DUMP}",
            f"--jobs={jobs}",
            "--compress=1",
            f"--snapshot={snapshot}",
            *(f"--exclude-table-data={table}" for table in skipped),
            server=server,
        )
        try:
            manifest = Manifest(
                made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
                database=server.name,
                server_version=major,
                dumped_with=programs.major,
                properties=database.properties(connection),
                roles=contents.roles(connection),
                migrations=contents.migrations(connection),
                left_out=skipped,
                tables=contents.tables(connection, but=skipped),
                rules=contents.rules(connection, grants=True),
                sealed=[
                    [sealed.table, sealed.column, list(sealed.inside)]
                    for sealed in sealed_fields()
                    if sealed.table not in skipped
                ],
                keys=[fingerprint(key) for key in settings.FIELD_ENCRYPTION_KEYS],
            )
            dump.finish()
        finally:
            dump.kill()
    return replace(manifest, files=files_of(part))


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One backup at a time; what a killed one has left is taken away."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as gate:
        try:
            fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(_("Another backup is being written to %(folder)s.") % {"folder": folder}) from None
        for leftover in folder.glob(f"hms-*{UNFINISHED}"):
            shutil.rmtree(leftover)
        yield


def _free_name(folder: Path, now: datetime) -> Path:
    name = f"hms-{now.astimezone(UTC):%Y%m%d-%H%M%S}"
    names = (name, *(f"{name}-{number}" for number in range(2, 100)))
    return next(folder / name for name in names if not (folder / name).exists())


def _remove_older(folder: Path, keep: int) -> None:
    found = [path for path in folder.iterdir() if FINISHED.fullmatch(path.name) and (path / NAME).exists()]
    for path in sorted(found, key=lambda path: path.name)[: -keep or None]:
        shutil.rmtree(path)


def _to_disk(folder: Path) -> None:
    """Not in memory only: a machine that loses its power now has the backup."""
    for path in [*(path for path in folder.rglob("*") if folder.name.endswith(UNFINISHED)), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
