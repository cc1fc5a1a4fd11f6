"""A visit that is moved is told as moved, not as cancelled and booked (C7, H2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Entry
from audit.presenters import what
from bookings.services.move import move
from bookings.tests.factories import make_booking
from doctors.tests.factories import make_slot

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("mover", ["patient", "doctor"])
def test_the_trail_says_moved_and_not_cancelled(mover: str) -> None:
    now = timezone.now()
    old = make_booking(slot=make_slot(days=5), now=now)
    later = make_slot(old.doctor, starts_at=old.starts_at + timedelta(days=1))
    by = old.patient.user if mover == "patient" else old.doctor.user
    assert by is not None
    new = move(booking=old, to_slot_id=later.pk, by=by, now=now)

    told = [what(entry) for entry in Entry.objects.filter(name__in=[old.reference, new.reference]).order_by("pgh_id")]
    assert told == [
        f"Appointment {old.reference} requested",
        f"Appointment {new.reference} requested, instead of an earlier time",
        f"Appointment {old.reference} moved",
    ]
