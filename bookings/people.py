"""Taking somebody off the list of people a patient cares for: only when nothing is booked for them (C11)."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from bookings import locks
from bookings.choices import WaitingState
from bookings.models import Booking, WaitingEntry
from bookings.rules import HasComingAppointments, NoSuchPerson
from core.db import short_transaction
from core.errors import translated
from patients.models import PatientProfile


def remove_person(*, person: PatientProfile, by: User, now: datetime) -> None:
    """They can't be booked for any more; what has been stays readable. Removing twice changes nothing.

    The patient's lock makes a booking of the same moment wait. Raises HasComingAppointments, NoSuchPerson, Busy.
    """
    with translated({}), short_transaction():
        fresh = locks.patient(person.pk)
        if fresh.guardian_id != by.pk:
            raise NoSuchPerson
        if Booking.objects.filter(patient=fresh).upcoming(now).exists():
            raise HasComingAppointments
        WaitingEntry.objects.filter(patient=fresh, state=WaitingState.WAITING).update(state=WaitingState.LEFT)
        if fresh.removed_at is None:
            fresh.removed_at = now
            fresh.save(update_fields=["removed_at"])
