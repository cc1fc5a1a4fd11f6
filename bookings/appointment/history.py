"""What happened to an appointment, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import Can, may
from bookings.choices import MOVED, Status
from bookings.models import Booking, BookingStatusChange
from bookings.states import is_undo

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class HistoryRow:
    at: datetime
    what: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is said of the first step: of an appointment of one's own, of one booked for `name`, and of a moved one."""

    own: StrOrPromise
    for_another: StrOrPromise
    moved: StrOrPromise


_BEGAN = {
    Status.PENDING: Beginning(
        gettext_lazy("Requested, waiting for the doctor to confirm"),
        gettext_lazy("Requested, waiting for the doctor to confirm, for %(name)s"),
        gettext_lazy("Moved here, waiting for the doctor to confirm"),
    ),
    Status.CONFIRMED: Beginning(
        gettext_lazy("Booked and confirmed"),
        gettext_lazy("Booked and confirmed, for %(name)s"),
        gettext_lazy("Moved here and confirmed"),
    ),
}

_HAPPENED = {
    Status.PENDING: gettext_lazy("Requested, waiting for the doctor to confirm"),
    Status.CONFIRMED: gettext_lazy("Confirmed"),
    Status.CHECKED_IN: gettext_lazy("Checked in"),
    Status.COMPLETED: gettext_lazy("Completed"),
    Status.CANCELLED: gettext_lazy("Cancelled"),
    Status.NO_SHOW: gettext_lazy("Marked as missed"),
}


def history_rows(booking: Booking, changes: Sequence[BookingStatusChange], viewer: User) -> list[HistoryRow]:
    return [
        HistoryRow(row.at, _what(booking, row), _who(booking, row.by, viewer), _why(booking, row, viewer))
        for row in changes
    ]


_UNDONE = {
    Status.CHECKED_IN: gettext_lazy("Check-in undone"),
    Status.COMPLETED: gettext_lazy("Completion undone"),
    Status.NO_SHOW: gettext_lazy("“Missed” undone"),
}


def _what(booking: Booking, change: BookingStatusChange) -> str:
    if is_undo(current=change.from_status, to=change.to_status):
        return str(_UNDONE[Status(change.from_status)])
    if booking.successor and change.to_status == Status.CANCELLED:
        return _("Moved to another time")
    words = _BEGAN.get(Status(change.to_status))
    if change.from_status or words is None:
        return str(_HAPPENED[Status(change.to_status)])
    return _began(booking, change, words)


def _began(booking: Booking, change: BookingStatusChange, words: Beginning) -> str:
    if booking.moved_from:
        return str(words.moved)
    was_for_another = change.by_id != booking.patient.user_id
    return str(words.for_another) % {"name": booking.patient.full_name} if was_for_another else str(words.own)


def _why(booking: Booking, change: BookingStatusChange, viewer: User) -> str:
    if not may(viewer, Can.READ_REASONS):
        return ""
    return "" if booking.successor and change.reason == MOVED else change.reason


def _who(booking: Booking, by: User | None, viewer: User) -> str:
    """People by name; staff are "the hospital" to a patient."""
    if by is None:
        return _("automatically")
    if by.pk == viewer.pk:
        return _("by you")
    is_doctor = by.pk == booking.doctor.user_id
    if by.is_hospital_staff and viewer.is_patient and not is_doctor:
        return _("by the hospital")
    return _("by %(name)s") % {"name": booking.doctor.display_name if is_doctor else by.full_name}
