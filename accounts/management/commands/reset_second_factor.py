"""`manage.py reset_second_factor ada`: for the superuser who has lost theirs, where no other superuser can help."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from accounts.selectors import account_named
from accounts.services import reset_second_factor
from audit import services as audit


class Command(BaseCommand):
    help = "Take the second step off an account, sign it out everywhere, and tell its owner by mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login", help="the username or e-mail address")

    def handle(self, *, login: str, **_: Any) -> None:
        user = account_named(login)
        if user is None:
            raise CommandError(f"There is no account {login}.")
        with audit.job("reset_second_factor"):
            done = reset_second_factor(user=user)
        self.stdout.write(
            f"{user} can now sign in with just their password." if done else f"{user} has no second step."
        )
