"""What a patient reads of their invoices: the list, and one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing.choices import Method, PaymentStatus, TaxCategory
from billing.links import credit_note_pdf_url, invoice_pdf_url, invoice_url, receipt_url
from billing.models import CreditNote, Invoice, InvoiceLine, Payment, Refund, TaxTotal
from billing.presenters import figure_words, how_to_pay_words, invoice_tag, subject_words
from billing.rules import is_overdue
from billing.selectors import InvoiceParts, read_balance
from bookings.links import detail_url
from bookings.presenters import RelatedLink, Row
from core.formats import long_date, money
from core.site import site_facts
from core.status_tags import StatusTag

# As a patient says it: "Paid by card".
BY_METHOD = {
    Method.CASH: gettext_lazy("Paid in cash"),
    Method.CARD: gettext_lazy("Paid by card"),
    Method.ONLINE: gettext_lazy("Paid online"),
    Method.INSURANCE: gettext_lazy("Paid by your insurance"),
}
BACK_BY_METHOD = {
    Method.CASH: gettext_lazy("Given back in cash"),
    Method.CARD: gettext_lazy("Given back to your card"),
    Method.ONLINE: gettext_lazy("Given back online"),
    Method.INSURANCE: gettext_lazy("Given back to your insurance"),
}

# The list


@dataclass(frozen=True, slots=True)
class InvoiceCard:
    """An invoice in the list. `note` says until when it is to be paid, kindly where that is over."""

    title: str
    url: str
    number: str
    doctor: str
    for_whom: str
    tag: StatusTag
    note: str
    total: str
    open: str


def invoice_card(invoice: Invoice, viewer: User, today: date) -> InvoiceCard:
    balance = read_balance(invoice)
    return InvoiceCard(
        title=subject_words(invoice),
        url=invoice_url(invoice),
        number=invoice.number,
        doctor=invoice.doctor.display_name if invoice.doctor else "",
        for_whom=for_whom(invoice, viewer),
        tag=invoice_tag(invoice, today),
        note=due_words(invoice, today),
        total=money(invoice.total_cents, invoice.currency),
        open=money(balance.open_cents, invoice.currency) if balance.open_cents else "",
    )


def for_whom(invoice: Invoice, viewer: User) -> str:
    """Whom it is for, where that is not the reader but somebody they care for."""
    return "" if invoice.patient.user_id == viewer.pk else invoice.patient.full_name


def due_words(invoice: Invoice, today: date) -> str:
    """Until when it is to be paid; nothing once it is settled."""
    balance = read_balance(invoice)
    if balance.owed_cents:
        facts = {"amount": money(balance.owed_cents, invoice.currency), "phone": site_facts()["phone"]}
        return _("We owe you %(amount)s. Ask for it at the desk, or phone us on %(phone)s.") % facts
    if balance.status != PaymentStatus.PENDING or invoice.due_on is None:
        return ""
    if is_overdue(due_on=invoice.due_on, balance=balance.left, today=today):
        said = _("It was due on %(day)s. Please pay it as soon as you can.")
    else:
        said = _("Please pay it by %(day)s.")
    return said % {"day": long_date(invoice.due_on)}


def open_words(amounts: Iterable[tuple[str, int]]) -> str:
    """ "£80.00", in every currency there is something to pay in; nothing for nothing."""
    return " + ".join(money(cents, currency) for currency, cents in amounts)


# One invoice


@dataclass(frozen=True, slots=True)
class LineRow:
    description: str
    detail: str
    amount: str


@dataclass(frozen=True, slots=True)
class TotalRow:
    label: str
    amount: str
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """A payment, a credit note or a refund; below 0 what is taken off the invoice. `link` leads to its paper, where it
    has one."""

    what: str
    day: str
    amount: str
    note: str = ""
    link: RelatedLink | None = None


@dataclass(frozen=True, slots=True)
class InvoicePage:
    title: str
    subject: str
    tag: StatusTag
    facts: list[Row]
    lines: list[LineRow]
    totals: list[TotalRow]
    tax_notes: list[str]
    moved: list[MoneyRow]
    open: str
    note: str
    how_to_pay: str
    pdf_url: str


def invoice_page(invoice: Invoice, parts: InvoiceParts, viewer: User, today: date) -> InvoicePage:
    balance = read_balance(invoice)
    return InvoicePage(
        title=_("Invoice %(number)s") % {"number": invoice.number},
        subject=subject_words(invoice) if invoice.visit_day else "",
        tag=invoice_tag(invoice, today),
        facts=_facts(invoice),
        lines=[_line_row(line, invoice.currency) for line in parts.lines],
        totals=_totals(invoice, parts),
        tax_notes=[_tax_note(tax) for tax in parts.taxes if tax.words],
        moved=_moved(invoice, parts),
        open=money(balance.open_cents, invoice.currency) if balance.open_cents else "",
        note=due_words(invoice, today),
        how_to_pay=how_to_pay_words(invoice.number, str(site_facts()["phone"])) if balance.open_cents else "",
        pdf_url=invoice_pdf_url(invoice),
    )


def _facts(invoice: Invoice) -> list[Row]:
    booking = invoice.booking
    visit = Row(
        _("Appointment"),
        long_date(invoice.visit_day),
        detail_url(booking) if booking else "",
        _("See"),
    )
    rows = [
        Row(_("Invoice for"), invoice.buyer_name),
        visit,
        Row(_("Doctor"), invoice.doctor.display_name if invoice.doctor else ""),
        Row(_("Issued on"), long_date(invoice.issued_at)),
        Row(_("Due on"), long_date(invoice.due_on)),
    ]
    return [row for row in rows if row.value]


def _line_row(line: InvoiceLine, currency: str) -> LineRow:
    unit = {"quantity": figure_words(line.quantity), "price": money(line.unit_cents, currency)}
    parts = [_("%(quantity)s × %(price)s") % unit if line.quantity != 1 else ""]
    if line.discount_cents:
        parts.append(_("Discount of %(amount)s") % {"amount": money(line.discount_cents, currency)})
    return LineRow(line.description, " · ".join(filter(None, parts)), money(line.net_cents, currency))


def _totals(invoice: Invoice, parts: InvoiceParts) -> list[TotalRow]:
    """From the lines to what is still open. Rows that would only repeat the one above are left out."""
    balance = read_balance(invoice)
    rows = []
    if invoice.discount_cents:
        rows.append(TotalRow(_("Discount"), money(-invoice.discount_cents, invoice.currency)))
    if invoice.tax_cents:
        rows.append(TotalRow(_("Total without tax"), money(invoice.net_cents, invoice.currency)))
    rows += [_tax_row(tax, invoice.currency) for tax in parts.taxes if tax.tax_cents]
    rows.append(TotalRow(_("Total"), money(invoice.total_cents, invoice.currency), is_strong=True))
    changes = (
        (_("Credited"), -balance.credited),
        (_("Paid"), -balance.paid),
        (_("Given back"), balance.refunded),
    )
    rows += [TotalRow(label, money(cents, invoice.currency)) for label, cents in changes if cents]
    if any(cents for _label, cents in changes):
        label = _("To give back to you") if balance.owed_cents else _("Left to pay")
        left = money(balance.owed_cents or balance.open_cents, invoice.currency)
        rows.append(TotalRow(label, left, is_strong=True))
    return rows


def _tax_row(tax: TaxTotal, currency: str) -> TotalRow:
    facts = {"rate": figure_words(tax.rate), "amount": money(tax.taxable_cents, currency)}
    return TotalRow(_("Tax of %(rate)s%% on %(amount)s") % facts, money(tax.tax_cents, currency))


def _tax_note(tax: TaxTotal) -> str:
    """Why no tax is charged, as the invoice says it."""
    return f"{tax.words} ({tax.code})" if tax.category == TaxCategory.EXEMPT and tax.code else tax.words


def _moved(invoice: Invoice, parts: InvoiceParts) -> list[MoneyRow]:
    """Payments, credit notes and refunds as they happened."""
    rows = [
        *((payment.received_at, _payment_row(payment, invoice)) for payment in parts.payments),
        *((note.issued_at, _credit_row(note, invoice)) for note in parts.credit_notes),
        *((refund.refunded_at, _refund_row(refund, invoice)) for refund in parts.refunds),
    ]
    return [row for _at, row in sorted(rows, key=lambda pair: pair[0])]


def _payment_row(payment: Payment, invoice: Invoice) -> MoneyRow:
    """The row that takes back what was entered by mistake has no receipt; that of the mistake says that it was."""
    return MoneyRow(
        what=_("Taken back, as it was entered by mistake")
        if payment.takes_back_id
        else str(BY_METHOD[Method(payment.method)]),
        day=long_date(payment.received_at),
        amount=money(payment.amount_cents, invoice.currency),
        link=RelatedLink(_("Receipt"), receipt_url(payment)) if not payment.takes_back_id else None,
    )


def _credit_row(note: CreditNote, invoice: Invoice) -> MoneyRow:
    return MoneyRow(
        what=_("Credit note %(number)s, taken off the invoice") % {"number": note.number},
        day=long_date(note.issued_at),
        amount=money(-note.total_cents, invoice.currency),
        note=note.reason,
        link=RelatedLink(_("Credit note"), credit_note_pdf_url(note)),
    )


def _refund_row(refund: Refund, invoice: Invoice) -> MoneyRow:
    return MoneyRow(
        what=_("Refund taken back, as it was entered by mistake")
        if refund.takes_back_id
        else str(BACK_BY_METHOD[Method(refund.method)]),
        day=long_date(refund.refunded_at),
        amount=money(refund.amount_cents, invoice.currency),
        note=_("for credit note %(number)s") % {"number": refund.credit_note.number},
    )
