"""Row locks on patients. The order of all locks stands in docs/locking.md."""

from __future__ import annotations

from accounts.models import User
from patients.models import PatientProfile


def patient(patient_id: int) -> PatientProfile:
    """Lock a patient, freshly read."""
    return PatientProfile.objects.select_for_update(of=("self",), no_key=True).get(pk=patient_id)


def family_of(guardian: User) -> PatientProfile:
    """Lock the guardian's own profile: whoever adds somebody to their list waits here."""
    return PatientProfile.objects.select_for_update(of=("self",), no_key=True).get(user_id=guardian.pk)
