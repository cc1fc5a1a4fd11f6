from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.status_tags import StatusTag, Tone

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Status(models.TextChoices):
    PENDING = "PENDING", _("Request sent")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    CHECKED_IN = "CHECKED_IN", _("Checked in")
    COMPLETED = "COMPLETED", _("Completed")
    CANCELLED = "CANCELLED", _("Cancelled")
    NO_SHOW = "NO_SHOW", _("Missed")


class HoldState(models.TextChoices):
    OPEN = "OPEN", _("Held")
    ACCEPTED = "ACCEPTED", _("Accepted")
    DECLINED = "DECLINED", _("Declined")
    LAPSED = "LAPSED", _("Lapsed")


class WaitingState(models.TextChoices):
    WAITING = "WAITING", _("Waiting")
    BOOKED = "BOOKED", _("Found a time")
    LEFT = "LEFT", _("Left the list")
    ENDED = "ENDED", _("The dates have passed")


class Conflict(models.TextChoices):
    """What an appointment collides with since it was booked, so that somebody must look at it."""

    TIME_OFF = "TIME_OFF", _("During the doctor’s time off")
    CLOSURE = "CLOSURE", _("The hospital is closed at this time")


# What is kept as the reason of a moved appointment's old time, in one language (appointment/history.py says it).
MOVED = "Moved to another time"

# Still to happen, or happening: a patient can't be in two such places at once.
LIVE = (Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN)
# Keeps its time in the diary: everything but a cancelled booking.
HOLDS_SLOT = (*LIVE, Status.COMPLETED, Status.NO_SHOW)
# Nothing follows but that it is taken back: the visit was, was missed, or was called off.
ENDED = frozenset(Status) - {*LIVE}
# The visit has begun, or is over: before there is nothing to write of, and a missed one is none.
HAS_RECORD = (Status.CHECKED_IN, Status.COMPLETED)


# Everything that follows from a status, one entry each: adding a status is adding it here. Its word is its label; what
# may follow, by whom and when, is states.TABLE.

# RFC 5545 §3.8.1.11. A calendar keeps a kept appointment as it stands: only a cancellation changes its look.
CalendarStatus = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]
# What is shown of an appointment that was moved, in place of its status: it was cancelled, and goes on elsewhere.
MOVED_CODE = "MOVED"


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """`tone` and `icon` of its tag (core/status_tags.py); `calendar`: what it is in anybody's calendar."""

    tone: Tone
    icon: str
    calendar: CalendarStatus


STATUSES: Mapping[Status, StatusEntry] = {
    Status.PENDING: StatusEntry("warning", "hourglass-split", "TENTATIVE"),
    Status.CONFIRMED: StatusEntry("info", "check-circle-fill", "CONFIRMED"),
    Status.CHECKED_IN: StatusEntry("success", "person-check-fill", "CONFIRMED"),
    Status.COMPLETED: StatusEntry("neutral", "check-lg", "CONFIRMED"),
    Status.CANCELLED: StatusEntry("danger", "x-circle-fill", "CANCELLED"),
    Status.NO_SHOW: StatusEntry("danger", "person-x-fill", "CONFIRMED"),
}
STATUS_TAGS: Mapping[str, StatusTag] = {
    **{status.value: StatusTag(status.label, entry.tone, entry.icon) for status, entry in STATUSES.items()},
    MOVED_CODE: StatusTag(_("Moved"), "neutral", "chevron-right"),
}

# What became of an appointment, within a sentence of the audit trail ("Appointment HMS-3K7-PQ2 cancelled").
TOLD_IN_TRAIL: Mapping[str, StrOrPromise] = {
    "insert:moved_from": _("instead of an earlier time"),
    f"because:{MOVED}": _("moved"),
    **{f"insert:status:{status.value}": _("booked") for status in Status if status != Status.PENDING},
    f"insert:status:{Status.PENDING.value}": _("requested"),
    f"status:{Status.PENDING.value}": _("request sent"),
    f"status:{Status.CONFIRMED.value}": _("confirmed"),
    f"status:{Status.CHECKED_IN.value}": _("checked in"),
    f"status:{Status.COMPLETED.value}": _("completed"),
    f"status:{Status.CANCELLED.value}": _("cancelled"),
    f"status:{Status.NO_SHOW.value}": _("missed"),
}
