"""The lock that lets one of several rivals go first."""

from __future__ import annotations

from bench.reference.models import PlainSlot


def slot(slot_id: int) -> PlainSlot:
    """Locked until the end of the transaction."""
    return PlainSlot.objects.select_for_update(of=("self",), no_key=True).get(pk=slot_id)
