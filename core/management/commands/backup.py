"""`manage.py backup [folder]`: a backup of the whole database, while the site runs (docs/backup.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core import clock
from core.backup.errors import BackupError
from core.backup.services import back_up


class Command(BaseCommand):
    help = "Back the whole database up into a new folder in FOLDER (default: BACKUP_FOLDER). The site may run."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="where the new backup's folder is made")
        parser.add_argument("--keep", type=int, help="how many backups stay in it; older ones are removed")

    def handle(self, *args: Any, folder: Path | None, keep: int | None, **options: Any) -> None:
        if keep is not None and keep < 1:
            raise CommandError(_("--keep must be 1 or more."))
        try:
            target, manifest = back_up((folder or settings.BACKUP_FOLDER).resolve(), now=clock.now(), keep=keep)
        except BackupError as error:
            raise CommandError(str(error)) from error
        facts = {
            "folder": target,
            "rows": f"{manifest.rows:,}",
            "tables": len(manifest.tables),
            "key": manifest.keys[0],
        }
        self.stdout.write(
            _("%(rows)s rows of %(tables)s tables are backed up in %(folder)s, sealed with the key %(key)s.") % facts
        )
        self.stdout.write(_("Keep FIELD_ENCRYPTION_KEYS somewhere else: without them the backup can't be restored."))
