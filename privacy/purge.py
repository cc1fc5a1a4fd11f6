"""What nobody needs any more goes every night: sessions that are over, cache rows, and what old messages said.

How long each is kept is stated in docs/people.md. All may run twice at once, late or never: the next night takes it up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Session
from audit import services as audit
from audit.choices import Kind
from core import cache
from core.batches import each_alone, in_batches
from core.crypto import seal
from core.db import short_transaction
from integrations.models import MessageQuerySet, OutgoingMessage
from privacy.record import NOTHING_SAID

AT_ONCE, MOST = 500, 100_000  # rows a transaction, and a night


@dataclass(frozen=True, slots=True)
class Purged:
    sessions: int
    cached: int
    messages: int


def purge(*, now: datetime) -> Purged:
    """What old messages said goes first: the cache, in one statement, is the likeliest to fail, and fails alone."""
    messages, sessions = _messages(now), _sessions(now)
    cached = each_alone([cache.drop_expired], lambda drop: drop(), what="Purging the cache")
    return Purged(sessions, cached, messages)


def _sessions(now: datetime) -> int:
    """With the address and the browser they were used from. Nobody can come back to one whose time is over."""

    def drop(keys: Sequence[str]) -> int:
        return Session.objects.filter(pk__in=keys, expire_date__lt=now).delete()[0]

    keys = Session.objects.filter(expire_date__lt=now).order_by("expire_date").values_list("pk", flat=True)
    return in_batches(list(keys[:MOST]), drop, size=AT_ONCE, what="The expired session")


def _messages(now: datetime) -> int:
    """What settled messages said and to whom; that they were sent, and when, stays. The trail is told in sum."""
    before = now - timedelta(days=settings.MESSAGE_RETENTION_DAYS)
    old = MessageQuerySet(OutgoingMessage).filter(settled_at__lt=before, content_erased_at__isnull=True)

    def empty(keys: Sequence[int]) -> int:
        with short_transaction():
            rows = old.filter(pk__in=keys)
            count = rows.update(content=seal(NOTHING_SAID), mailbox="", last_error="", content_erased_at=now)
            if count:
                audit.record(Kind.PERSONAL_DATA_ERASED, details={"part": "what old messages said", "rows": count})
        return count

    keys = list(old.order_by("pk").values_list("pk", flat=True)[:MOST])
    return in_batches(keys, empty, size=AT_ONCE, what="The old message")
