"""Row locks on doctors and their times. The order of all locks stands in docs/locking.md:
doctor, then slots by primary key, then patients, then bookings."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from doctors.models import DoctorProfile, Slot


def doctor(doctor_id: int) -> DoctorProfile:
    """Lock a doctor's diary: whoever adds or moves times waits here, so the exclusion constraint never deadlocks."""
    rows = DoctorProfile.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("user__google_connection").get(pk=doctor_id)


def slots(slot_ids: Collection[UUID]) -> dict[UUID, Slot]:
    """Lock times, in primary-key order, freshly read with their doctor and whether they have connected a calendar.

    A time that has gone is not in the answer.
    """
    rows = (
        Slot.objects.select_for_update(of=("self",), no_key=True)
        .select_related("doctor__user__google_connection", "doctor__department")
        .filter(pk__in=slot_ids)
        .order_by("pk")
    )
    return {row.pk: row for row in rows}


def slot(slot_id: UUID) -> Slot | None:
    """Lock one time; None when it has gone."""
    return slots([slot_id]).get(slot_id)


def free_slots(slot_ids: Collection[UUID], now: datetime) -> list[UUID]:
    """Lock those of the times that are, freshly read, neither booked nor held for anybody; in primary-key order."""
    if not slot_ids:
        return []
    unheld = Q(held_until__isnull=True) | Q(held_until__lte=now)
    rows = Slot.objects.select_for_update(of=("self",), no_key=True).only("pk").filter(unheld, pk__in=slot_ids)
    return [row.pk for row in rows.free().order_by("pk")]


def closed_slots(slot_ids: Collection[UUID]) -> list[UUID]:
    """Lock those of the times that are, freshly read, closed by their doctor's calendar; in primary-key order."""
    rows = Slot.objects.select_for_update(of=("self",), no_key=True).only("pk").filter(closed_by_calendar=True)
    return [row.pk for row in rows.filter(pk__in=slot_ids).order_by("pk")]


def all_doctors() -> None:
    """Lock every diary, in primary-key order: nobody adds or moves a time while the hospital is being closed."""
    rows = DoctorProfile.objects.select_for_update(of=("self",), no_key=True).only("pk").order_by("pk")
    list(rows)


def bare_slots(slot_ids: Collection[UUID]) -> list[Slot]:
    """Lock many times, in primary-key order, freshly read without their doctors."""
    rows = Slot.objects.select_for_update(of=("self",), no_key=True).only("pk", "state", "starts_at")
    return list(rows.filter(pk__in=slot_ids).order_by("pk"))
