"""A day's money at the desk: by method, by who took it, and every row of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from billing.choices import Method
from billing.links import desk_url
from billing.models import Invoice, Payment, Refund
from core.formats import clock_time, long_date, money
from core.intervals import A_DAY
from core.money import from_cents


@dataclass(frozen=True, slots=True)
class Movement:
    """Money in, or below 0 out."""

    at: datetime
    who: str
    method: str
    cents: int
    reference: str
    invoice: Invoice
    what: str

    @property
    def time(self) -> str:
        return clock_time(self.at)

    @property
    def method_words(self) -> str:
        return str(Method(self.method).label)

    @property
    def amount(self) -> str:
        return money(self.cents, self.invoice.currency)

    @property
    def patient(self) -> str:
        return self.invoice.patient.full_name

    @property
    def url(self) -> str:
        return desk_url(self.invoice)


@dataclass(slots=True)
class CashSum:
    """What came in and went out, of one method or one clerk and one currency."""

    label: str
    currency: str
    received_cents: int = 0
    returned_cents: int = 0
    count: int = 0

    def add(self, cents: int) -> None:
        self.count += 1
        if cents > 0:
            self.received_cents += cents
        else:
            self.returned_cents -= cents

    @property
    def received(self) -> str:
        return money(self.received_cents, self.currency)

    @property
    def returned(self) -> str:
        return money(self.returned_cents, self.currency)

    @property
    def difference(self) -> str:
        return money(self.received_cents - self.returned_cents, self.currency)


@dataclass(frozen=True, slots=True)
class CashUpPage:
    day: date
    title: str
    before_url: str
    after_url: str
    csv_url: str
    by_method: list[CashSum]
    by_clerk: list[CashSum]
    totals: list[CashSum]
    movements: list[Movement] = field(default_factory=list)


def movements_of(payments: Iterable[Payment], refunds: Iterable[Refund]) -> list[Movement]:
    """All of a day, in the order of the clock. What was taken back counts against what came in."""
    moved = [
        Movement(
            payment.received_at,
            payment.received_by.full_name,
            payment.method,
            payment.amount_cents,
            payment.reference or payment.reason,
            payment.invoice,
            _("Taken back") if payment.takes_back_id else _("Payment"),
        )
        for payment in payments
    ]
    moved += [
        Movement(
            refund.refunded_at,
            refund.refunded_by.full_name,
            refund.method,
            -refund.amount_cents,
            refund.reference or refund.reason,
            refund.credit_note.invoice,
            _("Refund taken back") if refund.takes_back_id else _("Refund"),
        )
        for refund in refunds
    ]
    return sorted(moved, key=lambda movement: movement.at)


def cash_up_page(day: date, movements: Sequence[Movement]) -> CashUpPage:
    order = {method: place for place, method in enumerate(Method.values)}
    by_method = sorted(movements, key=lambda movement: order[movement.method])
    by_clerk = sorted(movements, key=lambda movement: movement.who)
    return CashUpPage(
        day=day,
        title=_("Cash-up, %(day)s") % {"day": long_date(day)},
        before_url=cash_up_url(day - A_DAY),
        after_url=cash_up_url(day + A_DAY),
        csv_url=cash_up_url(day, "billing:desk_cash_up_csv"),
        by_method=_sums((movement.method_words, movement) for movement in by_method),
        by_clerk=_sums((movement.who, movement) for movement in by_clerk),
        totals=_sums((_("In all"), movement) for movement in movements),
        movements=list(movements),
    )


def cash_up_url(day: date, name: str = "billing:desk_cash_up") -> str:
    return f"{reverse(name)}?day={day.isoformat()}"


def _sums(labelled: Iterable[tuple[str, Movement]]) -> list[CashSum]:
    sums: dict[tuple[str, str], CashSum] = {}
    for label, movement in labelled:
        currency = movement.invoice.currency
        sums.setdefault((label, currency), CashSum(label, currency)).add(movement.cents)
    return list(sums.values())


CSV_HEADER = ("time", "what", "method", "amount", "currency", "reference", "invoice", "patient", "by")


def csv_row(movement: Movement) -> tuple[datetime, str, str, Decimal, str, str, str, str, str]:
    invoice = movement.invoice
    return (
        movement.at,
        movement.what,
        movement.method_words,
        from_cents(movement.cents, invoice.currency),
        invoice.currency,
        movement.reference,
        invoice.number,
        movement.patient,
        movement.who,
    )
