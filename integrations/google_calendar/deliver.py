"""What the outbox calls to hand a message to Google."""

from __future__ import annotations

from core import clock
from integrations.choices import ConnectionStatus
from integrations.errors import NoLongerNeeded
from integrations.google_calendar import client, config, oauth, selectors, services
from integrations.google_calendar.errors import GrantRevoked
from integrations.google_calendar.events import EventFacts
from integrations.models import GoogleConnection, OutgoingMessage, TokenOfSomebodyElse


def deliver_google(message: OutgoingMessage) -> None:
    """Write or delete one event, or leave a calendar for good. Safe to repeat.

    Raises TemporaryFailure, PermanentFailure, NoLongerNeeded (not connected any more, or Google refuses us).
    """
    data = message.data
    connection = selectors.connection_of(data["user_id"])
    if data["operation"] == "leave":
        if connection is None or connection.status != ConnectionStatus.LEAVING:
            raise NoLongerNeeded("nothing is left to disconnect")
        _leave(connection, keep_events=data["keep_events"])
        return
    if connection is None or connection.status != ConnectionStatus.CONNECTED:
        raise NoLongerNeeded("the calendar isn’t connected")
    try:
        _push(connection, data["operation"], EventFacts.from_data(data["event"]))
    except GrantRevoked as refusal:
        services.mark_broken(connection, now=clock.now())
        raise NoLongerNeeded(f"{refusal.reason}: the connection is marked as broken") from None


def _push(connection: GoogleConnection, operation: str, facts: EventFacts) -> None:
    if operation == "delete":
        client.delete_event(connection, facts.event_id)
    else:
        services.note_address(connection, client.upsert_event(connection, facts))


def _leave(connection: GoogleConnection, *, keep_events: bool) -> None:
    try:
        if not keep_events and config.is_on():
            client.delete_our_events(connection)
        oauth.revoke(connection.refresh_token)
    except (GrantRevoked, TokenOfSomebodyElse):
        pass  # nothing to take back: what is kept here goes all the same
    services.forget(connection)
