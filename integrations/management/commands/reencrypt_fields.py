"""`manage.py reencrypt_fields`: everything that is sealed, under the newest key. Then an old key can be dropped."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.postgres.own_session import OwnSession
from integrations.reencryption import reencrypt_all


class Command(OwnSession, BaseCommand):
    help = "Seal stored tokens and messages again with the first key of FIELD_ENCRYPTION_KEYS. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        done = reencrypt_all()
        self.stdout.write(f"{done.sealed} sealed with the newest key.")
        if done.unreadable:
            raise CommandError(f"{done.unreadable} could not be opened with any key and were left: keep the old keys.")
