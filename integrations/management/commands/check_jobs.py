"""`manage.py check_jobs`: are the background jobs at work? For a probe or a cron line beside the workers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock
from integrations.jobs.alarm import log_what_is_behind


class Command(BaseCommand):
    help = "Exit with 1 when a periodic job is overdue or messages of a channel are stuck, and say which."

    def handle(self, *args: Any, **options: Any) -> None:
        found = log_what_is_behind(now=clock.now())
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write("All jobs are on time.")
