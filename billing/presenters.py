"""How an invoice is called and how it stands, in words, for whoever looks at it. It was read `with_balance`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.choices import Occasion, PaymentStatus, TaxCategory
from billing.models import Invoice
from billing.rules import is_overdue
from billing.selectors import Balance, read_balance
from core.formats import long_date
from core.status_tags import StatusTag

DRAFT = StatusTag(gettext_lazy("Draft"), "neutral", "pencil")
TO_PAY = StatusTag(gettext_lazy("To pay"), "info", "wallet2")
PART_PAID = StatusTag(gettext_lazy("Part paid"), "info", "hourglass-split")
OVERDUE = StatusTag(gettext_lazy("Overdue"), "warning", "clock-history")
TO_REFUND = StatusTag(gettext_lazy("Refund due"), "info", "info-circle-fill")
PAID = StatusTag(gettext_lazy("Paid"), "success", "check-circle-fill")
CANCELLED = StatusTag(gettext_lazy("Cancelled"), "neutral", "dash-circle-fill")


def invoice_tag(invoice: Invoice, today: date) -> StatusTag:
    """How it stands on `today`, as words, shape and colour."""
    if invoice.is_draft or invoice.due_on is None:
        return DRAFT
    balance = read_balance(invoice)
    if balance.owed_cents:
        return TO_REFUND
    if balance.status != PaymentStatus.PENDING:
        return CANCELLED if balance.is_cancelled else PAID
    if is_overdue(due_on=invoice.due_on, balance=balance.left, today=today):
        return OVERDUE
    return PART_PAID if _is_part_paid(balance) else TO_PAY


def _is_part_paid(balance: Balance) -> bool:
    return balance.paid > balance.refunded


def subject_words(invoice: Invoice) -> str:
    """What it is for: the day of an appointment, and no more of it; of another the day it is of."""
    if not invoice.visit_day:
        return _("Invoice of %(day)s") % {"day": long_date(invoice.issued_at)}
    said = {
        Occasion.LATE_CANCELLATION: _("Late cancellation of the appointment on %(day)s"),
        Occasion.MISSED: _("Missed appointment on %(day)s"),
    }.get(Occasion(invoice.occasion), _("Appointment on %(day)s"))
    return said % {"day": long_date(invoice.visit_day)}


def figure_words(figure: Decimal) -> str:
    """A quantity or a rate, without noughts at its end: "1.5", "20"."""
    return f"{figure.normalize():f}"


def rate_words(category: str, rate: Decimal) -> str:
    """In a column of taxes: "20%", "Exempt"."""
    if category == TaxCategory.STANDARD:
        return _("%(rate)s%%") % {"rate": figure_words(rate)}
    return str(TaxCategory(category).label)


def taxed_words(category: str, rate: Decimal) -> str:
    """Where nothing else says that it is a tax: "Taxed at 20%", "Exempt"."""
    if category == TaxCategory.STANDARD:
        return _("Taxed at %(rate)s%%") % {"rate": figure_words(rate)}
    return rate_words(category, rate)


def how_to_pay_words(number: str, phone: str) -> str:
    """`phone`: the hospital's, where it has one."""
    facts = {"number": number, "phone": phone}
    if not phone:
        return _("Pay at the desk in cash or by card. Please have the number %(number)s ready.") % facts
    return (
        _("Pay at the desk in cash or by card, or phone us on %(phone)s. Please have the number %(number)s ready.")
        % facts
    )
