"""What the job looks for: appointments whose end billing has not decided of."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import F, QuerySet

from billing.rules import OCCASION_OF
from billing.services.visits import settle_visit
from bookings.models import Booking
from core.clock import start_of_day

logger = logging.getLogger(__name__)
BATCH = 500


def settle_visits(*, since: datetime | None, now: datetime) -> int:
    """Settle each appointment that begins after `since`; None: all. One that fails does not keep the others.

    How many were settled.
    """
    settled = 0
    for key in undecided(since):
        try:
            settled += settle_visit(booking_id=key, now=now) is not None
        except Exception:
            # Whatever is wrong with one, the next run tries it again, and the others have their turn now.
            logger.exception("Appointment %s could not be billed", key)
    return settled


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
