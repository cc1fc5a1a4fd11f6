"""Short ways to a signed-in browser, a time and an appointment at a known moment."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.models import User
from bookings.models import Booking
from bookings.services.cancel import cancel
from bookings.services.steps import confirm
from bookings.tests.conftest import NOW
from bookings.tests.factories import make_booking
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_slot
from patients.models import PatientProfile


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def slot_in(doctor: DoctorProfile | None = None, *, minutes: int = 30, **ahead: float) -> Slot:
    """A free time that begins `ahead` (days, hours …) of NOW; tomorrow unless said."""
    return make_slot(doctor, starts_at=NOW + timedelta(**(ahead or {"days": 1})), minutes=minutes)


def booked(
    *, slot: Slot | None = None, patient: PatientProfile | None = None, reason: str = "", **ahead: float
) -> Booking:
    """A booking made three hours before NOW, or before it begins."""
    slot = slot or slot_in(**ahead)
    made = min(NOW, slot.starts_at) - timedelta(hours=3)
    return make_booking(slot=slot, patient=patient, now=made, reason=reason)


def confirmed(**facts: Any) -> Booking:
    booking = booked(**facts)
    return confirm(booking=booking, by=booking.doctor.user, now=booking.created_at)


def cancelled(*, by: User | None = None, reason: str = "", now: datetime | None = None, **facts: Any) -> Booking:
    booking = booked(**facts)
    return cancel(booking=booking, by=by or booking.patient.user, reason=reason, now=now or booking.created_at)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def shown(text: str) -> str:
    """`text` as it stands in a page."""
    return str(escape(text))


def new_address(slot: Slot | uuid.UUID) -> str:
    """Where the answers about a time are checked."""
    return f"{reverse('bookings:new')}?slot={slot.pk if isinstance(slot, Slot) else slot}"


def hidden(response: Any, name: str) -> str:
    """The value of a hidden field, as it stands in the page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text_of(response))
    assert found, name
    return found[1]
