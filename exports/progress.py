"""How far a file has got: told as often as its maker likes, written at most once a second, the lease along with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from core import clock
from exports import rules
from exports.choices import ExportStatus
from exports.models import Export, ExportQuerySet


class LeaseLost(Exception):
    """Another worker has taken the export over, or it is gone: whoever made it stops, and writes nothing."""


def lease_length() -> timedelta:
    return timedelta(seconds=settings.EXPORT_LEASE_SECONDS)


class LeaseProgress:
    """The `Progress` of one worker's try. No transaction and no lock: one conditional UPDATE each time."""

    def __init__(self, export: Export, *, now: Callable[[], datetime] = clock.now) -> None:
        self._export, self._now = export, now
        self._written_at: datetime | None = None

    def __call__(self, done: int, total: int) -> None:
        """Raises LeaseLost. The last of all is written whenever it is told of by finishing, not by this."""
        now = self._now()
        if not rules.is_news(written_at=self._written_at, now=now):
            return
        total = max(total, 0)
        ours = ExportQuerySet(Export).filter(pk=self._export.pk, status=ExportStatus.RUNNING, lease=self._export.lease)
        if not ours.update(done=min(max(done, 0), total), total=total, leased_until=now + lease_length()):
            raise LeaseLost
        self._written_at = now
