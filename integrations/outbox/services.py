"""Writing to the outbox, and settling what became of a message."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from core.crypto import seal
from core.db import short_transaction
from core.errors import DomainError
from integrations.choices import Channel, MessageStatus
from integrations.models import OutgoingMessage
from integrations.outbox import locks, rules
from integrations.outbox.wake import wake_workers


class NotResendable(DomainError):
    message = "Only a message that failed can be sent again."


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message to be written. `dedupe_key` names the event it tells of; `stream` what it must stay in order with."""

    action: str
    data: dict[str, Any]
    dedupe_key: str
    stream: str
    channel: Channel = Channel.EMAIL
    expires_at: datetime | None = None


def enqueue(drafts: Iterable[Draft], *, now: datetime) -> None:
    """Write messages in the caller's transaction, in one statement. Each `dedupe_key` counts once, ever.

    Raises RuntimeError outside a transaction: such a message could tell of something that never came to be.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("outbox.enqueue must run inside the transaction of the change it tells of")
    rows = [
        OutgoingMessage(
            channel=draft.channel,
            action=draft.action,
            content=seal(draft.data),
            dedupe_key=draft.dedupe_key,
            stream=draft.stream,
            due_at=now,
            expires_at=draft.expires_at,
            created_at=now,
        )
        for draft in drafts
    ]
    OutgoingMessage.objects.bulk_create(rows, ignore_conflicts=True)
    transaction.on_commit(wake_workers)


def withdraw(*, stream: str, action: str, now: datetime) -> int:
    """Drop messages of a stream that wait and have been overtaken, such as the reminder of a cancelled appointment."""
    waiting = OutgoingMessage.objects.filter(stream=stream, action=action, status=MessageStatus.QUEUED)
    return waiting.update(status=MessageStatus.DROPPED, settled_at=now, last_error="overtaken by a later change")


def claim(*, now: datetime) -> OutgoingMessage | None:
    """Take the next due message under a lease, or None. An expired one is dropped, and the next one looked at."""
    with short_transaction():
        while (message := locks.next_due(now)) is not None:
            if not rules.has_expired(expires_at=message.expires_at, now=now):
                return _lease(message, now)
            _settle(message, MessageStatus.DROPPED, now, "too late to be of use")
    return None


def _lease(message: OutgoingMessage, now: datetime) -> OutgoingMessage:
    message.status = MessageStatus.SENDING
    message.lease_until = now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
    message.attempts += 1
    message.save(update_fields=["status", "lease_until", "attempts"])
    return message


def mark_sent(message: OutgoingMessage, *, now: datetime) -> None:
    with short_transaction():
        if fresh := _still_ours(message):
            _settle(fresh, MessageStatus.SENT, now, "")


def mark_dropped(message: OutgoingMessage, *, reason: str, now: datetime) -> None:
    with short_transaction():
        if fresh := _still_ours(message):
            _settle(fresh, MessageStatus.DROPPED, now, reason)


def mark_failed(message: OutgoingMessage, *, reason: str, now: datetime) -> None:
    with short_transaction():
        if fresh := _still_ours(message):
            _settle(fresh, MessageStatus.FAILED, now, reason)


def mark_for_retry(
    message: OutgoingMessage, *, reason: str, retry_after: timedelta | None = None, now: datetime
) -> None:
    """Wait and try again; after three days it counts as failed."""
    if rules.gives_up(created_at=message.created_at, now=now):
        mark_failed(message, reason=f"gave up: {reason}", now=now)
        return
    chance = random.random()  # noqa: S311  spreads retries, guards nothing
    with short_transaction():
        if fresh := _still_ours(message):
            fresh.status, fresh.lease_until, fresh.last_error = MessageStatus.QUEUED, None, reason[:300]
            fresh.due_at = now + rules.pause(attempts=fresh.attempts, chance=chance, retry_after=retry_after)
            fresh.save(update_fields=["status", "lease_until", "last_error", "due_at"])


def resend(*, message: OutgoingMessage, now: datetime) -> None:
    """Queue a failed message again, under the same id: should it have arrived after all, it is not sent twice.

    Raises NotResendable.
    """
    with short_transaction():
        fresh = locks.message(message.pk)
        if fresh.status != MessageStatus.FAILED:
            raise NotResendable
        fresh.status, fresh.settled_at, fresh.due_at, fresh.created_at = MessageStatus.QUEUED, None, now, now
        fresh.save(update_fields=["status", "settled_at", "due_at", "created_at"])
        transaction.on_commit(wake_workers)


def _still_ours(message: OutgoingMessage) -> OutgoingMessage | None:
    """The row, locked, unless our lease ran out and somebody else took the message over."""
    fresh = locks.message(message.pk)
    ours = fresh.status == MessageStatus.SENDING and fresh.attempts == message.attempts
    return fresh if ours else None


def _settle(message: OutgoingMessage, status: MessageStatus, now: datetime, reason: str) -> None:
    message.status, message.lease_until, message.settled_at = status, None, now
    message.last_error = reason[:300]
    message.save(update_fields=["status", "lease_until", "settled_at", "last_error"])
