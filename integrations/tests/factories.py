"""Messages for tests, written by the product's own service."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.models import OutgoingMessage
from integrations.outbox import services

_numbers = count(1)


def make_message(
    *,
    now: datetime | None = None,
    stream: str | None = None,
    action: str = "SIGNUP_WELCOME",
    expires_in: timedelta | None = None,
    data: dict[str, Any] | None = None,
) -> OutgoingMessage:
    number, moment = next(_numbers), now or timezone.now()
    draft = services.Draft(
        action=action,
        data=data or {"to": {"email": "pat@example.org", "name": "Pat"}},
        dedupe_key=f"test:{number}",
        stream=stream or f"stream:{number}",
        expires_at=moment + expires_in if expires_in else None,
    )
    with transaction.atomic():
        services.enqueue([draft], now=moment)
    return OutgoingMessage.objects.get(dedupe_key=draft.dedupe_key)
