"""The pages with one form about an issued invoice: what each says above it, and on its button."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from billing.links import desk_url
from billing.models import CreditNote, Invoice, Payment, Refund
from billing.selectors import read_balance
from core.formats import money


@dataclass(frozen=True, slots=True)
class MoneyStepPage:
    """`is_credit`: with the lines in a group of their own."""

    title: str
    about: str
    text: str
    button: str
    busy: str
    back_url: str
    is_danger: bool = False
    is_credit: bool = False


def payment_step(invoice: Invoice) -> MoneyStepPage:
    return MoneyStepPage(
        title=_("Take a payment"),
        about=_about(invoice),
        text=_("To pay: %(amount)s.") % {"amount": _open(invoice)},
        button=_("Enter payment"),
        busy=_("Entering…"),
        back_url=desk_url(invoice),
    )


def mark_paid_step(invoice: Invoice) -> MoneyStepPage:
    return MoneyStepPage(
        title=_("Mark as paid"),
        about=_about(invoice),
        text=_("A payment of all that is left is entered: %(amount)s.") % {"amount": _open(invoice)},
        button=_("Mark as paid"),
        busy=_("Entering…"),
        back_url=desk_url(invoice),
    )


def take_back_step(invoice: Invoice, payment: Payment) -> MoneyStepPage:
    facts = {"amount": money(payment.amount_cents, invoice.currency), "method": payment.get_method_display()}
    return MoneyStepPage(
        title=_("Entered by mistake?"),
        about=_about(invoice),
        text=_(
            "The payment of %(amount)s (%(method)s) no longer counts. Both rows stay. If the money did come in, "
            "credit the invoice and give it back instead."
        )
        % facts,
        button=_("Take the payment back"),
        busy=_("Taking back…"),
        back_url=desk_url(invoice),
        is_danger=True,
    )


def take_back_refund_step(invoice: Invoice, refund: Refund) -> MoneyStepPage:
    facts = {"amount": money(refund.amount_cents, invoice.currency), "method": refund.get_method_display()}
    return MoneyStepPage(
        title=_("Entered by mistake?"),
        about=_about(invoice),
        text=_("That %(amount)s (%(method)s) was given back no longer counts. Both rows stay.") % facts,
        button=_("Take the refund back"),
        busy=_("Taking back…"),
        back_url=desk_url(invoice),
        is_danger=True,
    )


def credit_step(invoice: Invoice) -> MoneyStepPage:
    return MoneyStepPage(
        title=_("Credit invoice %(number)s") % {"number": invoice.number},
        about=_("For %(name)s") % {"name": invoice.patient.full_name},
        text=_("A credit note gets a number of its own and can’t be taken back. What was paid is given back after it."),
        button=_("Make the credit note"),
        busy=_("Crediting…"),
        back_url=desk_url(invoice),
        is_danger=True,
        is_credit=True,
    )


def refund_step(invoice: Invoice, note: CreditNote, left: int) -> MoneyStepPage:
    facts = {"amount": money(left, invoice.currency), "number": note.number}
    return MoneyStepPage(
        title=_("Give money back"),
        about=_about(invoice),
        text=_("At most %(amount)s, for credit note %(number)s.") % facts,
        button=_("Give it back"),
        busy=_("Entering…"),
        back_url=desk_url(invoice),
    )


def _about(invoice: Invoice) -> str:
    return _("Invoice %(number)s for %(name)s") % {"number": invoice.number, "name": invoice.patient.full_name}


def _open(invoice: Invoice) -> str:
    return money(read_balance(invoice).open_cents, invoice.currency)
