"""The private address at which any calendar finds a person's appointments (E4): who reads it needs nothing else."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import Access, AccessKind
from accounts.models import User
from accounts.services import ERASED_ERRORS, lock_as_seen
from bookings.choices import Status
from bookings.models import BookingQuerySet, CalendarFeed
from bookings.selectors import bookings_visible_to
from core.crypto import seal, unseal
from core.db import short_transaction
from core.errors import translated
from core.web.links import absolute_url
from integrations import outbox

LOOKS_BACK = timedelta(days=30)
TOKEN = "[A-Za-z0-9_-]{43}"  # noqa: S105  the shape of one: 256 bits


def make_feed(*, user: User, now: datetime) -> None:
    """Give a person a new address, and tell them by mail; the one before, if any, is dead at once.

    Raises AccountChanged, Busy.
    """
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed(
        user=user, digest=_digest(token), sealed_token=seal({"user": user.pk, "token": token}), created_at=now
    )
    with translated(ERASED_ERRORS), short_transaction():
        CalendarFeed.objects.bulk_create(
            [feed],
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=["digest", "sealed_token", "created_at"],
        )
        outbox.enqueue([_notice(user, now)], now=now)
        lock_as_seen(user)


def _notice(user: User, now: datetime) -> outbox.Draft:
    return outbox.email(
        to=user,
        action="ACCOUNT_NOTICE",
        data={"notice": "CALENDAR_ADDRESS_MADE", "url": absolute_url("accounts:security")},
        dedupe_key=f"feed-made:{user.pk}:{now.isoformat()}",
        stream=f"account-mail:{user.pk}",
    )


def revoke_feed(*, user: User) -> None:
    """From now on there is nothing at the address. Raises Busy."""
    with translated({}), short_transaction():
        CalendarFeed.objects.filter(user=user).delete()


def _held_by(user: User) -> list[Access]:
    feed, where = feed_of(user), reverse("bookings:feeds")
    return [Access(title=_("Calendar address"), since=feed.created_at, end_url=where)] if feed else []


def _end(*, user: User, now: datetime, besides: str | None) -> None:
    CalendarFeed.objects.filter(user=user).delete()


ACCESS = AccessKind(name="calendar address", held_by=_held_by, end=_end)


def feed_of(actor: User) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(user=actor).first()


def token_of(feed: CalendarFeed) -> str:
    """The token in clear, for its owner; "" when the row was given to somebody else. Raises core.crypto.Unreadable."""
    kept = unseal(feed.sealed_token)
    return str(kept["token"]) if kept["user"] == feed.user_id else ""


def owner_of(token: str) -> User | None:
    """Whose address it is, while they have an account. One query."""
    feed = CalendarFeed.objects.select_related("user").filter(digest=_digest(token), user__is_active=True).first()
    return feed.user if feed else None


def feed_bookings(owner: User, now: datetime) -> BookingQuerySet:
    """Their appointments from a month ago on, read with their last change. One query.

    Not those that were cancelled or moved away: what a subscribed calendar does not find it takes out, while most
    show an event that is marked as cancelled like any other.
    """
    bookings = bookings_visible_to(owner).filter(ends_at__gt=now - LOOKS_BACK).exclude(status=Status.CANCELLED)
    return bookings.with_last_change().order_by("starts_at", "pk")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
