"""`manage.py load_demo`: the sample hospital (J5), in the demo only."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit import services as audit
from core import clock
from sample_data.load import load


class Command(BaseCommand):
    help = "Load the sample people, times and appointments, or top them up. Refused outside the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        if not getattr(settings, "DEMO", False):
            raise CommandError("Sample people are for the demo only: these settings do not say DEMO.")
        with audit.job("command load_demo"):  # `prepare`, which calls this, is no context of its own
            added = load(now=clock.now())
        if any(added):
            self.stdout.write(
                f"Sample hospital: {added.people} people, {added.times} free times and "
                f"{added.appointments} appointments added."
            )
