"""A freed time goes to the first of the waiting list whom it suits (C9), in the transaction that freed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from bookings import messages
from bookings.choices import LIVE, HoldState
from bookings.holds import services as holds
from bookings.holds.rules import FreedSlot, TimePreference, WaitingPatient, WakingHours, assign_slots, held_until
from bookings.models import Booking, Hold, WaitingEntry
from core.intervals import interval_of
from doctors.models import Slot
from integrations import outbox
from integrations.outbox import Draft


def offer_to_waiting_list(slots: Sequence[Slot], queue: Sequence[WaitingEntry], *, now: datetime) -> list[Hold]:
    """Hold each of the free `slots` for the first of `queue` who can have it, and write to them.

    All are of one doctor and locked by the caller; the queue stands in fair order (`locks.lock_waiting_list`).
    A time that can't be booked by patients now, or not for long enough to answer, is left free for everybody.
    """
    until = {slot.pk: end for slot in slots if (end := _until(slot, now))}
    entries = {entry.pk: entry for entry in queue if _is_entitled(entry)}
    if not until or not entries:
        return []
    times = {slot.pk: slot for slot in slots if slot.pk in until}
    waiting = _waiting(list(entries.values()), times, now)
    booked_at = {candidate.key: candidate.booked_at for candidate in waiting}
    shares = assign_slots([_freed(slot) for slot in times.values()], waiting)
    drafts: list[Draft] = []
    kept = []
    for slot_key, entry_key in shares.items():
        entry = entries[entry_key]
        held = holds.hold(slot=times[slot_key], patient=entry.patient, until=until[slot_key], now=now, entry=entry)
        kept.append(held)
        drafts += messages.time_held(held, earlier_than=booked_at[entry_key])
    outbox.enqueue(drafts, now=now)
    return kept


def _until(slot: Slot, now: datetime) -> datetime | None:
    policy = slot.doctor.booking_policy
    bookable = slot.doctor.is_listed and slot.doctor.is_accepting and slot.starts_at <= now + policy.booking_window
    if not bookable or not slot.is_free or slot.is_held(now):
        return None
    lasts = timedelta(minutes=settings.WAITLIST_HOLD_MINUTES)
    waking = WakingHours(settings.WAITLIST_FROM_HOUR, settings.WAITLIST_UNTIL_HOUR, timezone.get_default_timezone())
    return held_until(starts_at=slot.starts_at, min_notice=policy.min_notice, lasts=lasts, waking=waking, now=now)


def _is_entitled(entry: WaitingEntry) -> bool:
    """Somebody must be there to answer, still for this patient."""
    account = entry.patient.account
    return account is not None and account.is_active and entry.patient.removed_at is None


def _freed(slot: Slot) -> FreedSlot:
    return FreedSlot(
        slot.pk, slot.starts_at, slot.ends_at, timezone.localtime(slot.starts_at, timezone.get_default_timezone())
    )


def _waiting(entries: Sequence[WaitingEntry], times: dict[UUID, Slot], now: datetime) -> list[WaitingPatient]:
    """What the rules must know of each in the queue, in two queries."""
    running, had = _offers(entries, times, now)
    visits: dict[int, list[Booking]] = defaultdict(list)
    patients = [entry.patient_id for entry in entries]
    for row in Booking.objects.filter(patient__in=patients, status__in=LIVE, ends_at__gt=now).order_by("starts_at"):
        visits[row.patient_id].append(row)
    return [
        WaitingPatient(
            key=entry.pk,
            wish=wish_of(entry),
            has_offer=entry.pk in running,
            had=frozenset(had[entry.pk]),
            busy=[interval_of(row) for row in visits[entry.patient_id]],
            booked_at=next(
                (row.starts_at for row in visits[entry.patient_id] if row.doctor_id == entry.doctor_id), None
            ),
        )
        for entry in entries
    ]


def _offers(
    entries: Sequence[WaitingEntry], times: dict[UUID, Slot], now: datetime
) -> tuple[set[UUID | None], dict[UUID | None, set[UUID]]]:
    """Who has an offer running, and who has had which of these times before."""
    is_running = Q(state=HoldState.OPEN, until__gt=now)
    rows = Hold.objects.filter(is_running | Q(slot__in=times), entry__in=entries)
    running: set[UUID | None] = set()
    had: dict[UUID | None, set[UUID]] = defaultdict(set)
    for row in rows:
        had[row.entry_id].add(row.slot_id)
        if row.state == HoldState.OPEN and row.until > now:
            running.add(row.entry_id)
    return running, had


def wish_of(entry: WaitingEntry) -> TimePreference:
    return TimePreference(entry.first_day, entry.last_day, frozenset(entry.weekdays), entry.earliest, entry.latest)
