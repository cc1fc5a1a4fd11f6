"""What other rooms' pages say of records: links for whoever may follow them."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.urls import reverse

from accounts.models import User
from bookings.choices import HAS_RECORD, Status
from bookings.models import Booking
from clinical.links import history_url, record_url
from clinical.models import TreatmentRecord, TreatmentRecordQuerySet
from clinical.rules import READ_AHEAD
from core import clock

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


@register.simple_tag
def history_link(booking: Booking, viewer: User) -> str:
    """Where the doctor of an appointment reads what was written of the patient before; empty when it is too early."""
    is_theirs = viewer.is_doctor and booking.doctor.user_id == viewer.pk and booking.status != Status.CANCELLED
    return history_url(booking.patient) if is_theirs and booking.starts_at < clock.now() + READ_AHEAD else ""


@register.simple_tag
def emergency_link(viewer: User) -> str:
    """Where a doctor opens the records of a patient they don't treat; empty where the hospital does not allow it."""
    return reverse("clinical:emergency") if settings.EMERGENCY_ACCESS and viewer.is_doctor else ""
