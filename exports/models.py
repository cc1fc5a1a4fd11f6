"""Files that take a while: asked for, made by a worker, kept sealed for three days (docs/exports.md)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.erasure_triggers import nothing_for_the_erased
from accounts.models import User
from audit.models import tracked
from core.crypto import Unreadable, seal_bytes, unseal_bytes
from exports.choices import MOST_ATTEMPTS, OPEN, ExportStatus
from patients.models import PatientProfile


class ExportQuerySet(models.QuerySet["Export"]):
    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def due(self, now: datetime) -> Self:
        """To be made now, or being made by somebody whose lease has run out."""
        waiting = Q(status=ExportStatus.QUEUED, due_at__lte=now)
        abandoned = Q(status=ExportStatus.RUNNING, leased_until__lte=now)
        return self.filter(waiting | abandoned)

    def of(self, owner: User) -> Self:
        return self.filter(owner=owner)


# How far it has got the row itself says; the trail tells that it was asked for and what came of it.
_SETTLED = pgtrigger.Q(old__status__df=pgtrigger.F("new__status")) & ~pgtrigger.Q(new__status__in=OPEN)
_OF_ANOTHER = pgtrigger.Q(old__owner_id__df=pgtrigger.F("new__owner_id")) | pgtrigger.Q(
    old__subject_id__df=pgtrigger.F("new__subject_id")
)


@tracked(
    called=_("export"),
    shown=["kind"],
    ignored=["done", "total", "attempts", "lease", "leased_until", "due_at", "started_at", "failure"],
    tells={
        "insert": _("asked for"),
        "status:READY": _("ready"),
        "status:FAILED": _("given up"),
        "status:EXPIRED": _("deleted"),
    },
    updates=_SETTLED | _OF_ANOTHER,
)
class Export(models.Model):
    """queued → running (under a lease) → ready → expired; or queued again for later, or failed.

    `options` say how the file is to be made, in a few words and numbers, never anything clinical.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="exports")
    subject = models.ForeignKey(
        PatientProfile,
        null=True,
        on_delete=models.PROTECT,
        related_name="exports",
        help_text=_("Whom the file is about. Empty: no patient."),
    )
    kind = models.CharField(max_length=40)
    options = models.JSONField(default=dict)

    status = models.CharField(max_length=7, choices=ExportStatus, default=ExportStatus.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0, help_text=_("0 while nobody knows."))
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    failure = models.CharField(max_length=100, blank=True, default="")  # a class: its words could be personal

    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    file_name = models.CharField(max_length=120, blank=True, default="")
    content_type = models.CharField(max_length=80, blank=True, default="")
    size = models.PositiveBigIntegerField(default=0, help_text=_("In bytes, of the file as it is handed out."))

    objects: ClassVar[models.Manager[Export]] = ExportQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ExportStatus.values), name="export_status_known"),
            models.UniqueConstraint(
                fields=["owner", "subject", "kind"],
                condition=Q(status__in=OPEN),
                nulls_distinct=False,
                name="export_one_open",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=ExportStatus.RUNNING,
                    lease__isnull=False,
                    leased_until__isnull=False,
                    started_at__isnull=False,
                )
                | (~Q(status=ExportStatus.RUNNING) & Q(lease__isnull=True, leased_until__isnull=True)),
                name="export_lease_while_running",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, finished_at__isnull=True)
                | (~Q(status__in=OPEN) & Q(finished_at__isnull=False)),
                name="export_settled_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=(ExportStatus.READY, ExportStatus.EXPIRED), expires_at__isnull=False)
                & ~Q(file_name="")
                & ~Q(content_type="")
                | ~Q(status__in=(ExportStatus.READY, ExportStatus.EXPIRED)) & Q(expires_at__isnull=True),
                name="export_ready_has_file",
            ),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="export_done_of_total"),
            models.CheckConstraint(condition=Q(attempts__lte=MOST_ATTEMPTS), name="export_attempts_bounded"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status__in=OPEN), name="export_due"),
            models.Index(fields=["expires_at"], condition=Q(status=ExportStatus.READY), name="export_expires"),
            models.Index(fields=["owner", "-requested_at"], name="export_of_owner"),
            models.Index(fields=["finished_at"], condition=~Q(status__in=OPEN), name="export_finished"),
        ]
        triggers = [nothing_for_the_erased("no_export_for_the_erased", owner="account", subject="patient")]

    def __str__(self) -> str:
        return gettext("Export %(key)s") % {"key": self.pk}

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class ExportFile(models.Model):
    """The file of an export that is ready, in a table of its own: no list and no write of progress carries it along.

    Sealed together with the export's key: moved to another export's row it can't be read.
    """

    export = models.OneToOneField(Export, primary_key=True, on_delete=models.CASCADE, related_name="file")
    content = models.TextField()

    objects: ClassVar[models.Manager[ExportFile]]
    SEALED = ("content",)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return gettext("File of export %(key)s") % {"key": self.export_id}

    @staticmethod
    def seal(export_id: uuid.UUID, content: bytes) -> str:
        return seal_bytes(export_id.bytes + content)

    @property
    def in_clear(self) -> bytes:
        """The file as it was made. Raises core.crypto.Unreadable, also for a file of another export."""
        kept = unseal_bytes(self.content)
        of = self.export_id.bytes
        if not kept.startswith(of):
            raise Unreadable
        return kept.removeprefix(of)
