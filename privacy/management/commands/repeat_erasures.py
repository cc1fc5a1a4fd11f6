"""`manage.py repeat_erasures`: after a restore, who was erased since the backup is erased again (docs/backup.md)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core import clock
from privacy import erasure_list
from privacy.erasure_list import ListUnreadable
from privacy.repeating import RepeatResult, repeat_erasures


class Command(BaseCommand):
    help = "Erase again everybody on the list beside the backups (erasures.list) whom a restored backup brought back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", metavar="USERNAME", help="in whose name, for who has no account in this database")
        parser.add_argument("--write-list", action="store_true", help="erase nobody, only bring the list up to date")

    def handle(self, *args: Any, by: str | None, write_list: bool, **options: Any) -> None:
        try:
            if write_list:
                count = erasure_list.keep()
                self.stdout.write(_("%(path)s has %(count)s lines.") % {"path": erasure_list.path(), "count": count})
                return
            if not erasure_list.path().exists():
                raise CommandError(
                    _("There is no %(path)s: put the list that lay beside the backups there.")
                    % {"path": erasure_list.path()}
                )
            done = repeat_erasures(by=_account(by) if by else None, now=clock.now())
            erasure_list.keep()
        except (ListUnreadable, OSError) as error:
            raise CommandError(str(error)) from error
        self._say(done)

    def _say(self, done: RepeatResult) -> None:
        for pseudonym in done.again:
            self.stdout.write(_("%(pseudonym)s is erased again.") % {"pseudonym": pseudonym})
        known = len(done.before)
        self.stdout.write(
            ngettext("%(count)s was erased in it already.", "%(count)s were erased in it already.", known)
            % {"count": known}
        )
        if done.unknown:
            unknown = ", ".join(done.unknown)
            self.stdout.write(_("Not in this database, for they came after it: %(unknown)s.") % {"unknown": unknown})
        if done.refused:
            reasons = " ".join(f"{pseudonym}: {reason}" for pseudonym, reason in done.refused.items())
            raise CommandError(_("Not erased, do so by hand. %(reasons)s") % {"reasons": reasons})


def _account(username: str) -> User:
    user = User.objects.filter(username=username, is_active=True, is_superuser=True).first()
    if user is None:
        raise CommandError(_("There is no superuser %(username)s.") % {"username": username})
    return user
