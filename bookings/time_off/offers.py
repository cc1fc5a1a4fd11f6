"""Other times in place of an appointment whose doctor is away (B6): held for a while, one click to accept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from bookings import locks, messages, states
from bookings.actors import actor_of
from bookings.choices import HoldState
from bookings.holds import services as holds
from bookings.holds.release import release_slots
from bookings.holds.services import OfferGone, end_holds
from bookings.models import Booking, Hold
from bookings.services.move import move
from bookings.services.transition import BOOKING_ERRORS
from bookings.states import Actor
from core.db import short_transaction
from core.errors import translated
from doctors.models import Slot
from integrations import outbox


def offer_slots(*, booking: Booking, slots: Sequence[Slot], by: User, now: datetime) -> list[Hold]:
    """Hold `slots` for the patient of `booking`, all locked by the caller in its transaction, and tell the patient.

    They are held for `OFFER_HOLD_HOURS`, at the latest until the appointment itself or the time held begins.
    Raises SlotTaken when one of them is no longer free, TransitionRefused when `by` is not of the hospital.
    """
    if actor_of(by, booking) == Actor.PATIENT:
        raise states.TransitionRefused(_("Only the hospital can offer other times."))
    until = min(now + timedelta(hours=settings.OFFER_HOLD_HOURS), booking.starts_at)
    kept = [holds.hold(slot=slot, patient=booking.patient, until=until, now=now, booking=booking) for slot in slots]
    outbox.enqueue(messages.times_offered(booking, kept, at=now), now=now)
    return kept


def accept(*, booking: Booking, slot_id: UUID, by: User, now: datetime) -> Booking:
    """Move the appointment to one of the times held for it; the others are let go.

    Raises OfferGone when it is not, or no longer, held for it, and whatever moving raises.
    """
    held = Hold.objects.filter(booking=booking, slot=slot_id, state=HoldState.OPEN, until__gt=now).first()
    if held is None and not Booking.objects.filter(moved_from=booking).exists():
        raise OfferGone
    hold_id = held.pk if held else None
    return move(
        booking=booking,
        to_slot_id=slot_id,
        by=by,
        hold_id=hold_id,
        idempotency_key=f"offer:{booking.pk}:{slot_id}",
        now=now,
    )


def decline_all(*, booking: Booking, by: User, now: datetime) -> None:
    """None of them suits: the times go to others, the appointment stands as it is. Declining twice changes nothing.

    Raises TransitionRefused for a stranger, Busy.
    """
    with translated(BOOKING_ERRORS), short_transaction():
        slots = locks.slots_of(booking)
        fresh = locks.booking(booking.pk)
        actor_of(by, fresh)
        queue = locks.lock_waiting_list(fresh.doctor_id)
        held = Hold.objects.filter(booking=fresh, state=HoldState.OPEN)
        freed = end_holds(held, slots=slots, state=HoldState.DECLINED, now=now)
        release_slots(freed, but_not=fresh.patient, queue=queue, now=now)
