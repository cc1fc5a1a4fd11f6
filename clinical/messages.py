"""What people are told about records: facts for the outbox, never a word of what a record says (D2)."""

from __future__ import annotations

from django.conf import settings

from accounts.models import User
from bookings.messages import addressee_of
from clinical.links import own_records_url, record_url
from clinical.models import EmergencyAccess, TreatmentRecordVersion
from core.web.links import absolute
from integrations.outbox import Addressee, Draft, email

MEDICAL_RECORD = "MEDICAL_RECORD"


def emergency_access(access: EmergencyAccess) -> list[Draft]:
    """To the patient: a doctor they have no appointment with may look at their records now. Nothing where they can't be
    reached, nor to whoever cared for them until they were taken off the family: the review list has it either way."""
    to = addressee_of(access.patient)
    if not to.email or access.patient.removed_at is not None:
        return []
    return [
        email(
            to=to,
            action="ACCOUNT_NOTICE",
            data={
                "notice": "RECORDS_READ_IN_EMERGENCY",
                "url": absolute(own_records_url(access.patient, "clinical:access")),
            },
            dedupe_key=f"emergency-access:{access.pk}",
            stream=f"record-access:{access.patient_id}",
        )
    ]


def record_by_mail(version: TreatmentRecordVersion, *, to: User | Addressee, key: str) -> Draft:
    """The row of the outbox holds which version is wanted, never what it says: the PDF is made when it is delivered
    (clinical/documents/mails.py)."""
    booking = version.record.booking
    return email(
        to=to,
        action=MEDICAL_RECORD,
        data={
            "doctor_name": booking.doctor.display_name,
            "starts_at": booking.starts_at.isoformat(timespec="seconds"),
            "time_zone": settings.TIME_ZONE,
            "record_url": absolute(record_url(booking)),
            "version": version.pk,
        },
        dedupe_key=f"{MEDICAL_RECORD}:{version.pk}:{key}",
        stream=f"booking:{booking.calendar_uid}:record",
    )
