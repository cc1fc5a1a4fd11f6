"""Row locks of exports: taken alone, never with another lock (docs/locking.md)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from exports.choices import ExportStatus
from exports.models import Export, ExportQuerySet


def due(export_id: UUID, now: datetime) -> Export | None:
    """The export, locked, if it is still to be made; None while somebody else is looking at it."""
    rows = ExportQuerySet(Export).due(now).filter(pk=export_id)
    return rows.select_for_update(skip_locked=True, of=("self",), no_key=True).select_related(*_PEOPLE).first()


def held(export: Export) -> Export | None:
    """The export, locked, unless our lease ran out and somebody else took it over, or it was erased."""
    rows = ExportQuerySet(Export).filter(pk=export.pk, status=ExportStatus.RUNNING, lease=export.lease)
    return rows.select_for_update(of=("self",), no_key=True).select_related(*_PEOPLE).first()


_PEOPLE = ("owner", "subject__user", "subject__guardian")
