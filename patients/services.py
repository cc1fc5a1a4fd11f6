"""Everything that changes patients."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.choices import Role
from accounts.services import ACCOUNT_ERRORS, create_account, update_account
from core.errors import translated
from integrations import services as outbox
from patients.models import PatientProfile


def register_patient(
    *,
    username: str,
    email: str,
    password: str | None,
    full_name: str,
    phone: str,
    date_of_birth: date,
    now: datetime,
    profile: dict[str, Any] | None = None,
) -> PatientProfile:
    """Make a patient's account and profile together, and welcome them (A2, A5). Raises EmailTaken, UsernameTaken."""
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        user = create_account(
            role=Role.PATIENT, username=username, email=email, password=password, full_name=full_name, phone=phone
        )
        patient = PatientProfile.objects.create(user=user, date_of_birth=date_of_birth, **(profile or {}))
        outbox.enqueue([outbox.welcome(user)], now=now)
        return patient


def update_patient(*, patient: PatientProfile, full_name: str, phone: str, profile: dict[str, Any]) -> PatientProfile:
    """Change name, phone and profile together."""
    with transaction.atomic():
        update_account(user=patient.user, full_name=full_name, phone=phone)
        for name, value in profile.items():
            setattr(patient, name, value)
        patient.save(update_fields=list(profile))
    return patient
