"""Credit notes, and the money given back for them: the only way in which an issued invoice is corrected (G2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

from accounts.models import User
from billing import locks
from billing.amounts import credited_tax
from billing.base_models import kept_reference
from billing.errors import (
    CreditTooLarge,
    InvoiceBusy,
    NothingToCredit,
    ReasonNotGiven,
    RefundTooLarge,
    TakenBackAlready,
)
from billing.models import CreditLine, CreditNote, Invoice, Refund
from billing.rules import number_of, series_year
from billing.selectors import lines_left
from billing.services.database_errors import BILLING_ERRORS
from billing.services.idempotency import answered, fingerprint
from billing.services.payments import locked_with_balance, moment_after
from core.clock import hospital_day
from core.db import short_transaction
from core.errors import translated
from core.text.visible import visible_length


def credit(
    *,
    invoice: Invoice,
    amounts: Mapping[int, int] | None = None,
    reason: str,
    by: User,
    key: str | None = None,
    now: datetime,
) -> CreditNote:
    """Take back an issued invoice. `amounts`: how much of which of its lines, by their keys and before tax; None: all
    that is left. The same form sent again is the same credit note.

    Raises NotIssued, NothingToCredit, CreditTooLarge, ReasonNotGiven, FormReused, InvoiceBusy.
    """
    with translated(BILLING_ERRORS, busy=InvoiceBusy), short_transaction():
        fresh, _balance = locked_with_balance(invoice)
        said = fingerprint(fresh.pk, sorted(amounts.items()) if amounts is not None else "all", reason)
        if earlier := answered(CreditNote.objects.filter(issued_by=by), key, said):
            return earlier
        sent = {"idempotency_key": key or None, "request_fingerprint": said}
        return write_credit_note(fresh, amounts, reason=reason, by=by, now=now, **sent)


def write_credit_note(
    invoice: Invoice,
    amounts: Mapping[int, int] | None,
    *,
    reason: str,
    by: User | None,
    now: datetime,
    **sent: str | None,
) -> CreditNote:
    """A credit note for an invoice whose lock the caller holds. Raises NothingToCredit, CreditTooLarge,
    ReasonNotGiven."""
    if not visible_length(reason):
        raise ReasonNotGiven
    left = lines_left(invoice)
    lines = _lines(invoice, {line.pk: cents for line, cents in left.items()}, amounts)
    net, tax = sum(line.net_cents for line in lines), sum(line.tax_cents for line in lines)
    series, year = settings.CREDIT_NOTE_SERIES, series_year(hospital_day(now), settings.INVOICE_YEAR_STARTS)
    sequence = locks.next_number(series, year)  # the last lock, as when an invoice is issued
    note = CreditNote.objects.create(
        invoice=invoice,
        number=number_of(series, year, sequence),
        series=series,
        year=year,
        sequence=sequence,
        issued_at=moment_after(invoice, now),
        issued_by=by,
        reason=reason.strip(),
        net_cents=net,
        tax_cents=tax,
        total_cents=net + tax,
        **sent,
    )
    for line in lines:
        line.credit_note = note
    CreditLine.objects.bulk_create(lines)
    return note


def _lines(invoice: Invoice, left: Mapping[int, int], amounts: Mapping[int, int] | None) -> list[CreditLine]:
    """What is taken back of each line, with the tax of each rate at the first line of it."""
    wanted = {key: cents for key, cents in (left if amounts is None else amounts).items() if cents}
    if not wanted:
        raise NothingToCredit
    if any(cents < 0 or cents > left.get(key, 0) for key, cents in wanted.items()):
        raise CreditTooLarge
    lines = list(invoice.lines.order_by("position"))
    found: list[CreditLine] = []
    for tax in invoice.taxes.all():
        of_rate = [line for line in lines if (line.category, line.rate) == (tax.category, tax.rate)]
        before = sum(line.taxable_cents - left[line.pk] for line in of_rate)
        chosen = [line for line in of_rate if line.pk in wanted]
        nets = [wanted[line.pk] for line in chosen]
        taxes = [credited_tax(tax.taxable_cents, tax.tax_cents, before, sum(nets)), *([0] * len(nets))]
        found += [
            CreditLine(line=line, net_cents=net, tax_cents=of_it)
            for line, net, of_it in zip(chosen, nets, taxes, strict=False)
        ]
    return found


def refund(
    *,
    credit_note: CreditNote,
    amount_cents: int,
    method: str,
    reference: str = "",
    by: User,
    key: str | None = None,
    now: datetime,
) -> Refund:
    """Give back what was paid and is credited by now: never more than the credit note, nor than was paid too much.

    Raises RefundTooLarge, FormReused, InvoiceBusy.
    """
    with translated(BILLING_ERRORS, busy=InvoiceBusy), short_transaction():
        fresh, balance = locked_with_balance(credit_note.invoice)
        said = fingerprint(credit_note.pk, amount_cents, method, reference)
        if earlier := answered(Refund.objects.filter(refunded_by=by), key, said):
            return earlier
        refunded = sum(credit_note.refunds.values_list("amount_cents", flat=True))
        if amount_cents > min(balance.owed_cents, credit_note.total_cents - refunded):
            raise RefundTooLarge
        return Refund.objects.create(
            credit_note=credit_note,
            amount_cents=amount_cents,
            method=method,
            reference=kept_reference(reference),
            refunded_at=moment_after(fresh, now),
            refunded_by=by,
            idempotency_key=key or None,
            request_fingerprint=said,
        )


def take_back_refund(*, refund: Refund, reason: str, by: User, now: datetime) -> Refund:
    """Take back a refund that was entered by mistake: too much, by the wrong method, twice. Both rows stay.

    Raises TakenBackAlready, ReasonNotGiven, InvoiceBusy.
    """
    if not visible_length(reason):
        raise ReasonNotGiven
    with translated(BILLING_ERRORS, busy=InvoiceBusy), short_transaction():
        fresh, _balance = locked_with_balance(refund.credit_note.invoice)
        if refund.takes_back_id or Refund.objects.filter(takes_back=refund).exists():
            raise TakenBackAlready
        return Refund.objects.create(
            credit_note=refund.credit_note,
            amount_cents=-refund.amount_cents,
            method=refund.method,
            takes_back=refund,
            reason=reason.strip(),
            refunded_at=moment_after(fresh, now),
            refunded_by=by,
        )
