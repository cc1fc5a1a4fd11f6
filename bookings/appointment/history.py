"""What happened to an appointment, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import Can, may
from bookings.choices import MOVED, Status
from bookings.models import Booking, BookingStatusChange
from bookings.states import is_undo


@dataclass(frozen=True, slots=True)
class HistoryRow:
    at: datetime
    what: str
    who: str
    reason: str


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
        return MOVED
    happened = _happened(change)
    if booking.moved_from and not change.from_status:
        return happened.replace("Booked", "Moved here", 1).replace("Requested", "Moved here", 1)
    was_for_another = not change.from_status and change.by_id != booking.patient.user_id
    return f"{happened}, for {booking.patient.full_name}" if was_for_another else happened


def _happened(change: BookingStatusChange) -> str:
    if not change.from_status and change.to_status == Status.CONFIRMED:
        return _("Booked and confirmed")
    return str(_HAPPENED[Status(change.to_status)])


def _why(booking: Booking, change: BookingStatusChange, viewer: User) -> str:
    if not may(viewer, Can.READ_REASONS):
        return ""
    return "" if booking.successor and change.reason == MOVED else change.reason


def _who(booking: Booking, by: User | None, viewer: User) -> str:
    """People by name; staff are "the hospital" to a patient."""
    if by is None:
        return "automatically"
    if by.pk == viewer.pk:
        return _("by you")
    if by.pk == booking.doctor.user_id:
        return f"by {booking.doctor.display_name}"
    return _("by the hospital") if by.is_hospital_staff and viewer.is_patient else f"by {by.full_name}"
