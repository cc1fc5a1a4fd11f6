"""One drain at a time for each channel, and the pause of a channel whose vendor does not answer (docs/adr/0016)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Coalesce

from core.db import short_transaction
from integrations.choices import Channel
from integrations.models import ChannelState

# Long enough to spare a vendor that hangs, short enough that its return is noticed at once.
PAUSE = timedelta(seconds=20)


def take(channel: Channel, *, now: datetime) -> uuid.UUID | None:
    """Become the one who hands over this channel's messages; None while somebody else is, or the channel pauses."""
    holder = uuid.uuid4()
    if _take(channel, holder, now):
        return holder
    with short_transaction():
        made = ChannelState.objects.bulk_create([ChannelState(channel=channel)], ignore_conflicts=True)
    return holder if made and _take(channel, holder, now) else None


def _take(channel: Channel, holder: uuid.UUID, now: datetime) -> bool:
    """A conditional UPDATE: whoever comes second waits for the first to commit, looks again, and finds it taken."""
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    is_awake = Q(paused_until__isnull=True) | Q(paused_until__lte=now)
    with short_transaction():
        rows = ChannelState.objects.filter(is_free, is_awake, channel=channel)
        return bool(rows.update(holder=holder, lease_until=now + _length()))


def keep(channel: Channel, holder: uuid.UUID, *, now: datetime) -> bool:
    """Go on for another while; False when somebody else has taken over."""
    with short_transaction():
        return bool(_of(channel, holder).update(lease_until=now + _length()))


def give_back(channel: Channel, holder: uuid.UUID, *, answered: bool | None, pause: bool, now: datetime) -> None:
    """Stop. `answered`: whether the vendor did, None when it was not asked; `pause`: leave it in peace for a while."""
    changes: dict[str, object] = {"holder": None, "lease_until": None}
    if answered is not None:
        changes["failing_since"] = None if answered else Coalesce("failing_since", now)
        changes["paused_until"] = now + PAUSE if pause else None
    with short_transaction():
        _of(channel, holder).update(**changes)


def _of(channel: Channel, holder: uuid.UUID):  # type: ignore[no-untyped-def]
    return ChannelState.objects.filter(channel=channel, holder=holder)


def _length() -> timedelta:
    return timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
