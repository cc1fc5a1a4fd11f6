"""What nobody needs any more goes every night: sessions that are over, cache rows, what old messages said, old records.

How long each is kept stands in `AGES`, and in the same words in docs/people.md. All may run twice at once, late or
never: the next night takes it up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings

from accounts.choices import Role
from accounts.selectors import SESSIONS_OF_NOBODY_LAST, sessions_last, sessions_over
from audit import services as audit
from audit.choices import Kind
from core import cache
from core.batches import in_batches, process_each
from core.crypto import seal
from core.db import short_transaction
from integrations.models import MessageQuerySet, OutgoingMessage
from privacy.retention import NOTHING_SAID

AT_ONCE, MOST = 500, 100_000  # rows a transaction, and a night


@dataclass(frozen=True, slots=True)
class Age:
    """How long something is kept: `of` after `since`, as docs/people.md says in `words`."""

    since: str
    words: str
    of: Callable[[], timedelta]


def _message_days() -> timedelta:
    return timedelta(days=settings.MESSAGE_RETENTION_DAYS)


AGES = {
    "sessions of staff": Age("signing in", "`SESSION_HOURS_STAFF` (12 hours)", partial(sessions_last, Role.STAFF)),
    "sessions of doctors": Age("signing in", "`SESSION_HOURS_DOCTOR` (12 hours)", partial(sessions_last, Role.DOCTOR)),
    "sessions of patients": Age(
        "signing in", "`SESSION_HOURS_PATIENT` (14 days)", partial(sessions_last, Role.PATIENT)
    ),
    "sessions nobody is signed in to": Age("the last change", "1 day", lambda: SESSIONS_OF_NOBODY_LAST),
    "cached counts and forms": Age("their own end", "not at all", timedelta),
    "what messages said and to whom": Age("sent or given up", "`MESSAGE_RETENTION_DAYS` (90 days)", _message_days),
}


@dataclass(frozen=True, slots=True)
class PurgeResult:
    sessions: int
    cached: int
    messages: int


def purge(*, now: datetime) -> PurgeResult:
    """What old messages said goes first: the cache, in one statement, is the likeliest to fail, and fails alone."""
    messages, sessions = _messages(now), _sessions(now)
    cached = process_each([cache.drop_expired], lambda drop: drop(), what="Purging the cache")
    return PurgeResult(sessions, cached, messages)


def _sessions(now: datetime) -> int:
    """With the address and the browser they were used from. Nobody can come back to one whose time is over."""
    over = sessions_over(now)

    def drop(keys: Sequence[str]) -> int:
        return over.filter(pk__in=keys).delete()[0]

    keys = over.order_by("expire_date").values_list("pk", flat=True)
    return in_batches(list(keys[:MOST]), drop, size=AT_ONCE, what="The expired session")


def _messages(now: datetime) -> int:
    """What settled messages said and to whom; that they were sent, and when, stays. The trail is told in sum."""
    before = now - _message_days()
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
