"""`manage.py restore <folder>`: a backup in place of the site's database, once it is found equal (docs/backup.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core import clock
from core.backup.errors import BackupError
from core.backup.restore import RestoreResult, restore


class Command(BaseCommand):
    help = "Restore a backup in place of the site's database, which is kept under another name. Stop the site first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder of one backup, as `backup` named it")
        parser.add_argument("--into", default="", metavar="NAME", help="restore into a new database beside the site's")
        parser.add_argument("--without-roles", action="store_true", help="leave owners and rights of the backup out")

    def handle(self, *args: Any, folder: Path, into: str, without_roles: bool, **options: Any) -> None:
        try:
            done = restore(folder.resolve(), now=clock.now(), into=into, with_roles=not without_roles)
        except BackupError as error:
            raise CommandError(str(error)) from error
        for line in sentences(done, without_roles=without_roles):
            self.stdout.write(line)


def sentences(done: RestoreResult, *, without_roles: bool) -> list[str]:
    """What was done, and what is to be done next."""
    facts = {"database": done.database, "aside": done.aside, "made_at": done.manifest.made_at}
    facts |= {"rows": f"{done.manifest.rows:,}"}
    said = [_("The database %(database)s holds the backup of %(made_at)s: %(rows)s rows, found equal.") % facts]
    if done.aside:
        said.append(_("What was there before is kept as %(aside)s: drop it when you don't need it any more.") % facts)
    if done.behind:
        said.append(_("The backup is of an older release: run `manage.py prepare` before the site starts."))
    if without_roles:
        said.append(_("Owners and rights were left out: grant them and run `manage.py protect_audit` (docs/audit.md)."))
    said.append(_("Now run `manage.py repeat_erasures`, before anyone signs in."))
    return said
