"""What counts towards the limits of what patients book; counted under their locks (book_statements.py)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import User
from bookings import rules
from bookings.models import Booking
from bookings.rules import Limits, Load
from patients.models import PatientProfile

HOUR = timedelta(hours=1)


def limits() -> Limits:
    return Limits(
        of_patient=settings.BOOKINGS_PER_PATIENT,
        of_account=settings.BOOKINGS_PER_ACCOUNT,
        within_hour=settings.BOOKINGS_PER_HOUR,
        phone=settings.HOSPITAL_PHONE,
    )


def load(by: User, patient: PatientProfile, found: Mapping[str, Any]) -> Load:
    """What was counted, with whose it is where they are not the account's own."""
    return Load(
        of_patient=found["of_patient"],
        of_account=found["of_account"],
        within_hour=found["within_hour"],
        name="" if patient.user_id == by.pk else patient.full_name,
    )


def check(load: Load | None) -> None:
    """One more appointment; the hospital itself, of whom nothing is counted, may always. Raises LimitReached."""
    if load is not None:
        rules.check_limits(load, limits())


def booked_lately(by: User, now: datetime) -> QuerySet[Booking]:
    """Within the last hour, and by now given up again as well: each of them kept a time from others."""
    return Booking.objects.filter(booked_by=by, created_at__gt=now - HOUR, created_at__lte=now).order_by()
