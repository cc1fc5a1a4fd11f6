"""Where an invoice is found: by its number for whoever it is of, by its key at the desk."""

from __future__ import annotations

from django.urls import reverse

from billing.models import CreditNote, Invoice, Payment


def invoice_url(invoice: Invoice) -> str:
    """The page of an issued invoice, for its patient."""
    return reverse("billing:invoice", args=[invoice.number])


def invoice_pdf_url(invoice: Invoice) -> str:
    return reverse("billing:invoice_pdf", args=[invoice.number])


def credit_note_pdf_url(note: CreditNote) -> str:
    return reverse("billing:credit_note_pdf", args=[note.number])


def receipt_url(payment: Payment) -> str:
    return reverse("billing:receipt", args=[payment.pk])


def desk_url(invoice: Invoice, step: str = "billing:desk_invoice") -> str:
    """The page of an invoice or a draft at the desk, or of one of its steps."""
    return reverse(step, args=[invoice.pk])
