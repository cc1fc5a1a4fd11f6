"""Invoices, credit notes and receipts as files: for their patient, and for staff who may see invoices (G2)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from accounts.permissions import Can, may
from accounts.requests import SignedInRequest
from audit import services as audit
from billing import selectors
from billing.documents import pdf
from billing.models import Invoice

# No HEAD: it would be written down as read by staff, and nothing is.


@require_GET
def invoice_pdf(request: SignedInRequest, invoice_number: str) -> HttpResponse:
    invoice = selectors.invoice_by_number(request.user, invoice_number)
    if invoice is None:
        raise Http404
    _read(request, invoice, what="invoice")
    return _file(pdf.invoice_pdf(invoice), pdf.invoice_file_name(invoice))


@require_GET
def credit_note_pdf(request: SignedInRequest, note_number: str) -> HttpResponse:
    note = selectors.credit_note_by_number(request.user, note_number)
    if note is None:
        raise Http404
    _read(request, note.invoice, what="credit note")
    return _file(pdf.credit_note_pdf(note), pdf.credit_note_file_name(note))


@require_GET
def receipt(request: SignedInRequest, payment_id: UUID) -> HttpResponse:
    """Of what came in; taking back what was entered by mistake has none."""
    payment = selectors.payment_by_key(request.user, payment_id)
    if payment is None or payment.takes_back_id:
        raise Http404
    _read(request, payment.invoice, what="receipt")
    return _file(pdf.receipt_pdf(payment), pdf.receipt_file_name(payment))


def _read(request: SignedInRequest, invoice: Invoice, *, what: str) -> None:
    """The trail tells of staff who were shown it; of patients' own papers nothing is told."""
    if may(request.user, Can.SEE_INVOICES):
        audit.personal_data_read([invoice.patient], what=what)


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
