"""Row locks of a booking. The order of all locks stands in docs/locking.md:
doctor, then slots by primary key, then patients, then bookings."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from bookings.models import Booking
from doctors.locks import slot, slots
from patients.models import PatientProfile

__all__ = ["booking", "patient", "patient_of", "slot", "slots", "unreminded"]


def patient(patient_id: int) -> PatientProfile:
    """Lock a patient: their two bookings made at once wait for each other."""
    return PatientProfile.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=patient_id)


def patient_of(user: User) -> PatientProfile:
    """Lock the patient whose account `user` is."""
    rows = PatientProfile.objects.select_for_update(of=("self",), no_key=True).select_related("user")
    return rows.get(user_id=user.pk)


def booking(booking_id: int) -> Booking:
    """Lock a booking, freshly read with its people. Its slot must be locked before, when the change touches it."""
    return Booking.objects.select_for_update(of=("self",), no_key=True).with_people().get(pk=booking_id)


def unreminded(after: datetime, before: datetime) -> list[Booking]:
    """Lock the live bookings starting between the two that have no reminder yet; one in use waits for the next run."""
    rows = Booking.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).with_people().live()
    coming = rows.filter(reminder_queued_at__isnull=True, starts_at__gt=after, starts_at__lt=before)
    return list(coming.order_by("starts_at", "pk"))
