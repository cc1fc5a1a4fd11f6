"""What tests of the sample hospital look at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import User
from bookings.models import Booking, BookingStatusChange
from clinical.models import RecordDraft, TreatmentRecord, TreatmentRecordVersion
from core.clock import hospital_day
from doctors.models import Department, DoctorProfile, Slot
from patients.models import PatientProfile
from sample_data.past import PAST

WEDNESDAY = datetime(2026, 8, 5, 9, 40, tzinfo=UTC)  # 10:40am in London


def everything() -> dict[str, Any]:
    """What the demo is made of, to see whether anything changed."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())  # type: ignore[attr-defined]
        for model in (*_OF_THE_HOUSE, *_OF_VISITS)
    }


_OF_THE_HOUSE = (User, EmailAddress, Department, DoctorProfile, PatientProfile, Slot)
_OF_VISITS = (Booking, BookingStatusChange, TreatmentRecord, TreatmentRecordVersion, RecordDraft)


def doctor(username: str) -> DoctorProfile:
    return DoctorProfile.objects.get(user__username=username)


def free_days(username: str, *, now: datetime) -> set[date]:
    return {hospital_day(slot.starts_at) for slot in Slot.objects.for_doctor(doctor(username)).free().future(now)}


def written() -> Any:
    return Booking.objects.filter(idempotency_key__startswith=PAST)
