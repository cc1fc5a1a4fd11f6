"""What an erasure takes from the books: drafts at once, who it was once the law no longer asks to keep that (H3).

Amounts, numbers, days and references of payments stay: the books rest on them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from billing import locks
from billing.choices import REASON_ERASED, BillingOutcome
from billing.models import BillingDecision, CreditNote, Invoice, InvoiceLine, InvoiceQuerySet, Payment, Refund
from billing.rules import years_before
from core.clock import hospital_day, start_of_day


def drop_drafts_of(patients: Collection[int]) -> None:
    """Drop what is not issued to these patients; nothing is charged of its appointments while they stand as they do.

    To be called inside a transaction.
    """
    drafts = locks.drafts_of(patients)
    visits = [draft.booking_id for draft in drafts if draft.booking_id]
    BillingDecision.objects.filter(booking__in=visits).update(outcome=BillingOutcome.WAIVED)
    for draft in drafts:
        draft.delete()  # with the lines it has now: they were read after the lock


def invoices_to_erase(now: datetime) -> InvoiceQuerySet:
    """Invoices of which the law asks nothing more, that still say who an erased patient or doctor was."""
    issued = InvoiceQuerySet(Invoice).issued().filter(issued_at__lt=start_of_day(kept_since(now)))
    words = InvoiceLine.objects.filter(invoice=OuterRef("pk")).exclude(description="")
    reasons = CreditNote.objects.filter(invoice=OuterRef("pk")).exclude(reason=REASON_ERASED)
    mistakes = Payment.objects.filter(invoice=OuterRef("pk"), takes_back__isnull=False).exclude(reason=REASON_ERASED)
    refunds = Refund.objects.filter(credit_note__invoice=OuterRef("pk"), takes_back__isnull=False)
    is_typed = Exists(words) | Exists(reasons) | Exists(mistakes) | Exists(refunds.exclude(reason=REASON_ERASED))
    of_patient = Q(patient__erased_at__isnull=False) & (~Q(buyer_name="", buyer_address="") | is_typed)
    return issued.filter(of_patient | Q(doctor__user__erased_at__isnull=False) & is_typed)


def kept_since(now: datetime) -> date:
    """What was issued before this day of the hospital need not be kept any more."""
    return years_before(hospital_day(now), settings.INVOICE_RETENTION_YEARS)


def erase_invoice(key: UUID) -> None:
    """Take out who the buyer was, if they are erased, and what was typed: the one change the database allows of it.

    To be called inside a transaction that has said that it erases (privacy/erasure_allowed.py).
    """
    invoice = locks.invoice(key)
    if invoice is None:
        return
    if invoice.patient.erased_at:
        Invoice.objects.filter(pk=key).update(buyer_name="", buyer_address="")
    InvoiceLine.objects.filter(invoice=key).exclude(description="").update(description="")
    CreditNote.objects.filter(invoice=key).exclude(reason=REASON_ERASED).update(reason=REASON_ERASED)
    taken_back = Payment.objects.filter(invoice=key, takes_back__isnull=False)
    taken_back.exclude(reason=REASON_ERASED).update(reason=REASON_ERASED)
    refunds = Refund.objects.filter(credit_note__invoice=key, takes_back__isnull=False)
    refunds.exclude(reason=REASON_ERASED).update(reason=REASON_ERASED)
