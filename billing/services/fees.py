"""What a doctor's patients pay for a visit they miss, or cancel late, in percent of its fee (G1)."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from billing.errors import InvoiceBusy
from billing.models import DoctorFees
from core.db import short_transaction
from core.errors import translated
from doctors.models import DoctorProfile


def set_fees(
    *,
    doctor: DoctorProfile,
    late_cancellation_percent: int | None,
    missed_visit_percent: int | None,
    by: User,
    now: datetime,
) -> DoctorFees:
    """A doctor's own percentages; None: as the hospital's. They count for appointments that are cancelled or missed
    from now on. Raises InvoiceBusy."""
    with translated({}, busy=InvoiceBusy), short_transaction():
        fees, _is_new = DoctorFees.objects.update_or_create(
            doctor=doctor,
            defaults={
                "late_cancellation_percent": late_cancellation_percent,
                "missed_visit_percent": missed_visit_percent,
            },
        )
        return fees
