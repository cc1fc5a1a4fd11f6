"""What is to be told to the outside world, written in the transaction of the change it tells of; and who may be."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from audit.models import tracked
from core.crypto import seal, unseal
from integrations.choices import OPEN, Channel, ConnectionStatus, MessageStatus


class MessageQuerySet(models.QuerySet["OutgoingMessage"]):
    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def due(self, now: datetime) -> Self:
        """Waiting and due, or being sent by somebody whose lease has run out."""
        waiting = Q(status=MessageStatus.QUEUED, due_at__lte=now)
        abandoned = Q(status=MessageStatus.SENDING, lease_until__lte=now)
        return self.filter(waiting | abandoned)

    def first_of_stream(self) -> Self:
        """Messages of one stream leave in the order they were written: only the oldest open one may go."""
        older = OutgoingMessage.objects.open().filter(stream=OuterRef("stream"), pk__lt=OuterRef("pk"))
        return self.filter(~Exists(older))


# Written by what it tells of, which is tracked; how its delivery goes, the row itself says. What remains to be told
# is that it was given up, sent again, or that what it says was replaced.
_GIVEN_UP_OR_AGAIN = pgtrigger.Q(old__status__df=pgtrigger.F("new__status")) & (
    ~pgtrigger.Q(old__status__in=OPEN) | pgtrigger.Q(new__status=MessageStatus.FAILED)
)
_REPLACED = pgtrigger.Q(old__content__df=pgtrigger.F("new__content")) | pgtrigger.Q(
    old__action__df=pgtrigger.F("new__action")
)


@tracked(
    shown=["action"],
    ignored=["attempts", "due_at", "lease_until", "last_error", "settled_at"],
    inserts=False,
    updates=_GIVEN_UP_OR_AGAIN | _REPLACED,
)
class OutgoingMessage(models.Model):
    """queued → sending (under a lease) → sent, or queued again for later, or failed, or dropped.

    `content` is encrypted: it may hold names, addresses and one-time links.
    """

    message_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(max_length=10, choices=Channel)
    action = models.CharField(max_length=40)
    content = models.TextField()
    dedupe_key = models.CharField(max_length=120, unique=True)
    stream = models.CharField(max_length=80)

    status = models.CharField(max_length=8, choices=MessageStatus, default=MessageStatus.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Not worth sending after this.")
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[OutgoingMessage]] = MessageQuerySet.as_manager()
    SEALED = ("content",)

    class Meta:
        ordering = ["-pk"]
        permissions = [("view_message_content", "Can read what a message says and to whom")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=MessageStatus.values), name="message_status_known"),
            models.CheckConstraint(
                condition=Q(status=MessageStatus.SENDING, lease_until__isnull=False)
                | (~Q(status=MessageStatus.SENDING) & Q(lease_until__isnull=True)),
                name="message_lease_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, settled_at__isnull=True)
                | (~Q(status__in=OPEN) & Q(settled_at__isnull=False)),
                name="message_settled_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(status__in=OPEN), name="message_due"),
            models.Index(fields=["stream", "id"], condition=Q(status__in=OPEN), name="message_stream"),
            models.Index(fields=["status", "created_at"], name="message_status"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.message_id}"

    @property
    def data(self) -> dict[str, Any]:
        """The content in clear. Raises core.crypto.Unreadable."""
        return dict(unseal(self.content))


class TokenOfSomebodyElse(Exception):
    """The row was given to another person than the one whose token it keeps."""


class ConnectionQuerySet(models.QuerySet["GoogleConnection"]):
    def live(self) -> Self:
        return self.filter(status=ConnectionStatus.CONNECTED)

    def to_backfill(self) -> Self:
        """Connected, and their coming appointments not yet sent."""
        return self.live().filter(backfilled_at__isnull=True)


@tracked(ignored=["busy_looked_at", "backfilled_at"])
class GoogleConnection(models.Model):
    """A person's consent at Google (E1). CONNECTED → BROKEN (Google refuses), or LEAVING until Google has been told.

    Only the refresh token is kept, sealed together with its owner: moved to another person's row it can't be read.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="google_connection")
    sealed_token = models.TextField()
    scopes = models.TextField(help_text="What Google was asked for and granted, separated by spaces.")
    google_email = models.EmailField(max_length=254, blank=True, help_text="Known once an event has been written.")
    status = models.CharField(max_length=9, choices=ConnectionStatus, default=ConnectionStatus.CONNECTED)
    connected_at = models.DateTimeField()
    broken_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text="When its owner was told that it is broken.")
    backfilled_at = models.DateTimeField(null=True, blank=True, help_text="When coming appointments were sent.")
    closes_busy_times = models.BooleanField(default=False, help_text="Busy times at Google close free ones here.")
    busy_looked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[GoogleConnection]] = ConnectionQuerySet.as_manager()
    SEALED = ("sealed_token",)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ConnectionStatus.values), name="connection_status_known"),
            models.CheckConstraint(
                condition=(Q(status=ConnectionStatus.CONNECTED) & Q(broken_at__isnull=True))
                | (Q(status=ConnectionStatus.BROKEN) & Q(broken_at__isnull=False))
                | Q(status=ConnectionStatus.LEAVING),
                name="connection_broken_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Google Calendar of account {self.user_id}"

    @staticmethod
    def seal_token(user_id: int, token: str) -> str:
        return seal({"user": user_id, "token": token})

    @property
    def refresh_token(self) -> str:
        """The token in clear. Raises core.crypto.Unreadable, TokenOfSomebodyElse."""
        kept = unseal(self.sealed_token)
        if kept["user"] != self.user_id:
            raise TokenOfSomebodyElse
        return str(kept["token"])
