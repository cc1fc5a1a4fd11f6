"""Claiming messages: the only row locks of the outbox, never waited for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from integrations.models import OutgoingMessage


def next_due(now: datetime, channels: Collection[str], but_not: Collection[int] = ()) -> OutgoingMessage | None:
    """Lock the next message of these channels that may leave, passing over those somebody else is looking at."""
    return (
        OutgoingMessage.objects.due(now)
        .filter(channel__in=list(channels))
        .exclude(pk__in=list(but_not))
        .first_of_stream()
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .order_by("due_at", "pk")
        .first()
    )


def message(pk: int) -> OutgoingMessage:
    return OutgoingMessage.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
