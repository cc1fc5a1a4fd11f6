"""What people are told of their invoices: facts for the outbox, never what a visit was about (D2)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import User
from billing.links import invoice_url
from billing.models import Invoice
from bookings.messages import addressee_of
from core.formats import long_date, money
from core.web.links import absolute
from integrations.outbox import Addressee, Draft, email

INVOICE = "INVOICE"


def issued(invoice: Invoice) -> list[Draft]:
    """To the patient, or whoever cares for them; nothing where nobody is reached."""
    to = addressee_of(invoice.patient)
    return [invoice_by_mail(invoice, to=to)] if to.email and invoice.patient.removed_at is None else []


def invoice_by_mail(invoice: Invoice, *, to: User | Addressee, key: str = "") -> Draft:
    """The PDF is made when it is delivered (billing/documents/mails.py). `key`: of a form that has it sent again."""
    return email(
        to=to,
        action=INVOICE,
        data={
            "invoice": str(invoice.pk),
            "number": invoice.number,
            "about": _about(invoice),
            "total_text": money(invoice.total_cents, invoice.currency),
            "due_text": long_date(invoice.due_on),
            "invoice_url": absolute(invoice_url(invoice)),
        },
        dedupe_key=f"{INVOICE}:{invoice.pk}:{key}",
        stream=f"invoice:{invoice.pk}",
    )


def _about(invoice: Invoice) -> str:
    """Which appointment it is for, and no more of it."""
    return _("Appointment on %(day)s") % {"day": long_date(invoice.visit_day)} if invoice.visit_day else ""
