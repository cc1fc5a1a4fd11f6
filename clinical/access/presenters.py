"""A reading of a record in words, for the patient it is of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from audit.choices import Kind
from audit.models import Entry
from clinical.choices import CAPACITY_LABELS, CHANNEL_LABELS


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """`is_other`: somebody else than the reader of this page looked."""

    at: datetime
    who: str
    role: str
    what: str
    is_other: bool


def reading_row(entry: Entry, viewer: User) -> ReadingRow:
    """Name, role, day and channel; which version, where it was a single one."""
    is_other = entry.actor_id != viewer.pk
    name = str(entry.actor) if entry.actor else _("Someone whose account is gone")
    return ReadingRow(
        at=entry.pgh_created_at,
        who=name if is_other else _("You"),
        role=str(CAPACITY_LABELS.get(entry.details.get("capacity", ""), _("a doctor"))),
        what=_what(entry),
        is_other=is_other,
    )


def _what(entry: Entry) -> str:
    if entry.pgh_label == Kind.EMERGENCY_ACCESS:
        return _("Opened your records in an emergency")
    channel = str(CHANNEL_LABELS.get(entry.details.get("channel", ""), ""))
    count = entry.details.get("records", 0)
    if count == 0:
        return _("Opened your records, %(channel)s") % {"channel": channel}
    if version := entry.details.get("version"):
        return _("Read version %(version)s of a record, %(channel)s") % {"version": version, "channel": channel}
    said = ngettext("Read %(count)s record, %(channel)s", "Read %(count)s records, %(channel)s", count)
    return said % {"count": count, "channel": channel}
