"""Doctors and patients as those find them who keep their accounts: closed ones too."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import User
from accounts.permissions import Can, may
from patients.models import PatientProfile


def patients_handled_by(actor: User) -> QuerySet[PatientProfile]:
    """All patients for who handles personal data; none for anybody else."""
    rows = PatientProfile.objects.select_related("user", "guardian")
    return rows if may(actor, Can.HANDLE_PERSONAL_DATA) else rows.none()
