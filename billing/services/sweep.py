"""What the job looks for: appointments whose end billing has not decided of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.db.models import F, QuerySet

from billing.rules import OCCASION_OF
from billing.services.visits import settle_visit
from bookings.models import Booking
from core.batches import process_each
from core.clock import start_of_day

BATCH = 500


def settle_visits(*, since: datetime | None, most: int, now: datetime) -> int:
    """Settle appointments that begin after `since`; None: however long ago. Says how many were settled.

    At most `most` of them, so that a hospital that begins to bill holds up none of the other jobs: the next run goes
    on. One that fails does not keep the others; it is tried again.
    """

    def settle(key: int) -> bool:
        return settle_visit(booking_id=key, now=now) is not None

    return process_each(islice(undecided(since), most), settle, what="The invoice of appointment")


def undecided(since: datetime | None) -> Iterator[int]:
    """The keys of appointments that ended, or came back from their end, without a decision of billing."""
    late = Booking.objects.filter(starts_at__gte=since) if since else Booking.objects.all()
    undone = late.filter(billing_decision__isnull=False).exclude(billing_decision__status=F("status"))
    yield from _keys(undone)
    if settings.BILLING_FROM is not None:
        billed = late.filter(starts_at__gte=start_of_day(settings.BILLING_FROM), status__in=list(OCCASION_OF))
        yield from _keys(billed.filter(billing_decision__isnull=True))


def _keys(rows: QuerySet[Booking]) -> Iterator[int]:
    last = 0
    while keys := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield from keys
        last = keys[-1]
