"""Keeping a free time for one patient (C9, B6). Every hold is written under the lock of its slot, and together with
`Slot.held_until`, which says the same to everybody who looks for times. Whether a hold has run out is for the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.choices import HoldState, WaitingState
from bookings.models import Booking, Hold, WaitingEntry
from bookings.rules import SlotTaken
from core.errors import DomainError
from doctors.models import Slot
from patients.models import PatientProfile


class OfferGone(DomainError):
    message = _("This offer has expired.")


def hold(
    *,
    slot: Slot,
    patient: PatientProfile,
    until: datetime,
    now: datetime,
    entry: WaitingEntry | None = None,
    booking: Booking | None = None,
) -> Hold:
    """Keep `slot`, locked by the caller, for `patient` until `until`, at the latest until it begins.

    The cause is either the `entry` of a waiting list or the `booking` it is offered in place of.
    Raises SlotTaken when the time is booked, held already, or over.
    """
    until = min(until, slot.starts_at)
    if not slot.is_free or slot.is_held(now) or until <= now:
        raise SlotTaken
    _settle_lapsed(slot, entry, now)
    kept = Hold.objects.create(slot=slot, patient=patient, entry=entry, booking=booking, until=until, created_at=now)
    slot.held_until = until
    slot.save(update_fields=["held_until"])
    return kept


def _settle_lapsed(slot: Slot, entry: WaitingEntry | None, now: datetime) -> None:
    """What ran out before anybody noticed makes room for the new one."""
    same = Q(slot=slot) | Q(entry=entry) if entry else Q(slot=slot)
    lapsed = Hold.objects.filter(same, state=HoldState.OPEN, until__lte=now)
    lapsed.update(state=HoldState.LAPSED, answered_at=now)


def is_held_for(slot: Slot, patient: PatientProfile, booking: Booking | None = None) -> bool:
    """Whether the hold on `slot` lets `patient` take it; one offered in place of a booking only with that booking."""
    cause = Q(booking__isnull=True)
    if booking is not None:
        cause |= Q(booking=booking)
    return Hold.objects.filter(cause, slot=slot, patient=patient, state=HoldState.OPEN).exists()


def is_offered_for(slot: Slot, booking: Booking, now: datetime) -> bool:
    """Whether the hospital offers `slot` in place of `booking`, and the offer still stands."""
    return Hold.objects.filter(slot=slot, booking=booking, state=HoldState.OPEN, until__gt=now).exists()


def check_hold_open(hold_id: UUID, *, slot: Slot | None, now: datetime) -> None:
    """Under the slot's lock. Raises OfferGone unless the hold still keeps it."""
    running = Hold.objects.filter(pk=hold_id, slot=slot, state=HoldState.OPEN, until__gt=now)
    if slot is None or not running.exists():
        raise OfferGone


def settle_hold(slot: Slot, patient: PatientProfile, now: datetime) -> None:
    """A time that is booked is held no longer: its own patient has accepted, or the hold had run out."""
    if slot.held_until is None:
        return
    running = Hold.objects.filter(slot=slot, state=HoldState.OPEN).first()
    if running is None:
        return
    accepted = running.patient_id == patient.pk
    if accepted and running.entry_id:
        waiting = WaitingEntry.objects.filter(pk=running.entry_id, state=WaitingState.WAITING)
        waiting.update(state=WaitingState.BOOKED)
    running.state = HoldState.ACCEPTED if accepted else HoldState.LAPSED
    running.answered_at = now
    running.save(update_fields=["state", "answered_at"])


def end_holds(held: Iterable[Hold], *, slots: Mapping[UUID, Slot], state: HoldState, now: datetime) -> list[Slot]:
    """End open holds; answers the times, locked by the caller, that are kept for nobody from now on."""
    ending = [hold for hold in held if hold.slot_id in slots]
    Hold.objects.filter(pk__in=[hold.pk for hold in ending], state=HoldState.OPEN).update(state=state, answered_at=now)
    freed = [slots[hold.slot_id] for hold in ending]
    for slot in freed:
        slot.held_until = None
        slot.save(update_fields=["held_until"])
    return freed
