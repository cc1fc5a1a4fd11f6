"""What nobody needs any more goes every night: sessions that are over, cache rows, and what old messages said.

How long each is kept is stated in docs/people.md. All may run twice at once, late or never: the next night takes it up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Session
from audit import services as audit
from audit.choices import Kind
from core import cache
from core.crypto import seal
from core.db import short_transaction
from integrations.models import MessageQuerySet, OutgoingMessage
from privacy.record import NOTHING_SAID

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Purged:
    sessions: int
    cached: int
    messages: int


def purge(*, now: datetime) -> Purged:
    return Purged(_sessions(now), cache.drop_expired(), _messages(now))


def _sessions(now: datetime) -> int:
    """With the address and the browser they were used from. Nobody can come back to one whose time is over."""
    gone = 0
    while True:
        keys = list(Session.objects.filter(expire_date__lt=now).values_list("pk", flat=True)[:AT_ONCE])
        gone += Session.objects.filter(pk__in=keys, expire_date__lt=now).delete()[0]
        if len(keys) < AT_ONCE:
            return gone


def _messages(now: datetime) -> int:
    """What settled messages said and to whom; that they were sent, and when, stays. The trail is told in sum."""
    before = now - timedelta(days=settings.MESSAGE_RETENTION_DAYS)
    gone = 0
    while True:
        with short_transaction():
            old = MessageQuerySet(OutgoingMessage).filter(settled_at__lt=before, content_erased_at__isnull=True)
            keys = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
            rows = old.filter(pk__in=keys)
            count = rows.update(content=seal(NOTHING_SAID), mailbox="", last_error="", content_erased_at=now)
            if count:
                audit.record(Kind.PERSONAL_DATA_ERASED, details={"part": "what old messages said", "rows": count})
        gone += count
        if len(keys) < AT_ONCE:
            return gone
