from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.status_tags import StatusTag


class ExportStatus(models.TextChoices):
    QUEUED = "QUEUED", _("Waiting to start")
    RUNNING = "RUNNING", _("Being prepared")
    READY = "READY", _("Ready")
    FAILED = "FAILED", _("Couldn’t be prepared")
    EXPIRED = "EXPIRED", _("Deleted")


MOST_ATTEMPTS = 5
# Not yet decided: of these there is one for each owner, person and kind.
OPEN = (ExportStatus.QUEUED, ExportStatus.RUNNING)

TAGS: Mapping[str, StatusTag] = {
    ExportStatus.QUEUED: StatusTag(ExportStatus.QUEUED.label, "info", "hourglass-split"),
    ExportStatus.RUNNING: StatusTag(ExportStatus.RUNNING.label, "info", "hourglass-split"),
    ExportStatus.READY: StatusTag(ExportStatus.READY.label, "success", "check-circle-fill"),
    ExportStatus.FAILED: StatusTag(ExportStatus.FAILED.label, "danger", "x-circle-fill"),
    ExportStatus.EXPIRED: StatusTag(ExportStatus.EXPIRED.label, "neutral", "dash-circle-fill"),
}
# Of whatever status, for who may no longer have it.
LOST = StatusTag(_("No longer available"), "neutral", "dash-circle-fill")
