"""Reading slots that are held for a patient (C9, B6). Every read begins with what the reader may see."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.permissions import Viewer
from bookings.choices import HoldState, Status
from bookings.models import (
    Booking,
    Hold,
)
from bookings.selectors import bookings_visible_to


def holds_visible_to(viewer: Viewer) -> QuerySet[Hold]:
    """Times held for the viewer as a patient, or for those they care for, with all a page says of them."""
    held = Hold.objects.select_related(
        "slot__doctor__user", "slot__doctor__department", "patient__user", "patient__guardian", "entry", "booking"
    )
    if not viewer.is_authenticated or not viewer.is_active or not viewer.is_patient:
        return held.none()
    return held.filter(Q(patient__user=viewer) | Q(patient__guardian=viewer))


def hold_of_waiting(viewer: Viewer, hold_id: UUID) -> Hold | None:
    """A time that was held for the viewer from a waiting list, whatever became of it; None when it is not theirs."""
    return holds_visible_to(viewer).filter(pk=hold_id, entry__isnull=False).first()


def offers_waiting(viewer: Viewer, now: datetime) -> list[Hold]:
    """Times held for the viewer from waiting lists that can still be accepted, the first to run out first."""
    running = holds_visible_to(viewer).filter(entry__isnull=False, state=HoldState.OPEN, until__gt=now)
    return list(running.order_by("until", "pk"))


def offers_of(booking: Booking, now: datetime) -> list[Hold]:
    """The times still held in place of an appointment, in order of time. The booking was found for its reader."""
    running = booking.offers.filter(state=HoldState.OPEN, until__gt=now)
    return list(running.select_related("slot__doctor__user", "slot__doctor__department").order_by("slot__starts_at"))


def answer_to_offers(booking: Booking, now: datetime) -> str:
    """What became of the times offered in place of an appointment: "", "waiting", "declined" or "unanswered"."""
    rows = list(booking.offers.values_list("state", "until"))
    if not rows:
        return ""
    if any(state == HoldState.OPEN and until > now for state, until in rows):
        return "waiting"
    return "declined" if any(state == HoldState.DECLINED for state, _ in rows) else "unanswered"


def others_with(viewer: Viewer, held: Hold, now: datetime) -> list[Booking]:
    """Appointments the patient of a held time has with its doctor and could give up for it, soonest first."""
    same = bookings_visible_to(viewer).filter(patient=held.patient, doctor=held.slot.doctor)
    could = same.filter(status__in=(Status.PENDING, Status.CONFIRMED), starts_at__gt=now)
    return list(could.order_by("starts_at", "pk"))
