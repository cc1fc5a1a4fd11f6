"""Money that comes in: part of what is open, or all of it, never more (G2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Max, Value
from django.db.models.lookups import Exact

from accounts.models import User
from billing import locks
from billing.base_models import kept_reference, reference_key
from billing.choices import HAS_REFERENCE
from billing.errors import (
    DraftGone,
    GivenBackAlready,
    InvoiceBusy,
    NotIssued,
    Overpayment,
    ReasonNotGiven,
    ReferenceMissing,
    ReferenceUsed,
    TakenBackAlready,
)
from billing.models import Invoice, InvoiceQuerySet, Payment
from billing.selectors import Balance, balance_of
from billing.services.database_errors import BILLING_ERRORS
from billing.services.idempotency import answered, fingerprint
from core.db import short_transaction
from core.errors import translated
from core.text.visible import visible_length


def take_payment(
    *,
    invoice: Invoice,
    amount_cents: int,
    method: str,
    reference: str = "",
    by: User,
    key: str | None = None,
    now: datetime,
) -> Payment:
    """Enter a payment of all or part of what is open. The same form sent again is the same payment.

    Raises NotIssued, Overpayment, ReferenceMissing, ReferenceUsed, FormReused, InvoiceBusy.
    """
    with translated(BILLING_ERRORS, busy=InvoiceBusy), short_transaction():
        fresh, balance = locked_with_balance(invoice)
        said = fingerprint(fresh.pk, amount_cents, method, reference)
        if earlier := answered(Payment.objects.filter(received_by=by), key, said):
            return earlier
        if amount_cents > balance.open_cents:
            raise Overpayment
        sent = {"idempotency_key": key or None, "request_fingerprint": said}
        return _enter(fresh, amount_cents, method, reference, by=by, now=now, **sent)


def mark_paid(*, invoice: Invoice, method: str, reference: str = "", by: User, now: datetime) -> Payment | None:
    """Enter a payment of whatever is open; None when nothing is, so that saying it again is harmless.

    Raises NotIssued, ReferenceMissing, ReferenceUsed, InvoiceBusy.
    """
    with translated(BILLING_ERRORS, busy=InvoiceBusy), short_transaction():
        fresh, balance = locked_with_balance(invoice)
        if balance.open_cents <= 0:
            return None
        return _enter(fresh, balance.open_cents, method, reference, by=by, now=now)


def _enter(
    invoice: Invoice, amount_cents: int, method: str, reference: str, *, by: User, now: datetime, **sent: str | None
) -> Payment:
    reference, attempt = kept_reference(reference), 1
    if method in HAS_REFERENCE:
        if not reference:
            raise ReferenceMissing
        same = Exact(reference_key(F("reference")), reference_key(Value(reference)))
        earlier = Payment.objects.filter(same, method=method, takes_back__isnull=True)
        if earlier.filter(taken_back_by__isnull=True).exists():
            raise ReferenceUsed
        attempt += earlier.count()
    return Payment.objects.create(
        invoice=invoice,
        amount_cents=amount_cents,
        method=method,
        reference=reference,
        attempt=attempt,
        received_at=moment_after(invoice, now),
        received_by=by,
        **sent,
    )


def take_back_payment(*, payment: Payment, reason: str, by: User, now: datetime) -> Payment:
    """Take back a payment that was entered by mistake: on the wrong invoice, by the wrong method, twice. It and what
    takes it back both stay. Money that did come in is given back by a refund instead (billing/services/credits.py).

    Raises TakenBackAlready, GivenBackAlready, ReasonNotGiven, InvoiceBusy.
    """
    if not visible_length(reason):
        raise ReasonNotGiven
    with translated(BILLING_ERRORS, busy=InvoiceBusy), short_transaction():
        fresh, balance = locked_with_balance(payment.invoice)
        if payment.takes_back_id or Payment.objects.filter(takes_back=payment).exists():
            raise TakenBackAlready
        if balance.paid - payment.amount_cents < balance.refunded:
            raise GivenBackAlready
        return Payment.objects.create(
            invoice=fresh,
            amount_cents=-payment.amount_cents,
            method=payment.method,
            takes_back=payment,
            reason=reason.strip(),
            received_at=moment_after(fresh, now),
            received_by=by,
        )


def moment_after(invoice: Invoice, now: datetime) -> datetime:
    """`now`, or just after the last that happened to an invoice whose lock the caller holds.

    `now` was read before the wait for the lock; what a receipt says must follow the order in which things happened.
    """
    rows = InvoiceQuerySet(Invoice).filter(pk=invoice.pk).order_by()
    happened = ("payments__received_at", "credit_notes__issued_at", "credit_notes__refunds__refunded_at")
    found = rows.aggregate(**{f"last{place}": Max(name) for place, name in enumerate(happened)})
    last = max(filter(None, found.values()), default=None)
    return now if last is None or last < now else last + timedelta(microseconds=1)


def locked_with_balance(invoice: Invoice) -> tuple[Invoice, Balance]:
    """An issued invoice, locked, and how it stands: counted after the lock, so that of two clerks who take the same
    balance at once the second sees the first one's. Raises DraftGone, NotIssued."""
    fresh = locks.invoice(invoice.pk)
    if fresh is None:
        raise DraftGone
    if fresh.is_draft:
        raise NotIssued
    return fresh, balance_of(fresh)
