"""`manage.py migrate`, Django's, in a database session of its own (docs/outages.md)."""

from __future__ import annotations

from django.core.management.commands import migrate

from core.postgres.own_session import OwnSession


class Command(OwnSession, migrate.Command):
    pass
