"""Reading exports: everyone sees their own, nobody else's (A7)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import User
from exports.models import Export, ExportFile, ExportQuerySet

MOST_LISTED = 50


def exports_of(owner: User) -> ExportQuerySet:
    """With whom each is about."""
    return ExportQuerySet(Export).of(owner).select_related("owner", "subject__user")


def latest_exports(owner: User) -> list[Export]:
    """The last ones asked for, newest first. One query, and no file in it."""
    return list(exports_of(owner).order_by("-requested_at", "-pk")[:MOST_LISTED])


def export_of(owner: User, export_id: UUID) -> Export | None:
    """One of their own."""
    return exports_of(owner).filter(pk=export_id).first()


def file_of(export: Export) -> ExportFile | None:
    """Its sealed file; None once that is deleted."""
    return ExportFile.objects.filter(export=export).first()


def due_exports(now: datetime) -> list[UUID]:
    """What is to be made now, the longest waiting first."""
    return list(ExportQuerySet(Export).due(now).order_by("due_at", "pk").values_list("pk", flat=True)[:1000])
