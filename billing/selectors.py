"""Reading invoices. Every read begins with what the reader may see."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from accounts.permissions import Can, Viewer, may
from billing.choices import InvoiceState, PaymentStatus
from billing.models import CreditNote, Invoice, InvoiceLine, InvoiceQuerySet, Payment, Refund, TaxTotal
from billing.rules import payment_status
from bookings.models import Booking
from patients.models import PatientProfile

# Whose


def invoices_visible_to(viewer: Viewer) -> InvoiceQuerySet:
    """All, drafts too, for staff who may; of a patient what was issued to them and to those they care for (A7)."""
    invoices = InvoiceQuerySet(Invoice).with_people()
    if may(viewer, Can.SEE_INVOICES):
        return invoices
    if may(viewer, Can.SEE_OWN_INVOICES):
        cared_for = Q(patient__guardian=viewer, patient__removed_at__isnull=True)
        return invoices.issued().filter(Q(patient__user=viewer) | cared_for)
    return invoices.none()


def invoice_by_number(viewer: Viewer, number: str) -> Invoice | None:
    """An issued invoice with its balance; None when there is none or it isn't the viewer's."""
    return invoices_visible_to(viewer).with_balance().filter(number=number).first()


def invoice_by_key(viewer: Viewer, key: UUID) -> Invoice | None:
    """An invoice or a draft with its balance; None when there is none or it isn't the viewer's."""
    return invoices_visible_to(viewer).with_balance().filter(pk=key).first()


def invoice_of_visit(viewer: Viewer, booking: Booking) -> Invoice | None:
    """The last invoice of an appointment, with its balance; None when there is none or it isn't the viewer's."""
    return invoices_visible_to(viewer).with_balance().filter(booking=booking).order_by("-take").first()


def credit_note_by_number(viewer: Viewer, number: str) -> CreditNote | None:
    rows = CreditNote.objects.filter(invoice__in=invoices_visible_to(viewer).order_by())
    return rows.select_related("invoice__patient__user", "issued_by").filter(number=number).first()


def payment_by_key(viewer: Viewer, key: UUID) -> Payment | None:
    rows = Payment.objects.filter(invoice__in=invoices_visible_to(viewer).order_by())
    return rows.select_related("invoice__patient__user", "received_by").filter(pk=key).first()


def refund_by_key(viewer: Viewer, key: UUID) -> Refund | None:
    rows = Refund.objects.filter(credit_note__invoice__in=invoices_visible_to(viewer).order_by())
    return rows.select_related("credit_note__invoice", "taken_back_by").filter(pk=key).first()


# How it stands


@dataclass(frozen=True, slots=True)
class Balance:
    """What became of an issued invoice, in its smallest units."""

    total: int
    credited: int
    paid: int
    refunded: int

    @property
    def left(self) -> int:
        """Still to pay; below 0: to give back."""
        return self.total - self.credited - self.paid + self.refunded

    @property
    def open_cents(self) -> int:
        return max(self.left, 0)

    @property
    def owed_cents(self) -> int:
        """What the hospital has to give back."""
        return max(-self.left, 0)

    @property
    def status(self) -> PaymentStatus:
        return payment_status(total=self.total, credited=self.credited, balance=self.left)

    @property
    def is_cancelled(self) -> bool:
        return self.status == PaymentStatus.CANCELLED


def read_balance(invoice: Invoice) -> Balance:
    """Of an invoice that was read `with_balance`."""
    return Balance(invoice.total_cents, invoice.credited_cents, invoice.paid_cents, invoice.refunded_cents)


def balance_of(invoice: Invoice) -> Balance:
    """Counted anew, for whoever holds its lock: what was joined to a locked row is as old as the wait. One query."""
    fresh = InvoiceQuerySet(Invoice).with_balance().only("total_cents").get(pk=invoice.pk)
    return read_balance(fresh)


def still_counts(invoice: Invoice, balance: Balance) -> bool:
    """Whether its appointment has an invoice by it: a draft, or not wholly credited."""
    return invoice.is_draft or not balance.is_cancelled


def lines_left(invoice: Invoice) -> dict[InvoiceLine, int]:
    """What may still be credited of each line, before tax, in their order. One query."""
    lines = invoice.lines.annotate(credited=Sum("credits__net_cents", default=0)).order_by("position")
    return {line: line.taxable_cents - line.credited for line in lines}


@dataclass(frozen=True, slots=True)
class InvoiceParts:
    """All that belongs to an invoice, each in its order; five queries."""

    lines: list[InvoiceLine]
    taxes: list[TaxTotal]
    payments: list[Payment]
    credit_notes: list[CreditNote]
    refunds: list[Refund]

    def refundable(self, note: CreditNote, owed: int) -> int:
        """What may still be given back for a credit note, of what is owed in all."""
        given = sum(refund.amount_cents for refund in self.refunds if refund.credit_note_id == note.pk)
        return max(min(owed, note.total_cents - given), 0)


def parts_of(invoice: Invoice) -> InvoiceParts:
    """Of an invoice that was found for its reader."""
    payments = Payment.objects.filter(invoice=invoice).select_related("received_by", "takes_back", "taken_back_by")
    refunds = Refund.objects.filter(credit_note__invoice=invoice).select_related(
        "refunded_by", "credit_note", "takes_back", "taken_back_by"
    )
    return InvoiceParts(
        lines=list(invoice.lines.order_by("position")),
        taxes=list(invoice.taxes.order_by("category", "rate")),
        payments=list(payments.order_by("received_at", "pk")),
        credit_notes=list(invoice.credit_notes.select_related("issued_by").order_by("issued_at", "pk")),
        refunds=list(refunds.order_by("refunded_at", "pk")),
    )


# Lists


# How each issued invoice stands, by one pass over each table: asked of each invoice by itself, a hundred thousand of
# them would take longer than anybody waits for a list.
_STANDING = """
    SELECT invoice.id FROM billing_invoice AS invoice
    LEFT JOIN (SELECT invoice_id, sum(amount_cents) AS cents FROM billing_payment GROUP BY 1) AS paid
        ON paid.invoice_id = invoice.id
    LEFT JOIN (SELECT invoice_id, sum(total_cents) AS cents FROM billing_creditnote GROUP BY 1) AS credited
        ON credited.invoice_id = invoice.id
    LEFT JOIN (
        SELECT note.invoice_id, sum(refund.amount_cents) AS cents FROM billing_refund AS refund
        JOIN billing_creditnote AS note ON note.id = refund.credit_note_id GROUP BY 1
    ) AS refunded ON refunded.invoice_id = invoice.id
    WHERE invoice.number <> '' AND """
_LEFT = "total_cents - COALESCE(credited.cents, 0) - COALESCE(paid.cents, 0) + COALESCE(refunded.cents, 0)"
_IS_CANCELLED = "COALESCE(credited.cents, 0) = total_cents"
_STATES = {
    InvoiceState.OPEN: f"{_LEFT} > 0",
    InvoiceState.OVERDUE: f"{_LEFT} > 0",
    InvoiceState.REFUND: f"{_LEFT} < 0",
    InvoiceState.PAID: f"{_LEFT} <= 0 AND NOT {_IS_CANCELLED}",
    InvoiceState.CANCELLED: _IS_CANCELLED,
}


def in_state(invoices: InvoiceQuerySet, state: str, today: date) -> InvoiceQuerySet:
    """Those that stand so (`InvoiceState`); all for any other word."""
    if state == InvoiceState.DRAFT:
        return invoices.drafts()
    if state not in _STATES:
        return invoices
    standing = RawSQL(_STANDING + _STATES[InvoiceState(state)], [])  # noqa: S611  nothing of it was typed
    found = invoices.issued().filter(pk__in=standing)
    return found.filter(due_on__lt=today) if state == InvoiceState.OVERDUE else found


def paid_by(method: str) -> QuerySet[Payment, Any]:
    """The keys of invoices of which something was paid by it, and not taken back."""
    sums = Payment.objects.filter(method=method).order_by().values("invoice").annotate(cents=Sum("amount_cents"))
    return sums.filter(cents__gt=0).values("invoice")


def own_invoices(viewer: Viewer) -> InvoiceQuerySet:
    """A patient's own, and of those they care for, with their balances; the newest first."""
    if not may(viewer, Can.SEE_OWN_INVOICES):
        return InvoiceQuerySet(Invoice).none()
    return invoices_visible_to(viewer).with_balance().order_by("-issued_at", "-sequence", "pk")


def own_open_amounts(viewer: Viewer) -> list[tuple[str, int]]:
    """What a patient still has to pay, for themselves and those they care for, by currency. One query, and a written
    one: for the page people open most, putting it together costs more than asking it."""
    if not may(viewer, Can.SEE_OWN_INVOICES):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_AMOUNTS, [viewer.pk, viewer.pk])
        return [(currency, int(total)) for currency, total in cursor.fetchall()]


def own_open_amounts_of(viewer: Viewer, patient: PatientProfile) -> list[tuple[str, int]]:
    """What is still to pay for one of them, by currency. One query."""
    totals: dict[str, int] = defaultdict(int)
    for invoice in own_invoices(viewer).filter(patient=patient):
        totals[invoice.currency] += read_balance(invoice).open_cents
    return sorted((currency, cents) for currency, cents in totals.items() if cents)


# The same as `own_invoices` with their balances; a test holds the two against each other.
_OPEN_AMOUNTS = """
    SELECT currency, SUM(open) FROM (
        SELECT invoice.currency, invoice.total_cents
            - COALESCE((SELECT SUM(note.total_cents) FROM billing_creditnote note
                        WHERE note.invoice_id = invoice.id), 0)
            - COALESCE((SELECT SUM(payment.amount_cents) FROM billing_payment payment
                        WHERE payment.invoice_id = invoice.id), 0)
            + COALESCE((SELECT SUM(refund.amount_cents) FROM billing_refund refund
                        JOIN billing_creditnote note ON note.id = refund.credit_note_id
                        WHERE note.invoice_id = invoice.id), 0) AS open
        FROM billing_invoice invoice JOIN patients_patientprofile patient ON patient.id = invoice.patient_id
        WHERE invoice.number <> ''
            AND (patient.user_id = %s OR (patient.guardian_id = %s AND patient.removed_at IS NULL))
    ) AS own WHERE open > 0 GROUP BY currency ORDER BY currency
"""


# The desk's day


def payments_within(viewer: Viewer, start: datetime, end: datetime) -> QuerySet[Payment]:
    """Of the half-open interval, first things first; nothing for whoever may not see the desk's money."""
    rows = Payment.objects.filter(received_at__gte=start, received_at__lt=end)
    rows = rows.select_related("invoice__patient__user", "received_by").order_by("received_at", "pk")
    return rows if may(viewer, Can.RUN_BILLING) else rows.none()


def refunds_within(viewer: Viewer, start: datetime, end: datetime) -> QuerySet[Refund]:
    """The same of refunds."""
    rows = Refund.objects.filter(refunded_at__gte=start, refunded_at__lt=end)
    rows = rows.select_related("credit_note__invoice__patient__user", "refunded_by").order_by("refunded_at", "pk")
    return rows if may(viewer, Can.RUN_BILLING) else rows.none()


# A doctor's month


@dataclass(frozen=True, slots=True)
class Earnings:
    """Before tax, in smallest units. `issued` and `credited` in an interval; `paid`: what came in by now, refunds
    taken off, of the invoices issued in it, tax included."""

    issued_cents: int = 0
    credited_cents: int = 0
    paid_cents: int = 0


def earnings_by_doctor(start: datetime, end: datetime, *, currency: str) -> dict[int, Earnings]:
    """What each doctor earned in the half-open interval, by their key: of the invoices in `currency` alone, since
    amounts of two aren't added up. Four queries, however many doctors."""
    issued_then = Invoice.objects.filter(issued_at__gte=start, issued_at__lt=end, currency=currency)
    issued = _by_doctor(issued_then, doctor="doctor", amount="net_cents")
    notes = CreditNote.objects.filter(issued_at__gte=start, issued_at__lt=end, invoice__currency=currency)
    credited = _by_doctor(notes, doctor="invoice__doctor", amount="net_cents")
    of_it = {"invoice__issued_at__gte": start, "invoice__issued_at__lt": end, "invoice__currency": currency}
    paid = _by_doctor(Payment.objects.filter(**of_it), doctor="invoice__doctor", amount="amount_cents")
    refunds = Refund.objects.filter(**{f"credit_note__{name}": value for name, value in of_it.items()})
    refunded = _by_doctor(refunds, doctor="credit_note__invoice__doctor", amount="amount_cents")
    return {
        doctor: Earnings(issued.get(doctor, 0), credited.get(doctor, 0), paid.get(doctor, 0) - refunded.get(doctor, 0))
        for doctor in issued.keys() | credited.keys()
    }


def _by_doctor(rows: QuerySet[Any], *, doctor: str, amount: str) -> dict[int, int]:
    """The sum of `amount` by the doctor's key; what is nobody's is left out."""
    sums = rows.filter(**{f"{doctor}__isnull": False}).order_by().values_list(doctor).annotate(sum_of=Sum(amount))
    return {key: int(total) for key, total in sums}
