"""The row lock on a connection. Taken alone, never together with the locks of bookings."""

from __future__ import annotations

from integrations.models import GoogleConnection


def connection(pk: int) -> GoogleConnection | None:
    """The row, locked, or None when it is gone."""
    return GoogleConnection.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
