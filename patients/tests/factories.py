"""Patients for tests."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.tests.factories import PASSWORD
from patients.models import PatientProfile
from patients.services import register_patient

_numbers = count(1)


def make_patient(*, full_name: str = "Pat Patient", **facts: Any) -> PatientProfile:
    """A patient who can sign in with PASSWORD. `username` and `email` may be given."""
    number = next(_numbers)
    username = facts.pop("username", f"patient{number}")
    return register_patient(
        username=username,
        email=facts.pop("email", f"{username}@example.org"),
        password=PASSWORD,
        full_name=full_name,
        phone="020 7946 0002",
        date_of_birth=facts.pop("date_of_birth", date(1990, 5, 17)),
        now=timezone.now(),
        profile=facts,
    )
