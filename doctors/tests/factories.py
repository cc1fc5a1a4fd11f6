"""Doctors, departments and times for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import factory
from django.utils import timezone

from accounts.tests.factories import PASSWORD, verify
from doctors.models import Department, DoctorProfile, Slot
from doctors.services import register_doctor

_numbers = count(1)


class DepartmentFactory(factory.django.DjangoModelFactory[Department]):
    class Meta:
        model = Department

    name = factory.Sequence(lambda n: f"Department {n}")
    slug = factory.Sequence(lambda n: f"department-{n}")
    description = "What we do here."


def make_doctor(
    *, approved: bool = True, full_name: str = "Ana Álvarez", department: Department | None = None, **profile: Any
) -> DoctorProfile:
    """A doctor patients can see, unless `approved` is false. `username` and `email` may be given too."""
    number = next(_numbers)
    facts = {
        "department": department or DepartmentFactory(),
        "specialization": "Cardiology",
        "qualification": "MD",
        "licence_number": f"LIC-{number:06}",
        "years_of_experience": 10,
        "consultation_fee_cents": 12_000,
        "biography": "",
    }
    username = profile.pop("username", f"doctor{number}")
    doctor = register_doctor(
        username=username,
        email=profile.pop("email", f"{username}@example.org"),
        password=PASSWORD,
        full_name=full_name,
        phone="020 7946 0001",
        now=timezone.now(),
        profile=facts | profile,
    )
    verify(doctor.user)
    if approved and doctor.approved_at is None:
        doctor.approved_at = timezone.now()
        doctor.save(update_fields=["approved_at"])
    return doctor


def make_slot(
    doctor: DoctorProfile | None = None, *, starts_at: datetime | None = None, minutes: int = 30, **when: float
) -> Slot:
    """A free time; `days`, `hours` … say how far ahead (default: tomorrow), whole minutes."""
    start = starts_at or (timezone.now() + timedelta(**(when or {"days": 1}))).replace(second=0, microsecond=0)
    return Slot.objects.create(
        doctor=doctor or make_doctor(), starts_at=start, ends_at=start + timedelta(minutes=minutes)
    )
