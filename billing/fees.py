"""What is known of an appointment and its doctor to say what it costs."""

from __future__ import annotations

from datetime import date

from django.conf import settings

from billing.models import DoctorFees
from billing.rules import FeeTerms, VisitFacts
from bookings.choices import Status
from bookings.models import Booking
from doctors.models import DoctorProfile


def is_billed_on(day: date) -> bool:
    """Whether the hospital bills appointments of that day by itself."""
    return settings.BILLING_FROM is not None and day >= settings.BILLING_FROM


def terms_of(doctor: DoctorProfile) -> FeeTerms:
    """A doctor's own terms; where they have none, the hospital's."""
    own = DoctorFees.objects.filter(doctor=doctor).first() or DoctorFees()
    late, missed = own.late_cancellation_percent, own.missed_visit_percent
    return FeeTerms(
        late_cancellation_percent=settings.LATE_CANCELLATION_PERCENT if late is None else late,
        late_cancellation_hours=settings.LATE_CANCELLATION_HOURS,
        missed_visit_percent=settings.MISSED_VISIT_PERCENT if missed is None else missed,
    )


def visit_facts(booking: Booking) -> VisitFacts:
    """An appointment that was read with its people."""
    patient = booking.patient
    return VisitFacts(
        status=booking.status,
        fee_cents=booking.fee_cents,
        starts_at=booking.starts_at,
        cancelled_at=booking.cancelled_at,
        cancelled_by_patient=booking.cancelled_by_id in {patient.user_id, patient.guardian_id} - {None},
        was_moved=booking.successor is not None,
        hospital_failed=bool(booking.conflict) or booking.offers.exists(),
        had_arrived=booking.changes.filter(to_status=Status.CHECKED_IN).exists(),
        was_only_asked_for=not booking.changes.exclude(to_status__in=(Status.PENDING, Status.CANCELLED)).exists(),
    )
