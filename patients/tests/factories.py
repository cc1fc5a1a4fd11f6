"""Patients for tests."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.tests.factories import PASSWORD, verify
from patients.models import PatientProfile
from patients.services import add_dependent, register_patient

_numbers = count(1)


def make_patient(*, full_name: str = "Pat Patient", verified: bool = True, **facts: Any) -> PatientProfile:
    """A patient who can sign in with PASSWORD, the address confirmed unless `verified` is false.

    `username` and `email` may be given.
    """
    number = next(_numbers)
    username = facts.pop("username", f"patient{number}")
    patient = register_patient(
        username=username,
        email=facts.pop("email", f"{username}@example.org"),
        password=PASSWORD,
        full_name=full_name,
        phone="020 7946 0002",
        date_of_birth=facts.pop("date_of_birth", date(1990, 5, 17)),
        now=timezone.now(),
        profile=facts,
    )
    if verified:
        verify(patient.user)
    return patient


def make_person(guardian: PatientProfile, *, full_name: str = "Tom Patient", **facts: Any) -> PatientProfile:
    """Somebody `guardian` cares for."""
    born = facts.pop("date_of_birth", date(2015, 6, 4))
    relationship = facts.pop("relationship", "my son")
    return add_dependent(
        guardian=guardian.user, full_name=full_name, date_of_birth=born, relationship=relationship, profile=facts
    )
