"""What is known of an appointment and its doctor to say what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings

from billing.models import DoctorFees
from billing.rules import FeeTerms, VisitFacts, charge_of, late_cancellation_fee
from bookings.choices import Status
from bookings.models import Booking, BookingStatusChange, Hold
from core.clock import hospital_day
from doctors.models import DoctorProfile

_ONLY_ASKED_FOR = (Status.PENDING, Status.CANCELLED)  # all the steps of a request nobody confirmed


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


def charge_for(booking: Booking) -> int:
    """What its patient is charged for an appointment as it stands; 0: nothing. Read with its people; five queries."""
    return charge_of(visit_facts(booking), terms_of(booking.doctor))


def fee_to_cancel_now(booking: Booking, now: datetime) -> int:
    """What it would cost its patient to cancel an appointment at `now`; 0: nothing. Read with its people."""
    terms = terms_of(booking.doctor)
    if not terms.late_cancellation_percent or not is_billed_on(hospital_day(booking.starts_at)):
        return 0
    return late_cancellation_fee(visit_facts(booking), terms, now)


def visit_facts(booking: Booking) -> VisitFacts:
    """An appointment that was read with its people. Four queries."""
    return facts_of_visits([booking])[booking.pk]


def facts_of_visits(bookings: Sequence[Booking]) -> dict[int, VisitFacts]:
    """By the key of each, read with its people. Four queries, however many."""
    ours = Booking.objects.filter(pk__in=[booking.pk for booking in bookings])
    steps = BookingStatusChange.objects.filter(booking__in=ours)
    moved = set(ours.filter(moved_to__isnull=False).values_list("pk", flat=True))
    offered = set(Hold.objects.filter(booking__in=ours).values_list("booking", flat=True))
    arrived = set(steps.filter(to_status=Status.CHECKED_IN).values_list("booking", flat=True))
    confirmed = set(steps.exclude(to_status__in=_ONLY_ASKED_FOR).values_list("booking", flat=True))
    return {
        booking.pk: VisitFacts(
            status=booking.status,
            fee_cents=booking.fee_cents,
            starts_at=booking.starts_at,
            cancelled_at=booking.cancelled_at,
            cancelled_by_patient=_is_cancelled_by_patient(booking),
            was_moved=booking.pk in moved,
            hospital_failed=bool(booking.conflict) or booking.pk in offered,
            had_arrived=booking.pk in arrived,
            was_only_asked_for=booking.pk not in confirmed,
        )
        for booking in bookings
    }


def _is_cancelled_by_patient(booking: Booking) -> bool:
    """By the patient, or whoever cares for them."""
    theirs = {booking.patient.user_id, booking.patient.guardian_id} - {None}
    return booking.cancelled_by_id in theirs
