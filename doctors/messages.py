"""What doctors are told about their account."""

from __future__ import annotations

from core.web.links import absolute_url
from doctors.models import DoctorProfile
from integrations.outbox import Draft, email


def approved(doctor: DoctorProfile) -> Draft:
    """Staff approved the licence: patients see the doctor now (A4)."""
    return email(
        to=doctor.user,
        action="DOCTOR_APPROVED",
        data={"dashboard_url": absolute_url("dashboards:doctor")},
        dedupe_key=f"approved:{doctor.pk}",
        stream=f"account:{doctor.user_id}",
    )
