"""`manage.py prepare`: everything between an empty database and a site that can be served, in one process."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

LEAST_ROOM = 32  # MB: two files of PostgreSQL's write-ahead log


class Command(BaseCommand):
    help = "Migrate, make the cache table, collect static files that changed and, with --demo, load the sample people."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the sample people, once")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._prepare(**options)
        except (DatabaseError, OSError) as error:
            raise CommandError(reason(error)) from error

    def _prepare(self, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if collect_static():
            self.stdout.write("Static files collected.")
        if options["demo"] and "load_demo" in get_commands():
            call_command("load_demo", verbosity=options["verbosity"])


def reason(error: Exception) -> str:
    """Why it failed, in a sentence. A database that ran out of room dies, and its client only sees that it is gone."""
    free = shutil.disk_usage(settings.HMS_HOME).free // 1_000_000
    if free < LEAST_ROOM:
        facts = {"folder": settings.HMS_HOME, "free": free}
        return _("The disk is full: %(folder)s has %(free)s MB left. Make room and start again.") % facts
    said = str(error).strip().partition("\n")[0].rstrip(".")
    return _("The site could not be prepared (%(reason)s).") % {"reason": said or type(error).__name__}


def collect_static() -> bool:
    """Run collectstatic if a file was added, removed or changed since the last time. Says whether it ran."""
    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name(f"{root.name}.stamp")
    state = static_state()
    if root.is_dir() and stamp.exists() and stamp.read_text() == state:
        return False
    stamp.unlink(missing_ok=True)  # an interrupted run must be repeated
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(state)
    return True


def static_state() -> str:
    """A digest of the names, sizes and dates of all static files, and of how they are stored."""
    lines = sorted(_static_files())
    lines.append(str(settings.STORAGES["staticfiles"]))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _static_files() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list(ignore_patterns=[]):
            file = Path(storage.path(name)).stat()
            yield f"{storage.path(name)} {file.st_size} {file.st_mtime_ns}"
