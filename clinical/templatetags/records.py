"""What other rooms' pages say of a record: `{% record_link booking viewer %}`."""

from __future__ import annotations

from django import template

from accounts.models import User
from bookings.choices import HAS_RECORD
from bookings.models import Booking
from clinical.links import record_url
from clinical.models import TreatmentRecord, TreatmentRecordQuerySet

register = template.Library()


@register.simple_tag
def record_link(booking: Booking, viewer: User) -> str:
    """Where the patient, or who cares for them, reads what was written of a visit; empty until it is signed."""
    if not viewer.is_patient or booking.status not in HAS_RECORD:
        return ""
    if booking.patient.guardian_id == viewer.pk and booking.patient.removed_at is not None:
        return ""
    records = TreatmentRecordQuerySet(TreatmentRecord).signed()
    return record_url(booking) if records.filter(booking=booking).exists() else ""
