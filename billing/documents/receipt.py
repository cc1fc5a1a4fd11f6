"""How an invoice stood when a payment came in: what its receipt says, then and in ten years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, Sum

from billing.models import Payment, Refund


@dataclass(frozen=True, slots=True)
class ReceiptSums:
    """In smallest units. `paid_before`: less what was taken back, and without refunds taken off."""

    total: int
    credited: int
    paid_before: int
    refunded: int
    paid_now: int

    @property
    def paid(self) -> int:
        """All that was paid and not given back, this payment too."""
        return self.paid_before + self.paid_now - self.refunded

    @property
    def open_cents(self) -> int:
        return self.total - self.credited - self.paid


def receipt_sums(payment: Payment) -> ReceiptSums:
    """Of the payments, credit notes and refunds up to this payment. Three queries."""
    at, invoice = payment.received_at, payment.invoice
    earlier = invoice.payments.filter(Q(received_at__lt=at) | Q(received_at=at, pk__lt=payment.pk))
    refunds = Refund.objects.filter(credit_note__invoice=invoice, refunded_at__lte=at)
    return ReceiptSums(
        total=invoice.total_cents,
        credited=_sum(invoice.credit_notes.filter(issued_at__lte=at), "total_cents"),
        paid_before=_sum(earlier, "amount_cents"),
        refunded=_sum(refunds, "amount_cents"),
        paid_now=payment.amount_cents,
    )


def _sum(rows: Any, column: str) -> int:
    return int(rows.aggregate(sum_of=Sum(column, default=0))["sum_of"])
