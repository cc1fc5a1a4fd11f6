"""The one place where the status of an appointment changes; its callers hold the lock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.services import ERASED_ERRORS
from audit import services as audit
from bookings.choices import ENDED, MOVED, Status
from bookings.models import Booking, BookingStatusChange
from bookings.rules import KeyReused, PatientBusy, SlotTaken
from core.errors import Busy, DomainError
from integrations import outbox

BOOKING_ERRORS: Mapping[str, type[DomainError]] = {
    "booking_slot_once": SlotTaken,
    "booking_patient_no_overlap": PatientBusy,
    "booking_idempotency_key": KeyReused,
    **ERASED_ERRORS,
    "hold_entry_once": Busy,
    "hold_slot_once": SlotTaken,
    "bookings_booking_reference_key": Busy,  # one in 3.8e11 drawn twice: trying again draws another
}


def transition(booking: Booking, to: Status, *, by: User | None, reason: str = "", now: datetime) -> None:
    """The only place where a status changes; always leaves a row behind. The booking is locked by the caller."""
    before = booking.status
    BookingStatusChange.objects.create(booking=booking, from_status=before, to_status=to, by=by, reason=reason, at=now)
    booking.status = to
    booking.calendar_sequence += 1
    changed = ["status", "calendar_sequence", "cancelled_at", "cancelled_by", "cancellation_reason"]
    # The audit trail is for ever: it repeats what staff say, never what a patient or a doctor wrote (docs/audit.md).
    may_stay = reason == MOVED or (by is not None and by.is_hospital_staff)
    with audit.with_reason(reason if may_stay else ""):
        booking.save(update_fields=changed)
    # Whoever has something to do once a visit has ended pulls: told by name, for their room is above.
    if ENDED & {before, to}:
        transaction.on_commit(partial(outbox.wake_workers, settings.VISIT_ENDED_TASK, booking.pk))
