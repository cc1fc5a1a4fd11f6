"""What a mail with an invoice says, made when it is delivered: the outbox holds which invoice, never what it says."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import translation

from accounts.models import User
from billing.documents.pdf import invoice_file_name, invoice_pdf
from billing.links import invoice_url
from billing.messages import invoice_addressee
from billing.models import Invoice, InvoiceQuerySet
from core.formats import money
from core.pdf.attachment import mail_attachment
from core.web.links import absolute
from integrations.errors import NoLongerNeeded, Undeliverable


def data_of_invoice(stored: dict[str, Any]) -> dict[str, Any]:
    """For `MAIL_DATA_MAKERS`: what there is to pay, by when if anything is open, and the PDF.

    An account whose address nobody has confirmed gets the link alone, and so does everybody when the file is too large;
    whoever has no account gets the file alone. Raises NoLongerNeeded when the patient is erased or isn't reached at the
    address any more, Undeliverable when neither can be given.
    """
    data = dict(stored)
    invoice = InvoiceQuerySet(Invoice).with_people().with_balance().get(pk=data.pop("invoice"))
    to = invoice_addressee(invoice.patient)
    if to is None or to.email != data["to"]["email"]:
        raise NoLongerNeeded("nobody is reached there any more")
    data |= _facts(invoice)
    if isinstance(to, User):
        data["invoice_url"] = absolute(invoice_url(invoice))
        if not to.email_verified:
            return data
    with translation.override(settings.LANGUAGE_CODE):
        attachment = mail_attachment(invoice_pdf(invoice), name=invoice_file_name(invoice))
    if attachment:
        data["attachment"] = attachment
    elif "invoice_url" not in data:
        raise Undeliverable("too large for a mail, and no account to open it with")
    return data


def _facts(invoice: Invoice) -> dict[str, str]:
    facts = {"number": invoice.number, "total_text": money(invoice.total_cents, invoice.currency)}
    if invoice.visit_day:
        facts["visit_day"] = invoice.visit_day.isoformat()
    if invoice.due_on and invoice.balance_cents > 0:
        facts["due_on"] = invoice.due_on.isoformat()
    return facts
