"""`manage.py protect_audit --role hms_app`: the application can add to the audit trail and never change it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import protection
from core.postgres.own_session import OwnSession


class Command(OwnSession, BaseCommand):
    help = (
        "Take from the database role of the application the right to change the audit trail, and to delete what is "
        "kept: people, appointments and their histories. Run it as the owner of the tables, after each migrate."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", required=True, help="the role as which web server and worker sign in")
        parser.add_argument("--check", action="store_true", help="change nothing, only say what the role could do")

    def handle(self, *args: Any, role: str, check: bool, **options: Any) -> None:
        # A role that is the owner would lose nothing that it couldn't give itself back: said first.
        if not check and not any("owns" in hole or "no role" in hole for hole in protection.loopholes(role)):
            protection.forbid(role)
        holes = list(protection.loopholes(role))
        if holes:
            raise CommandError(" ".join(holes))
        for table, rights in protection.forbidden().items():
            self.stdout.write(f"{role} can't {', '.join(rights)} {table}.")
