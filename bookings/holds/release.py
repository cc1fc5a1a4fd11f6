"""Times that are taken by nobody any more: to the first of the waiting list, else to everybody; or out of the diary,
when their doctor is away or the weekly hours no longer make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from bookings import locks
from bookings.choices import HoldState
from bookings.holds.services import end_holds
from bookings.holds.waitlist_offers import offer_to_waiting_list
from bookings.models import Booking, Hold, WaitingEntry
from doctors.choices import SlotState
from doctors.models import Slot
from doctors.schedule import services as schedule
from patients.models import PatientProfile


def release_booking_slots(
    booking: Booking, slots: Mapping[UUID, Slot], queue: Sequence[WaitingEntry], *, now: datetime
) -> None:
    """Free the time of a booking that stands no longer, and those offered in its place (see `locks.slots_of`)."""
    offered = Hold.objects.filter(booking=booking, state=HoldState.OPEN)
    freed = end_holds(offered, slots=slots, state=HoldState.DECLINED, now=now)
    own = slots.get(booking.slot_id) if booking.slot_id else None
    release_slots([own, *freed] if own else freed, but_not=booking.patient, queue=queue, now=now)


def release_slots(
    slots: Sequence[Slot],
    *,
    but_not: PatientProfile | None,
    queue: Sequence[WaitingEntry] | None = None,
    now: datetime,
) -> None:
    """Set times of one doctor free. Whoever gives a time back is not offered it.

    The slots are locked by the caller; so is the `queue`, when the caller has written holds before.
    """
    if not slots:
        return
    waiting = locks.lock_waiting_list(slots[0].doctor_id) if queue is None else queue
    staying = [slot for slot in slots if slot.starts_at <= now or schedule.still_offered(slot)]
    for slot in slots:
        if slot not in staying:
            slot.delete()
            continue
        slot.state, slot.held_until = SlotState.FREE, None
        slot.save(update_fields=["state", "held_until"])
    offer_to_waiting_list(
        staying, [entry for entry in waiting if but_not is None or entry.patient_id != but_not.pk], now=now
    )
