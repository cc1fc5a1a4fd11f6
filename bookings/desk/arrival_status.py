"""How somebody stands at the reception desk at a moment: coming, late, here, done. Pure: no clock, no database."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from bookings.choices import Status
from bookings.rules import is_late


class ArrivalStatus(models.TextChoices):
    """In the order in which the desk counts them."""

    COMING = "coming", gettext_lazy("Coming")
    HERE = "here", gettext_lazy("Here")
    LATE = "late", gettext_lazy("Late")
    DONE = "done", gettext_lazy("Done")
    MISSED = "missed", gettext_lazy("Missed")
    CANCELLED = "cancelled", gettext_lazy("Cancelled")


_COUNTED = {
    ArrivalStatus.COMING: ngettext_lazy("%(count)d coming", "%(count)d coming", "count"),
    ArrivalStatus.HERE: ngettext_lazy("%(count)d here", "%(count)d here", "count"),
    ArrivalStatus.LATE: ngettext_lazy("%(count)d late", "%(count)d late", "count"),
    ArrivalStatus.DONE: ngettext_lazy("%(count)d done", "%(count)d done", "count"),
    ArrivalStatus.MISSED: ngettext_lazy("%(count)d missed", "%(count)d missed", "count"),
}
COUNTED = tuple(_COUNTED)

_BY_STATUS = {
    Status.CHECKED_IN: ArrivalStatus.HERE,
    Status.COMPLETED: ArrivalStatus.DONE,
    Status.NO_SHOW: ArrivalStatus.MISSED,
    Status.CANCELLED: ArrivalStatus.CANCELLED,
}
EXPECTED = (ArrivalStatus.COMING, ArrivalStatus.LATE)


def standing_of(*, status: str, starts_at: datetime, now: datetime) -> ArrivalStatus:
    """Pending or confirmed and not here yet is coming, or late (rules.LATE_AFTER)."""
    known = _BY_STATUS.get(Status(status))
    if known is not None:
        return known
    return ArrivalStatus.LATE if is_late(starts_at=starts_at, now=now) else ArrivalStatus.COMING


def count_words(standing: ArrivalStatus, count: int) -> str:
    """ "3 coming"; of what is `COUNTED`."""
    return str(_COUNTED[standing] % {"count": count})


def minutes_between(earlier: datetime, later: datetime) -> int:
    """Whole minutes, never negative."""
    return max(0, int((later - earlier).total_seconds() // 60))


def other_day_words(day: date, listed: date) -> str:
    """What the list of one day says of an appointment of the day before or after; nothing of the day's own."""
    if day == listed:
        return ""
    return {-1: _("Yesterday"), 1: _("Tomorrow")}.get((day - listed).days, "")
