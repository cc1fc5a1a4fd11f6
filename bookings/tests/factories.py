"""Bookings for tests, made by the product's own service."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from bookings import services
from bookings.models import Booking
from doctors.models import Slot
from doctors.tests.factories import make_slot
from patients.models import PatientProfile
from patients.tests.factories import make_patient


def make_booking(
    *, slot: Slot | None = None, patient: PatientProfile | None = None, now: datetime | None = None, reason: str = ""
) -> Booking:
    """A booking of a free time by a patient; PENDING unless the doctor confirms automatically."""
    slot = slot or make_slot()
    patient = patient or make_patient()
    # A booking of a time already past was made before it began.
    moment = now or min(timezone.now(), slot.starts_at - timedelta(hours=3))
    return services.book(slot_id=slot.pk, patient=patient, by=patient.user, reason=reason, now=moment)
