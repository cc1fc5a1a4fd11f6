"""Where a record is found: on its visit's page, as a file, by mail; and the history it belongs to."""

from __future__ import annotations

from django.urls import reverse

from bookings.links import step_url
from bookings.models import Booking
from clinical.models import TreatmentRecord
from patients.models import PatientProfile


def record_url(booking: Booking, version: int | None = None) -> str:
    """The record of a visit; an earlier version of it by its number."""
    address = step_url(booking, "clinical:record")
    return f"{address}?version={version}" if version else address


def amend_url(booking: Booking) -> str:
    return f"{record_url(booking)}?amend=1"


def pdf_url(record: TreatmentRecord, version: int | None = None) -> str:
    address = reverse("clinical:pdf", args=[record.pk])
    return f"{address}?version={version}" if version else address


def send_url(record: TreatmentRecord) -> str:
    return reverse("clinical:send", args=[record.pk])


def history_url(patient: PatientProfile) -> str:
    return reverse("clinical:history", args=[patient.pk])


def own_records_url(patient: PatientProfile, page: str = "clinical:records") -> str:
    """A patient's page of all records, or of who looked, for one of whom they care for or for themselves."""
    return f"{reverse(page)}?person={patient.pk}"
