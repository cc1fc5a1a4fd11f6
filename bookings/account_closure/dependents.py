"""Taking somebody off the list of people a patient cares for: only when nothing is booked for them (C11)."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from bookings import locks
from bookings.account_closure import services as account_closure
from bookings.models import Booking
from bookings.rules import HasComingAppointments, NoSuchPerson
from bookings.services.transition import BOOKING_ERRORS
from core.db import short_transaction
from core.errors import translated
from patients.models import PatientProfile


def remove_person(*, person: PatientProfile, by: User, now: datetime) -> None:
    """They can't be booked for any more; what has been stays readable. Removing twice changes nothing.

    What they wait for ends, and times held for them go to others. The patient's lock makes a booking of the same moment
    wait. Raises HasComingAppointments, NoSuchPerson, Busy.
    """
    with translated(BOOKING_ERRORS), short_transaction():
        held = account_closure.open_holds([person])
        slots = locks.slots(list(held.values_list("slot_id", flat=True)))
        fresh = locks.patient(person.pk)
        if fresh.guardian_id != by.pk:
            raise NoSuchPerson
        if Booking.objects.filter(patient=fresh).upcoming(now).exists():
            raise HasComingAppointments
        account_closure.withdraw_from_waiting_lists({fresh.pk}, slots, set(), now=now)
        if fresh.removed_at is None:
            fresh.removed_at = now
            fresh.save(update_fields=["removed_at"])
