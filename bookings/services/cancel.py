"""Cancelling an appointment: lock, re-read, decide, write, and give the slot back (C6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from accounts.models import User
from bookings import locks, messages
from bookings.actors import actor_of
from bookings.choices import Status
from bookings.holds.release import release_booking_slots
from bookings.models import Booking, WaitingEntry
from bookings.permissions import check_step
from bookings.services.transition import BOOKING_ERRORS, transition
from core.db import short_transaction
from core.errors import translated
from doctors.models import Slot
from integrations import outbox


def cancel(*, booking: Booking, by: User, reason: str = "", now: datetime) -> Booking:
    """Cancel, and free the time at once (C6). Raises TooLateToCancel, TransitionRefused, Busy."""
    with translated(BOOKING_ERRORS), short_transaction():
        slots = locks.slots_of(booking)
        fresh = locks.booking(booking.pk)
        queue = locks.lock_waiting_list(fresh.doctor_id)
        check_step(fresh, Status.CANCELLED, actor=actor_of(by, fresh), now=now)
        write_cancelled(fresh, slots=slots, queue=queue, by=by, reason=reason, now=now)
        return fresh


def write_cancelled(
    booking: Booking,
    *,
    slots: Mapping[UUID, Slot],
    queue: Sequence[WaitingEntry],
    by: User,
    reason: str,
    now: datetime,
) -> None:
    """The cancelling itself, its time given back and people told; booking, slots and queue are locked by the caller."""
    was_request = booking.status == Status.PENDING
    booking.cancelled_at, booking.cancelled_by, booking.cancellation_reason = now, by, reason
    transition(booking, Status.CANCELLED, by=by, reason=reason, now=now)
    release_booking_slots(booking, slots, queue, now=now)
    outbox.withdraw(stream=messages.stream_of_patient(booking), action=messages.REMINDER, now=now)
    told = messages.cancelled(booking, by=actor_of(by, booking), was_request=was_request, at=now)
    outbox.enqueue(told, now=now)
