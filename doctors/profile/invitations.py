"""A doctor added by staff (H3): account, profile and invitation at once; only the doctor ever knows the password."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.choices import Role
from accounts.invitations.services import invite
from accounts.models import User
from accounts.services import create_account
from core.errors import translated
from doctors.models import DoctorProfile
from doctors.services import PROFILE_ERRORS


def invite_doctor(
    *,
    username: str,
    email: str,
    full_name: str,
    phone: str,
    licence_checked: bool,
    by: User,
    now: datetime,
    profile: dict[str, Any],
) -> DoctorProfile:
    """Make a doctor's account and profile (A5), and mail the link to set the password.

    With `licence_checked` by who adds them, patients see the doctor at once; else once staff approve it (A4).
    Raises EmailTaken, UsernameTaken, LicenceTaken.
    """
    with translated(PROFILE_ERRORS), transaction.atomic():
        user = create_account(
            role=Role.DOCTOR, username=username, email=email, password=None, full_name=full_name, phone=phone
        )
        doctor = DoctorProfile.objects.create(
            user=user,
            approved_at=now if licence_checked or not settings.DOCTORS_NEED_APPROVAL else None,
            approved_by=by if licence_checked else None,
            **profile,
        )
        invite(user=user, by=by, now=now)
        return doctor
