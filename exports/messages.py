"""What the owner of an export is told. The mail leads to the page behind sign-in, never to the file."""

from __future__ import annotations

from django.conf import settings

from core.web.links import absolute_url
from exports.models import Export
from integrations import outbox


def ready(export: Export) -> outbox.Draft:
    """That it can be downloaded, and until when. Not what it is: mails lie open on tables."""
    assert export.expires_at is not None  # noqa: S101  for the type checker
    return outbox.email(
        to=export.owner,
        action="EXPORT_READY",
        data={
            "url": absolute_url("exports:export", export.pk),
            "expires_at": export.expires_at.isoformat(),
            "time_zone": settings.TIME_ZONE,
        },
        dedupe_key=f"export:{export.pk}",
        stream=f"exports:{export.owner_id}",
        expires_at=export.expires_at,
    )
