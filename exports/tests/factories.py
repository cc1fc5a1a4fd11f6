from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from exports import services
from exports.models import Export


def make_export(owner: User, *, kind: str = "quick", now: datetime | None = None, **asked: Any) -> Export:
    """One that was asked for."""
    return services.request_export(owner=owner, kind=kind, now=now or timezone.now(), **asked)


def make_ready(owner: User, *, now: datetime | None = None, **asked: Any) -> Export:
    """One whose file is there."""
    moment = now or timezone.now()
    export = services.claim(make_export(owner, now=moment, **asked).pk, now=moment)
    assert export is not None
    assert services.run(export, now=lambda: moment)
    return Export.objects.get(pk=export.pk)
