"""Reading connections."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q, QuerySet

from accounts.models import User
from integrations.choices import ConnectionStatus
from integrations.models import GoogleConnection, OutgoingMessage


def connections_visible_to(actor: User) -> QuerySet[GoogleConnection]:
    """One's own; nobody sees another's, staff neither."""
    return GoogleConnection.objects.filter(user=actor)


def own_connection(actor: User) -> GoogleConnection | None:
    """The connection as its owner sees it: one being disconnected is gone."""
    return connections_visible_to(actor).exclude(status=ConnectionStatus.LEAVING).first()


def busy_times_kept_until(user: User) -> datetime | None:
    """When the times their lost calendar had closed open (or opened); None while nothing is lost.

    No query for an account that was read together with its connection.
    """
    connection: GoogleConnection | None = getattr(user, "google_connection", None)
    return connection.busy_times_kept_until if connection else None


def is_leaving(actor: User) -> bool:
    """Whether Google is still to be told that the person disconnected."""
    return OutgoingMessage.objects.open().filter(stream=leaving_stream(actor.pk)).exists()


def connection_of(user_id: int) -> GoogleConnection | None:
    return GoogleConnection.objects.filter(user_id=user_id).first()


def connected_since(user_ids: Iterable[int]) -> dict[int, datetime]:
    """Which of these accounts have a live connection, and since when. One query."""
    rows = GoogleConnection.objects.live().filter(user_id__in=set(user_ids))
    return dict(rows.values_list("user_id", "connected_at"))


def live_connection_of(user: User) -> GoogleConnection | None:
    """The connection read together with the account, while it is live; no query then."""
    connection: GoogleConnection | None = getattr(user, "google_connection", None)
    return connection if connection and connection.status == ConnectionStatus.CONNECTED else None


def sharing_calendar_with(connection: GoogleConnection) -> set[User]:
    """The accounts here that have connected the same calendar at Google, its own among them."""
    same = GoogleConnection.objects.live().filter(google_email=connection.google_email).exclude(google_email="")
    return {connection.user, *(row.user for row in same.select_related("user"))}


def events_on_their_way(user_id: int) -> set[str]:
    """The ids of events about which something still waits to be said to this calendar."""
    prefix = event_stream(user_id, "")
    waiting = OutgoingMessage.objects.open().filter(stream__startswith=prefix)
    return {stream.removeprefix(prefix) for stream in waiting.values_list("stream", flat=True)}


def connections_to_backfill(limit: int = 50) -> list[GoogleConnection]:
    """Connections whose owners' coming appointments are yet to be sent, the oldest first."""
    return list(GoogleConnection.objects.to_backfill().select_related("user").order_by("connected_at", "pk")[:limit])


def connections_with_busy_times(looked_before: datetime, limit: int = 500) -> list[GoogleConnection]:
    """Connections that close times and were last looked at before then or never, the longest unseen first."""
    rows = GoogleConnection.objects.live().filter(closes_busy_times=True).select_related("user")
    unseen = Q(busy_looked_at__isnull=True) | Q(busy_looked_at__lt=looked_before)
    return list(rows.filter(unseen).order_by(F("busy_looked_at").asc(nulls_first=True), "pk")[:limit])


def live_connections() -> QuerySet[GoogleConnection]:
    return GoogleConnection.objects.live().order_by("pk")


def event_stream(user_id: int, event_id: str) -> str:
    return f"google:{user_id}:{event_id}"


def leaving_stream(user_id: int) -> str:
    return f"google-leave:{user_id}"
