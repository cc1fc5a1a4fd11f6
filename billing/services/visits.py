"""From the visit to its invoice, by itself: completed, missed or cancelled late it is drafted, taken back it goes (G1).

Pulled: bookings know nothing of money. A worker is woken for each appointment whose status changes
(bookings/services/transition.py), and a job finds what a lost wake-up left behind.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from billing import locks
from billing.choices import BillingOutcome, Occasion
from billing.errors import InvoiceBusy
from billing.fees import charge_for, is_billed_on
from billing.models import BillingDecision, Invoice
from billing.rules import OCCASION_OF
from billing.services.credits import write_credit_note
from billing.services.database_errors import BILLING_ERRORS
from billing.services.drafts import LineDraft, counting_one, write_visit_draft
from bookings.models import Booking
from core.clock import hospital_day
from core.db import short_transaction
from core.errors import translated
from core.formats import long_date


def settle_visit(*, booking_id: int, now: datetime) -> BillingOutcome | None:
    """Bring the invoice of an appointment in line with what became of it; None when there was nothing to decide.

    Each status is decided once: run twice, late, or by two workers, it does nothing more. Raises InvoiceBusy.
    """
    # What is written of the visit is in the hospital's language, whoever's turn it is.
    with (
        translated(BILLING_ERRORS, busy=InvoiceBusy),
        translation.override(settings.LANGUAGE_CODE),
        short_transaction(),
    ):
        booking = locks.booking(booking_id)
        decision = BillingDecision.objects.filter(booking=booking).first()
        if not is_undecided(booking, decision):
            return None
        outcome = _settle(booking, now=now)
        BillingDecision.objects.update_or_create(
            booking=booking, defaults={"status": booking.status, "outcome": outcome, "decided_at": now}
        )
        return outcome


def is_undecided(booking: Booking, decision: BillingDecision | None) -> bool:
    """Whether an appointment has come to an end, or back from one, since billing looked at it."""
    if decision is not None:
        return decision.status != booking.status
    return booking.status in OCCASION_OF and is_billed(booking)


def is_billed(booking: Booking) -> bool:
    """Whether it is of a day from which on the hospital bills by itself."""
    return is_billed_on(hospital_day(booking.starts_at))


def _settle(booking: Booking, *, now: datetime) -> BillingOutcome:
    occasion = OCCASION_OF.get(booking.status)
    counting = counting_one(locks.invoices_of(booking.pk))
    if counting and counting.occasion == occasion:
        return BillingOutcome.CHARGED  # somebody was faster by hand
    if counting:
        _take_back(counting, now=now)
    if occasion is None:
        return BillingOutcome.TAKEN_BACK
    charge = _charge(booking)
    if charge:
        write_visit_draft(booking, [LineDraft(line_words(occasion, booking), charge)], by=None, now=now)
    return BillingOutcome.CHARGED if charge else BillingOutcome.FREE


def _take_back(invoice: Invoice, *, now: datetime) -> None:
    """A draft goes; an issued invoice is credited, all that is left of it."""
    if invoice.is_draft:
        invoice.delete()
    else:
        write_credit_note(invoice, None, reason=_("The appointment was changed after this invoice."), by=None, now=now)


def _charge(booking: Booking) -> int:
    """Nothing is charged of appointments before billing began, nor of whoever is erased."""
    if not is_billed(booking) or booking.patient.erased_at:
        return 0
    return charge_for(booking)


def line_words(occasion: str, booking: Booking) -> str:
    """What a line says of an appointment: its day and doctor, never what was done."""
    facts = {"day": long_date(booking.starts_at), "doctor": booking.doctor.display_name}
    if occasion == Occasion.LATE_CANCELLATION:
        return _("Late cancellation of the appointment on %(day)s, %(doctor)s") % facts
    if occasion == Occasion.MISSED:
        return _("Missed appointment on %(day)s, %(doctor)s") % facts
    return _("Appointment on %(day)s, %(doctor)s") % facts
