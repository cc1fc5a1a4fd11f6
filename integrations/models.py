"""What is to be told to the outside world, written in the transaction of the change it tells of; and who may be."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.erasure_triggers import nothing_for_the_erased
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
        """Messages of one stream to one mailbox leave in the order they were written: only the oldest open one may go.

        A stream is what a message is about and who reads it. A mailbox that takes nothing holds up no other: not that
        of another reader, and not the right one of a reader whose address was wrong.
        """
        older = OutgoingMessage.objects.open().filter(
            stream=OuterRef("stream"), mailbox=OuterRef("mailbox"), pk__lt=OuterRef("pk")
        )
        return self.filter(~Exists(older))

    def later_in_stream(self, message: OutgoingMessage) -> Self:
        """What was written after it about the same thing for the same reader, to whichever mailbox."""
        return self.filter(stream=message.stream, pk__gt=message.pk)


# Written by what it tells of, which is tracked; how its delivery goes, the row itself says. What remains to be told
# is that it was given up, sent again, or that what it says was replaced;
# What was too old to be kept, the night tells in sum.
_GIVEN_UP_OR_AGAIN = pgtrigger.Q(old__status__df=pgtrigger.F("new__status")) & (
    ~pgtrigger.Q(old__status__in=OPEN) | pgtrigger.Q(new__status=MessageStatus.FAILED)
)
_REPLACED = pgtrigger.Q(
    old__content__df=pgtrigger.F("new__content"), new__content_erased_at__isnull=True
) | pgtrigger.Q(old__action__df=pgtrigger.F("new__action"))


@tracked(
    called=_("outgoing message"),
    shown=["action"],
    ignored=["attempts", "mailbox", "due_at", "lease_until", "last_error", "settled_at", "content_erased_at"],
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
    # A keyed digest of the address: mailboxes are told apart without anybody's address standing in clear.
    mailbox = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)

    status = models.CharField(max_length=8, choices=MessageStatus, default=MessageStatus.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True, help_text=_("Not worth sending after this."))
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    content_erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("Since when nobody knows any more what it said.")
    )

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
            models.Index(fields=["stream", "mailbox", "id"], condition=Q(status__in=OPEN), name="message_order"),
            models.Index(fields=["stream", "id"], name="message_overtaken"),
            models.Index(fields=["status", "created_at"], name="message_status"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.message_id}"

    @property
    def data(self) -> dict[str, Any]:
        """The content in clear. Raises core.crypto.Unreadable."""
        return dict(unseal(self.content))


class ChannelState(models.Model):
    """Who hands over the messages of a channel just now, and whether its vendor answers (docs/adr/0016).

    One row a channel, made when it is first needed. A lease, not a lock: it outlives no worker for long, and asks
    nothing of the connection, so that a pooler may stand in between.
    """

    channel = models.CharField(max_length=10, choices=Channel, primary_key=True)
    holder = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True, help_text=_("Since when the vendor hasn’t answered at all."))
    paused_until = models.DateTimeField(null=True, help_text=_("It isn’t asked again before this."))

    objects: ClassVar[models.Manager[ChannelState]]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="channel_known"),
            models.CheckConstraint(
                condition=Q(holder__isnull=True, lease_until__isnull=True)
                | Q(holder__isnull=False, lease_until__isnull=False),
                name="channel_holder_has_lease",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_channel_display())


class JobRun(models.Model):
    """The last run of a periodic job, by the name of its task. `error` is a class: its words could be personal."""

    task = models.CharField(max_length=100, primary_key=True)
    first_started_at = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=100, blank=True, default="")
    items_left = models.PositiveIntegerField(default=0, help_text=_("What it couldn’t do and left to the next run."))

    objects: ClassVar[models.Manager[JobRun]]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(error="") | Q(finished_at__isnull=False), name="job_failed_has_time"),
        ]

    def __str__(self) -> str:
        return self.task


class TokenOfSomebodyElse(Exception):
    """The row was given to another person than the one whose token it keeps."""


class ConnectionQuerySet(models.QuerySet["GoogleConnection"]):
    def live(self) -> Self:
        return self.filter(status=ConnectionStatus.CONNECTED)

    def closing_times(self, now: datetime) -> Self:
        """Whose busy times keep free ones closed: those looked at, and for a while those last known before a loss."""
        lately = now - timedelta(hours=settings.BUSY_TIMES_KEPT_HOURS)
        lost = Q(status=ConnectionStatus.BROKEN, broken_at__gt=lately)
        return self.filter(Q(status=ConnectionStatus.CONNECTED) | lost, closes_busy_times=True)

    def to_backfill(self) -> Self:
        """Connected, and their coming appointments not yet sent."""
        return self.live().filter(backfilled_at__isnull=True)


@tracked(called=_("google connection"), ignored=["busy_looked_at", "backfilled_at"])
class GoogleConnection(models.Model):
    """A person's consent at Google (E1). CONNECTED → BROKEN (Google refuses), or LEAVING until Google has been told.

    Only the refresh token is kept, sealed together with its owner: moved to another person's row it can't be read.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="google_connection")
    sealed_token = models.TextField()
    scopes = models.TextField(help_text=_("What Google was asked for and granted, separated by spaces."))
    google_email = models.EmailField(max_length=254, blank=True, help_text=_("Known once an event has been written."))
    status = models.CharField(max_length=9, choices=ConnectionStatus, default=ConnectionStatus.CONNECTED)
    connected_at = models.DateTimeField()
    broken_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text=_("When its owner was told that it is broken."))
    backfilled_at = models.DateTimeField(null=True, blank=True, help_text=_("When upcoming appointments were sent."))
    closes_busy_times = models.BooleanField(default=False, help_text=_("Busy times at Google close free ones here."))
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
        triggers = [nothing_for_the_erased("no_connection_for_the_erased", user="account")]

    def __str__(self) -> str:
        return gettext("Google Calendar of account %(number)s") % {"number": self.user_id}

    @property
    def busy_times_kept_until(self) -> datetime | None:
        """When the times this calendar had closed open, once Google refuses us; None for one that closes none."""
        if self.broken_at is None or not self.closes_busy_times:
            return None
        return self.broken_at + timedelta(hours=settings.BUSY_TIMES_KEPT_HOURS)

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
