"""Issuing an invoice: it gets its number and says for ever what it says now (G1)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from accounts.models import User
from billing import locks, messages
from billing.errors import InvoiceBusy, NothingToInvoice, TaxNumberMissing, VisitTakenBack
from billing.models import Invoice
from billing.rules import OCCASION_OF, due_day, number_of, series_year
from billing.services.database_errors import BILLING_ERRORS
from billing.services.drafts import locked_draft
from core.clock import hospital_day
from core.db import short_transaction
from core.errors import translated
from integrations import outbox
from patients.models import PatientProfile


def issue(*, invoice: Invoice, revision: int | None = None, by: User, now: datetime) -> Invoice:
    """Issue a draft and mail it to its patient. `revision`: of the draft as somebody saw it.

    Raises DraftGone, AlreadyIssued, DraftChanged, VisitTakenBack, NothingToInvoice,
    TaxNumberMissing, InvoiceBusy.
    """
    with translated(BILLING_ERRORS, busy=InvoiceBusy), short_transaction():
        booking = locks.booking(invoice.booking_id) if invoice.booking_id else None
        fresh = locked_draft(invoice.pk, revision)
        if booking and OCCASION_OF.get(booking.status) != fresh.occasion:
            raise VisitTakenBack
        if fresh.total_cents <= 0:
            raise NothingToInvoice
        if fresh.tax_cents and not settings.HOSPITAL_TAX_NUMBER:
            raise TaxNumberMissing
        # In one statement begun after the lock: name and address of one moment. And before the counter of numbers, so
        # that nothing is read while all others wait for it.
        fresh.patient = PatientProfile.objects.select_related("user", "guardian").get(pk=fresh.patient_id)
        fill_in(fresh, by=by, now=now)
        fresh.save()
        outbox.enqueue(messages.issued(fresh), now=now)
        return fresh


def fill_in(invoice: Invoice, *, by: User, now: datetime) -> None:
    """What a draft gets when it is issued: who sells and who buys, as they are called today, and its number."""
    invoice.issued_at, invoice.issued_by = now, by
    invoice.due_on = due_day(hospital_day(now), settings.INVOICE_DUE_DAYS)
    invoice.seller_name, invoice.seller_address = settings.HOSPITAL_NAME, settings.HOSPITAL_ADDRESS
    invoice.seller_phone, invoice.seller_tax_number = settings.HOSPITAL_PHONE, settings.HOSPITAL_TAX_NUMBER
    invoice.buyer_name, invoice.buyer_address = invoice.patient.full_name, invoice.patient.address
    invoice.series, invoice.year = settings.INVOICE_SERIES, series_year(hospital_day(now), settings.INVOICE_YEAR_STARTS)
    # The last lock: all who issue wait for one another here, and for nothing else (docs/locking.md).
    invoice.sequence = locks.next_number(invoice.series, invoice.year)
    invoice.number = number_of(invoice.series, invoice.year, invoice.sequence)
