"""The server that is backed up, and the programs of PostgreSQL that are new enough for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import psycopg2
from django.utils.translation import gettext as _
from psycopg2.extensions import connection as Connection  # noqa: N812  a class
from psycopg2.extensions import make_dsn

from core.backup.errors import BackupError
from core.postgres.embedded import EmbeddedPostgresError, bin_dir

# What Django or the site says of a connection, and a dump must not: its own statements may take long.
NOT_OURS = {"options", "isolation_level", "pool", "assume_role", "server_side_binding", "cursor_factory"}
NEEDS_TLS = {"require", "verify-ca", "verify-full"}
SAY_WHY = 300  # characters of a program's last words


@dataclass(frozen=True)
class Server:
    """Where the database is, as libpq knows it; the password apart, so that no command line shows it."""

    name: str
    parameters: dict[str, str]
    password: str = ""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Server:
        """From Django's settings of a database."""
        known = {"host": settings.get("HOST"), "port": settings.get("PORT"), "user": settings.get("USER")}
        known |= {name: value for name, value in settings.get("OPTIONS", {}).items() if name not in NOT_OURS}
        parameters = {name: str(value) for name, value in known.items() if value not in (None, "")}
        password = parameters.pop("password", settings.get("PASSWORD") or "")
        return cls(settings["NAME"], parameters, password)

    def dsn(self, database: str) -> str:
        return make_dsn(dbname=database, **self.parameters)

    @contextmanager
    def connect(self, database: str) -> Iterator[Connection]:
        """A connection of our own, beside Django's. Raises BackupError when there is none."""
        try:
            connection = psycopg2.connect(self.dsn(database), password=self.password or None)
        except psycopg2.OperationalError as error:
            reason = _last_line(str(error))
            raise BackupError(
                _("The database %(name)s can't be reached (%(reason)s).") % {"name": database, "reason": reason}
            ) from error
        try:
            yield connection
        finally:
            connection.close()


@dataclass(frozen=True)
class Programs:
    """A folder with `pg_dump` and `pg_restore`, and their major version."""

    folder: Path
    major: int

    @classmethod
    def for_server(cls, major: int, server: Server) -> Programs:
        """Of the server's own version where they are there, else the next newer ones: older ones lose things.

        Raises BackupError.
        """
        found = [programs for programs in _installed(server) if programs.major >= major]
        if not found:
            raise BackupError(
                _(
                    "No pg_dump and pg_restore here are of PostgreSQL %(major)s or newer: install "
                    "postgresql-client-%(major)s, or run this where it is installed."
                )
                % {"major": major}
            )
        return min(found, key=lambda one: one.major)

    def start(self, program: str, *arguments: str, server: Server) -> Running:
        """Run `pg_dump` or `pg_restore` in the background."""
        return Running(program, [str(self.folder / program), *arguments], server)

    def run(self, program: str, *arguments: str, server: Server) -> None:
        """Raises BackupError with the program's last words."""
        self.start(program, *arguments, server=server).finish()


class Running:
    """One of PostgreSQL's programs at work."""

    def __init__(self, program: str, command: list[str], server: Server) -> None:
        self.program = program
        self._said = TemporaryFile()  # noqa: SIM115 - closed by `finish` or `kill`
        environment = os.environ | {"LC_ALL": "C"} | ({"PGPASSWORD": server.password} if server.password else {})
        self._process = subprocess.Popen(  # noqa: S603 - our own words only
            [*command, "--no-password"], env=environment, stdin=subprocess.DEVNULL, stdout=self._said, stderr=self._said
        )

    def finish(self) -> None:
        """Wait for its end. Raises BackupError when it failed."""
        try:
            failed = self._process.wait() != 0
            self._said.seek(0)
            said = self._said.read().decode(errors="replace")
        finally:
            self.kill()
        if failed:
            raise BackupError(
                _("%(program)s failed: %(reason)s") % {"program": self.program, "reason": _reason(said)[:SAY_WHY]}
            )

    def kill(self) -> None:
        """End it, if it hasn't ended."""
        self._process.kill()
        self._process.wait()
        self._said.close()


def _installed(server: Server) -> Iterator[Programs]:
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if server.parameters.get("sslmode") not in NEEDS_TLS:  # the wheel's programs are built without it
        with suppress(EmbeddedPostgresError):
            folders.append(bin_dir())
    for folder in dict.fromkeys(folders):
        if all(shutil.which(program, path=str(folder)) for program in ("pg_dump", "pg_restore")):
            shown = subprocess.run(  # noqa: S603
                [str(folder / "pg_dump"), "--version"], capture_output=True, text=True, check=False
            )
            if match := re.search(r"\) (\d+)", shown.stdout):
                yield Programs(folder, int(match[1]))


def _reason(said: str) -> str:
    """The first complaint; what follows are its consequences."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    complaints = [line for line in lines if "error:" in line or "ERROR:" in line or "FATAL:" in line]
    return (complaints or lines or [_("no reason given")])[0]


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1].strip()
