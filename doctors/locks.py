"""Row locks on doctors and their times. The order of all locks stands in docs/locking.md:
doctor, then slots by primary key, then patients, then bookings."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from doctors.models import DoctorProfile, Slot


def doctor(doctor_id: int) -> DoctorProfile:
    """Lock a doctor's diary: whoever adds or moves times waits here, so the exclusion constraint never deadlocks."""
    return DoctorProfile.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=doctor_id)


def slots(slot_ids: Collection[UUID]) -> dict[UUID, Slot]:
    """Lock times, in primary-key order, freshly read with their doctor. A time that has gone is not in the answer."""
    rows = (
        Slot.objects.select_for_update(of=("self",), no_key=True)
        .select_related("doctor__user", "doctor__department")
        .filter(pk__in=slot_ids)
        .order_by("pk")
    )
    return {row.pk: row for row in rows}


def slot(slot_id: UUID) -> Slot | None:
    """Lock one time; None when it has gone."""
    return slots([slot_id]).get(slot_id)
