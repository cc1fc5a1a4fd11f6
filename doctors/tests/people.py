"""Somebody who is a patient, as far as doctors' pages can tell: this app may not know the patients' own factory."""

from __future__ import annotations

import pgtrigger

from accounts.choices import Role
from accounts.models import User
from accounts.tests.factories import StaffFactory


def patient_account() -> User:
    """An account with the role of a patient and no profile; doctors' pages ask for nothing else."""
    user = StaffFactory(is_staff=False, is_superuser=False)
    with pgtrigger.ignore("accounts.User:role_stays"):
        User.objects.filter(pk=user.pk).update(role=Role.PATIENT)
    user.refresh_from_db()
    return user
