"""`manage.py createcachetable`, Django's, in a database session of its own (docs/outages.md)."""

from __future__ import annotations

from django.core.management.commands import createcachetable

from core.postgres.own_session import OwnSession


class Command(OwnSession, createcachetable.Command):
    pass
