"""A patient's account made by staff (H3): only the patient ever knows the password."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.choices import Role
from accounts.invitations.services import invite
from accounts.models import User
from accounts.services import ACCOUNT_ERRORS, create_account
from core.errors import translated
from patients.models import PatientProfile


def invite_patient(
    *,
    username: str,
    email: str,
    full_name: str,
    phone: str,
    date_of_birth: date,
    by: User,
    now: datetime,
    profile: dict[str, Any] | None = None,
) -> PatientProfile:
    """Make a patient's account and profile (A5), and mail the link to set the password.

    Raises EmailTaken, UsernameTaken.
    """
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        user = create_account(
            role=Role.PATIENT, username=username, email=email, password=None, full_name=full_name, phone=phone
        )
        patient = PatientProfile.objects.create(user=user, date_of_birth=date_of_birth, **(profile or {}))
        invite(user=user, by=by, now=now)
        return patient
