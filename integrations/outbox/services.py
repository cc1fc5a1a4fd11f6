"""Writing to the outbox, and settling what became of a message."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from core.crypto import seal
from core.db import short_transaction
from core.errors import DomainError
from core.postgres.prepared import Insert, SqlCall, run
from integrations.choices import Channel, MessageStatus
from integrations.models import OutgoingMessage
from integrations.outbox import locks, rules
from integrations.outbox.wake import DELIVER, wake_workers

OVERTAKEN = "overtaken by a later change"
TOO_LATE = "too late to be of use"


class NotResendable(DomainError):
    message = _("Only a message that failed can be sent again.")


class Overtaken(NotResendable):
    """Dropped instead of sent again."""

    message = _("A later message has replaced this one, so it wasn’t sent.")
    staff_reason = OVERTAKEN


class TooLate(NotResendable):
    """Dropped instead of sent again."""

    message = _("It’s too late for this message, so it wasn’t sent.")
    staff_reason = TOO_LATE


class Unwritable(Exception):
    """The database refuses to change this message."""

    def __init__(self, pk: int) -> None:
        super().__init__(f"message {pk}")
        self.pk = pk


_MESSAGES = Insert(OutgoingMessage, on_conflict="DO NOTHING")


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
    if writing_them := writing(drafts, now=now):
        run(*writing_them)


def writing(drafts: Iterable[Draft], *, now: datetime) -> list[SqlCall]:
    """The statement that writes messages, for whoever sends it along with others of their own; none for no drafts.

    Raises RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("messages are written inside the transaction of the change they tell of")
    rows = [
        OutgoingMessage(
            channel=draft.channel,
            action=draft.action,
            content=seal(draft.data),
            dedupe_key=draft.dedupe_key,
            stream=draft.stream,
            mailbox=mailbox_of(draft.channel, draft.data),
            due_at=now,
            expires_at=draft.expires_at,
            created_at=now,
        )
        for draft in drafts
    ]
    _wake_for({row.channel for row in rows})
    return [_MESSAGES.call(rows)] if rows else []


def withdraw(*, stream: str, action: str, now: datetime) -> int:
    """Drop messages of a stream that have been overtaken, such as the reminder of a cancelled appointment.

    Those that failed as well: nobody is to send them again. One that is on its way just now is not tried again.
    """
    undecided = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.FAILED)
    is_on_its_way = Q(status=MessageStatus.SENDING)
    return OutgoingMessage.objects.filter(stream=stream, action=action, status__in=undecided).update(
        expires_at=Case(When(is_on_its_way, then=now), default=F("expires_at")),
        status=Case(When(is_on_its_way, then=F("status")), default=Value(MessageStatus.DROPPED)),
        settled_at=Case(When(is_on_its_way, then=F("settled_at")), default=now),
        last_error=Case(When(is_on_its_way, then=F("last_error")), default=Value(OVERTAKEN)),
    )


def due_now(channel: Channel, *, now: datetime, most: int) -> int:
    """How many messages of the channel may leave now; counted up to `most`. Takes no lock."""
    rows = OutgoingMessage.objects.due(now).filter(channel=channel).first_of_stream()
    return len(rows.order_by("due_at", "pk").values_list("pk", flat=True)[:most])


def claim(
    *, now: datetime, channels: Collection[str] = tuple(Channel), but_not: Collection[int] = ()
) -> OutgoingMessage | None:
    """Take the next due message under a lease, or None. One expired or overtaken is dropped, the next one looked at.

    Raises Unwritable for one whose row can't be written: to be left out (`but_not`), for others wait behind it.
    """
    message = None
    try:
        with short_transaction():
            while (message := locks.next_due(now, channels, but_not)) is not None:
                reason = _why_not(message, now)
                if not reason:
                    return _lease(message, now)
                _settle(message, MessageStatus.DROPPED, now, reason)
    except DatabaseError as error:
        if message is None:
            raise
        raise Unwritable(message.pk) from error
    return None


def _why_not(message: OutgoingMessage, now: datetime) -> str:
    """Why a message is not to leave any more. A later one can have left before it, to another mailbox."""
    if rules.has_expired(expires_at=message.expires_at, now=now):
        return TOO_LATE
    return OVERTAKEN if _is_overtaken(message, by_sent_only=True) else ""


@contextmanager
def _written(message: OutgoingMessage) -> Iterator[OutgoingMessage | None]:
    """In a transaction of its own: the row, locked, unless it is not ours any more. Raises Unwritable."""
    try:
        with short_transaction():
            yield _still_ours(message)
    except DatabaseError as error:
        raise Unwritable(message.pk) from error


def _lease(message: OutgoingMessage, now: datetime) -> OutgoingMessage:
    message.status = MessageStatus.SENDING
    message.lease_until = now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
    message.attempts += 1
    message.save(update_fields=["status", "lease_until", "attempts"])
    return message


def mark_sent(message: OutgoingMessage, *, now: datetime) -> None:
    with _written(message) as fresh:
        if fresh:
            _settle(fresh, MessageStatus.SENT, now, "")


def mark_dropped(message: OutgoingMessage, *, reason: str, now: datetime) -> None:
    with _written(message) as fresh:
        if fresh:
            _settle(fresh, MessageStatus.DROPPED, now, reason)


def mark_failed(message: OutgoingMessage, *, reason: str, now: datetime) -> None:
    with _written(message) as fresh:
        if fresh:
            _settle(fresh, MessageStatus.FAILED, now, reason)


def mark_for_retry(
    message: OutgoingMessage, *, reason: str, retry_after: timedelta | None = None, now: datetime
) -> None:
    """Wait and try again; after three days it counts as failed."""
    if rules.gives_up(created_at=message.created_at, now=now):
        mark_failed(message, reason=f"gave up: {reason}", now=now)
        return
    chance = random.random()  # noqa: S311  spreads retries, guards nothing
    with _written(message) as fresh:
        if fresh:
            fresh.status, fresh.lease_until, fresh.last_error = MessageStatus.QUEUED, None, reason[:300]
            fresh.due_at = now + rules.pause(attempts=fresh.attempts, chance=chance, retry_after=retry_after)
            fresh.save(update_fields=["status", "lease_until", "last_error", "due_at"])


def resend(*, message: OutgoingMessage, now: datetime) -> None:
    """Queue a failed message again, under the same id: should it have arrived after all, it is not sent twice.

    One that would contradict what was written after it, or comes too late, is dropped instead.
    Raises NotResendable, Overtaken, TooLate.
    """
    with short_transaction():
        fresh = locks.message(message.pk)
        if fresh.status != MessageStatus.FAILED:
            raise NotResendable
        refusal = _refusal(fresh, now)
        if refusal is None:
            fresh.status, fresh.settled_at, fresh.due_at, fresh.created_at = MessageStatus.QUEUED, None, now, now
            fresh.save(update_fields=["status", "settled_at", "due_at", "created_at"])
            _wake_for({fresh.channel})
        else:
            _settle(fresh, MessageStatus.DROPPED, now, refusal.staff_reason)
    if refusal is not None:
        raise refusal


def _refusal(message: OutgoingMessage, now: datetime) -> Overtaken | TooLate | None:
    if _is_overtaken(message):
        return Overtaken()
    if message.content_erased_at:  # nobody knows any more what it said
        return TooLate()
    return TooLate() if rules.has_expired(expires_at=message.expires_at, now=now) else None


def _is_overtaken(message: OutgoingMessage, *, by_sent_only: bool = False) -> bool:
    """Whether a later message of its stream says something else by now, or is about to; with `by_sent_only`, one
    that has left. What was dropped is never said.
    """
    later = OutgoingMessage.objects.later_in_stream(message).exclude(status=MessageStatus.DROPPED)
    if by_sent_only:
        later = later.filter(status=MessageStatus.SENT)
    actions = later.order_by().values_list("action", flat=True).distinct()
    return any(rules.overtakes(action, message.action) for action in actions)


def mailbox_of(channel: str, data: Mapping[str, Any]) -> str:
    """Tells mailboxes apart; empty where the stream alone says who reads it."""
    address = str(data.get("to", {}).get("email", "")) if channel == Channel.EMAIL else ""
    return salted_hmac("mailbox", address.lower()).hexdigest()[:32] if address else ""


def _wake_for(channels: Iterable[str]) -> None:
    for channel in sorted(channels):
        transaction.on_commit(partial(wake_workers, DELIVER[channel]))


def _still_ours(message: OutgoingMessage) -> OutgoingMessage | None:
    """The row, locked, unless our lease ran out and somebody else took the message over."""
    fresh = locks.message(message.pk)
    ours = fresh.status == MessageStatus.SENDING and fresh.attempts == message.attempts
    return fresh if ours else None


def _settle(message: OutgoingMessage, status: MessageStatus, now: datetime, reason: str) -> None:
    message.status, message.lease_until, message.settled_at = status, None, now
    message.last_error = reason[:300]
    message.save(update_fields=["status", "lease_until", "settled_at", "last_error"])
