"""A draft: made, changed and dropped as often as somebody likes; it has no number yet (G1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings

from accounts.models import User
from audit import services as audit
from billing import locks
from billing.amounts import LineAmount, totals_of
from billing.choices import BillingOutcome, Occasion, TaxCategory
from billing.errors import (
    AlreadyInvoiced,
    AlreadyIssued,
    DraftChanged,
    DraftGone,
    InvoiceBusy,
    NotToBeBilled,
    ReasonNotGiven,
)
from billing.models import BillingDecision, Invoice, InvoiceLine, TaxTotal
from billing.rules import OCCASION_OF
from billing.selectors import balance_of, still_counts
from billing.services.database_errors import BILLING_ERRORS
from billing.services.idempotency import answered, fingerprint
from bookings.models import Booking
from core.clock import hospital_day
from core.db import short_transaction
from core.errors import translated
from core.text.visible import visible_length
from doctors.models import DoctorProfile
from patients.models import PatientProfile


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as somebody enters it. What it says of the visit is the day, never what was done (D2)."""

    description: str
    unit_cents: int
    quantity: Decimal = Decimal(1)
    discount_cents: int = 0
    category: str = TaxCategory.EXEMPT
    rate: Decimal = Decimal(0)

    @property
    def amount(self) -> LineAmount:
        return LineAmount(self.quantity, self.unit_cents, self.discount_cents, self.category, self.rate)


def draft_for_visit(
    *,
    booking: Booking,
    lines: Sequence[LineDraft],
    discount_cents: int = 0,
    by: User,
    key: str | None = None,
    now: datetime,
) -> Invoice:
    """Draft the invoice of an appointment by hand (G1). Raises NotToBeBilled, AlreadyInvoiced, FormReused,
    DiscountTooLarge, InvoiceBusy."""
    with translated(BILLING_ERRORS, busy=InvoiceBusy), short_transaction():
        fresh = locks.booking(booking.pk)  # what becomes of the visit, and the job, wait
        said = _said(lines, discount_cents, booking=fresh.pk)
        if earlier := answered(Invoice.objects.filter(created_by=by), key, said):
            return earlier
        invoice = write_visit_draft(fresh, lines, discount_cents, by=by, key=key, said=said, now=now)
        BillingDecision.objects.update_or_create(
            booking=fresh, defaults={"status": fresh.status, "outcome": BillingOutcome.CHARGED, "decided_at": now}
        )
        return invoice


def draft_for_patient(
    *,
    patient: PatientProfile,
    doctor: DoctorProfile | None = None,
    lines: Sequence[LineDraft],
    discount_cents: int = 0,
    by: User,
    key: str | None = None,
    now: datetime,
) -> Invoice:
    """Draft an invoice for something else than an appointment, such as a certificate. Raises FormReused,
    DiscountTooLarge, InvoiceBusy."""
    with translated(BILLING_ERRORS, busy=InvoiceBusy), short_transaction():
        fresh = locks.patient(patient.pk)  # the same form sent twice at once waits, and so does an erasure
        said = _said(lines, discount_cents, patient=fresh.pk, doctor=doctor.pk if doctor else None)
        if earlier := answered(Invoice.objects.filter(created_by=by), key, said):
            return earlier
        invoice = Invoice(
            patient=fresh,
            doctor=doctor,
            occasion=Occasion.OTHER,
            created_at=now,
            created_by=by,
            idempotency_key=key or None,
            request_fingerprint=said,
        )
        _write(invoice, lines, discount_cents)
        return invoice


def _said(lines: Sequence[LineDraft], discount_cents: int, **about: int | None) -> str:
    return fingerprint(about, [astuple(line) for line in lines], discount_cents)


def write_visit_draft(
    booking: Booking,
    lines: Sequence[LineDraft],
    discount_cents: int = 0,
    *,
    by: User | None,
    key: str | None = None,
    said: str = "",
    now: datetime,
) -> Invoice:
    """The draft of an appointment whose lock the caller holds. Raises NotToBeBilled, AlreadyInvoiced,
    DiscountTooLarge."""
    if booking.status not in OCCASION_OF:
        raise NotToBeBilled
    earlier = locks.invoices_of(booking.pk)
    if counting_one(earlier):
        raise AlreadyInvoiced
    invoice = Invoice(
        patient=booking.patient,
        doctor=booking.doctor,
        booking=booking,
        take=len(earlier) + 1,
        occasion=OCCASION_OF[booking.status],
        visit_day=hospital_day(booking.starts_at),
        created_at=now,
        created_by=by,
        idempotency_key=key or None,
        request_fingerprint=said,
    )
    _write(invoice, lines, discount_cents)
    return invoice


def counting_one(invoices: Sequence[Invoice]) -> Invoice | None:
    """Of the invoices of an appointment the one that counts: a draft, or not wholly credited."""
    return next((one for one in invoices if still_counts(one, balance_of(one))), None)


def change_draft(
    *, invoice: Invoice, lines: Sequence[LineDraft], discount_cents: int, revision: int, by: User, now: datetime
) -> Invoice:
    """Replace all a draft says. `revision`: of the draft as its page was opened.

    Raises DraftGone, AlreadyIssued, DraftChanged, DiscountTooLarge, InvoiceBusy.
    """
    with translated(BILLING_ERRORS, busy=InvoiceBusy), short_transaction():
        fresh = locked_draft(invoice.pk, revision)
        fresh.lines.all().delete()
        fresh.taxes.all().delete()
        fresh.revision += 1
        _write(fresh, lines, discount_cents)
        return fresh


def drop_draft(*, invoice: Invoice, revision: int, reason: str, by: User, now: datetime) -> None:
    """Drop a draft, and charge nothing of its appointment while that stands as it does. Why is kept in the trail.

    Raises ReasonNotGiven, DraftGone, AlreadyIssued, DraftChanged, InvoiceBusy.
    """
    if not visible_length(reason):
        raise ReasonNotGiven
    with translated(BILLING_ERRORS, busy=InvoiceBusy), short_transaction():
        booking = locks.booking(invoice.booking_id) if invoice.booking_id else None
        fresh = locked_draft(invoice.pk, revision)
        with audit.with_reason(reason):
            fresh.delete()
        if booking:
            BillingDecision.objects.update_or_create(
                booking=booking,
                defaults={"status": booking.status, "outcome": BillingOutcome.WAIVED, "decided_at": now},
            )


def locked_draft(invoice_id: UUID, revision: int | None = None) -> Invoice:
    """A draft, locked; as it was seen, where somebody saw one. Raises DraftGone, AlreadyIssued, DraftChanged."""
    fresh = locks.invoice(invoice_id)
    if fresh is None:
        raise DraftGone
    if not fresh.is_draft:
        raise AlreadyIssued
    if revision is not None and revision != fresh.revision:
        raise DraftChanged
    return fresh


def _write(invoice: Invoice, lines: Sequence[LineDraft], discount_cents: int) -> None:
    """The draft with its lines and the totals of its taxes. Raises DiscountTooLarge."""
    its_lines, its_taxes = lines_and_taxes(invoice, lines, discount_cents)
    invoice.save()
    InvoiceLine.objects.bulk_create(its_lines)
    TaxTotal.objects.bulk_create(its_taxes)


def lines_and_taxes(
    invoice: Invoice, lines: Sequence[LineDraft], discount_cents: int = 0
) -> tuple[list[InvoiceLine], list[TaxTotal]]:
    """The rows of a draft's lines and taxes; the draft itself gets their sums. Nothing is written.

    Raises DiscountTooLarge.
    """
    totals = totals_of([line.amount for line in lines], discount_cents)
    invoice.discount_cents = discount_cents
    invoice.net_cents, invoice.tax_cents, invoice.total_cents = totals.net_cents, totals.tax_cents, totals.total_cents
    its_lines = [
        InvoiceLine(
            invoice=invoice,
            position=position,
            description=line.description,
            quantity=line.quantity,
            unit_cents=line.unit_cents,
            discount_cents=line.discount_cents,
            net_cents=net,
            share_cents=share,
            category=line.category,
            rate=line.rate,
        )
        for position, (line, net, share) in enumerate(zip(lines, totals.nets, totals.shares, strict=True), start=1)
    ]
    its_taxes = [
        TaxTotal(
            invoice=invoice,
            category=tax.category,
            rate=tax.rate,
            taxable_cents=tax.taxable_cents,
            tax_cents=tax.tax_cents,
            words=settings.TAX_EXEMPTION_WORDS if tax.category == TaxCategory.EXEMPT else "",
            code=settings.TAX_EXEMPTION_CODE if tax.category == TaxCategory.EXEMPT else "",
        )
        for tax in totals.taxes
    ]
    return its_lines, its_taxes
