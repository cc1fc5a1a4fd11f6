"""What people are told of their invoices: facts for the outbox, never what a visit was about (D2)."""

from __future__ import annotations

from accounts.models import User
from billing.models import Invoice
from bookings.messages import addressee_of
from integrations.outbox import Addressee, Draft, email
from patients.models import PatientProfile

INVOICE = "INVOICE"


def issued(invoice: Invoice) -> list[Draft]:
    """To the patient, or whoever cares for them; nothing where nobody is reached."""
    to = invoice_addressee(invoice.patient)
    return [invoice_by_mail(invoice, to=to)] if to else []


def invoice_addressee(patient: PatientProfile) -> User | Addressee | None:
    """Whom a patient's invoices go to: their own account or that of whoever cares for them, until they are taken off
    the family; else the address they left at the desk. None where nobody is reached."""
    to = addressee_of(patient)
    is_theirs = patient.erased_at is None and patient.removed_at is None
    return to if is_theirs and to.email and (isinstance(to, Addressee) or to.is_active) else None


def invoice_by_mail(invoice: Invoice, *, to: User | Addressee, key: str = "") -> Draft:
    """The row of the outbox holds which invoice is wanted: all else is read, and the PDF made, when it is delivered
    (billing/documents/mails.py). `key`: of a form that has it sent again."""
    return email(
        to=to,
        action=INVOICE,
        data={"invoice": str(invoice.pk), "number": invoice.number},
        dedupe_key=f"{INVOICE}:{invoice.pk}:{key}",
        stream=f"invoice:{invoice.pk}",
    )
