"""An invoice mailed once more, to whoever it was mailed to when it was issued."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from billing.errors import NobodyToMail, NotIssued
from billing.messages import invoice_addressee, invoice_by_mail
from billing.models import Invoice
from core.db import short_transaction
from integrations import outbox


def mail_again(*, invoice: Invoice, by: User, key: str, now: datetime) -> None:
    """Mail an issued invoice again; the same form sent twice is one mail. Raises NotIssued, NobodyToMail."""
    if invoice.is_draft:
        raise NotIssued
    to = invoice_addressee(invoice.patient)
    if to is None:
        raise NobodyToMail
    with short_transaction():
        outbox.enqueue([invoice_by_mail(invoice, to=to, key=f"{by.pk}:{key}")], now=now)
