"""One invoice or draft at the desk: what it says, what became of it, and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from billing.choices import Occasion
from billing.links import credit_note_pdf_url, desk_url, invoice_pdf_url, receipt_url
from billing.messages import invoice_addressee
from billing.models import CreditNote, Invoice, Payment, Refund
from billing.presenters import figure_words, invoice_tag, taxed_words
from billing.rules import is_overdue
from billing.selectors import Balance, InvoiceParts, read_balance
from bookings.links import detail_url
from bookings.presenters import RelatedLink, Row
from core.formats import clock_time, long_date, money
from core.status_tags import StatusTag


@dataclass(frozen=True, slots=True)
class ShownLine:
    description: str
    quantity: str
    unit: str
    discount: str
    tax: str
    net: str


@dataclass(frozen=True, slots=True)
class MovedMoney:
    """A payment, a credit note or a refund. `links`: what may be opened or done about it."""

    title: str
    amount: str
    when: str
    note: str
    links: list[RelatedLink]
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceDeskPage:
    title: str
    tag: StatusTag
    back_url: str
    facts: list[Row]
    lines: list[ShownLine]
    has_discounts: bool
    totals: list[Row]
    payments: list[MovedMoney]
    notes: list[MovedMoney]
    refunds: list[MovedMoney]
    history: list[Row]
    main: RelatedLink | None
    actions: list[RelatedLink]
    danger: list[RelatedLink]
    files: list[RelatedLink]
    hint: str
    can_pay: bool
    can_mail: bool


def invoice_page(invoice: Invoice, parts: InvoiceParts, *, may_run: bool, today: date) -> InvoiceDeskPage:
    balance = read_balance(invoice)
    is_open = may_run and not invoice.is_draft and balance.open_cents > 0
    return InvoiceDeskPage(
        title=title_of(invoice),
        tag=invoice_tag(invoice, today),
        back_url=reverse("billing:desk"),
        facts=_facts(invoice),
        lines=_lines(invoice, parts),
        has_discounts=any(line.discount_cents for line in parts.lines),
        totals=_totals(invoice, parts, balance),
        payments=[_payment(payment, invoice, may_run=may_run) for payment in parts.payments],
        notes=[_note(note, invoice, parts, balance, may_run=may_run) for note in parts.credit_notes],
        refunds=[_refund(refund, invoice, may_run=may_run) for refund in parts.refunds],
        history=_history(invoice),
        main=_main(invoice) if may_run else None,
        actions=_actions(invoice, balance) if may_run else [],
        danger=_danger(invoice, balance) if may_run else [],
        files=[] if invoice.is_draft else [RelatedLink(_("Download as PDF"), invoice_pdf_url(invoice))],
        hint=_hint(invoice, balance, today),
        can_pay=is_open,
        can_mail=may_run and not invoice.is_draft and invoice_addressee(invoice.patient) is not None,
    )


def title_of(invoice: Invoice) -> str:
    if invoice.is_draft:
        return _("Draft for %(name)s") % {"name": invoice.patient.full_name}
    return _("Invoice %(number)s") % {"number": invoice.number}


def _facts(invoice: Invoice) -> list[Row]:
    rows = [Row(_("Patient"), invoice.patient.full_name)]
    if invoice.buyer_name and invoice.buyer_name != invoice.patient.full_name:
        rows.append(Row(_("Name on the invoice"), invoice.buyer_name))
    if invoice.buyer_address:
        rows.append(Row(_("Address on the invoice"), invoice.buyer_address))
    if invoice.doctor:
        rows.append(Row(_("Doctor"), invoice.doctor.display_name))
    if invoice.booking:
        url, words = detail_url(invoice.booking), long_date(invoice.visit_day)
        rows.append(Row(_("Appointment"), words, url, _("Open")))
    rows.append(Row(_("For"), str(Occasion(invoice.occasion).label)))
    if invoice.due_on:
        rows.append(Row(_("Pay by"), long_date(invoice.due_on)))
    return rows


def _lines(invoice: Invoice, parts: InvoiceParts) -> list[ShownLine]:
    return [
        ShownLine(
            description=line.description,
            quantity=figure_words(line.quantity),
            unit=money(line.unit_cents, invoice.currency),
            discount=money(-line.discount_cents, invoice.currency) if line.discount_cents else "",
            tax=taxed_words(line.category, line.rate),
            net=money(line.net_cents, invoice.currency),
        )
        for line in parts.lines
    ]


def _totals(invoice: Invoice, parts: InvoiceParts, balance: Balance) -> list[Row]:
    said = [(_("Discount"), -invoice.discount_cents)] if invoice.discount_cents else []
    if invoice.tax_cents:
        said.append((_("Before tax"), invoice.net_cents))
    said += [(taxed_words(tax.category, tax.rate), tax.tax_cents) for tax in parts.taxes if tax.tax_cents]
    said.append((_("Total"), balance.total))
    if not invoice.is_draft:
        said += [(_("Credited"), -balance.credited)] if balance.credited else []
        said += [(_("Paid"), -balance.paid)] if balance.paid else []
        said += [(_("Given back"), balance.refunded)] if balance.refunded else []
        said.append(
            (_("To give back"), balance.owed_cents) if balance.owed_cents else (_("To pay"), balance.open_cents)
        )
    return [Row(label, money(cents, invoice.currency)) for label, cents in said]


def _payment(payment: Payment, invoice: Invoice, *, may_run: bool) -> MovedMoney:
    void = payment.takes_back is not None or payment.is_taken_back
    title, note = str(payment.get_method_display()), payment.reference
    links = []
    if payment.takes_back:
        title, note = _("Taken back (%(method)s)") % {"method": title}, payment.reason
    elif not void:
        links.append(RelatedLink(_("Receipt"), receipt_url(payment)))
        if may_run:
            url = reverse("billing:desk_take_back", args=[invoice.pk, payment.pk])
            links.append(RelatedLink(_("Entered by mistake"), url))
    return MovedMoney(
        title=title,
        amount=money(payment.amount_cents, invoice.currency),
        when=_by(payment.received_at, payment.received_by),
        note=note,
        links=links,
        is_void=void,
    )


def _note(note: CreditNote, invoice: Invoice, parts: InvoiceParts, balance: Balance, *, may_run: bool) -> MovedMoney:
    links = [RelatedLink(_("PDF"), credit_note_pdf_url(note))]
    if may_run and parts.refundable(note, balance.owed_cents):
        links.append(RelatedLink(_("Give money back"), reverse("billing:desk_refund", args=[invoice.pk, note.number])))
    return MovedMoney(
        title=_("Credit note %(number)s, taken off the invoice") % {"number": note.number},
        amount=money(-note.total_cents, invoice.currency),
        when=_by(note.issued_at, note.issued_by),
        note=note.reason,
        links=links,
    )


def _refund(refund: Refund, invoice: Invoice, *, may_run: bool) -> MovedMoney:
    void = refund.takes_back is not None or refund.is_taken_back
    facts = {"method": refund.get_method_display(), "number": refund.credit_note.number}
    links = []
    if may_run and not void:
        url = reverse("billing:desk_take_back_refund", args=[invoice.pk, refund.pk])
        links.append(RelatedLink(_("Entered by mistake"), url))
    return MovedMoney(
        title=_("Taken back (%(method)s)") % facts
        if refund.takes_back
        else _("%(method)s, for credit note %(number)s") % facts,
        amount=money(refund.amount_cents, invoice.currency),
        when=_by(refund.refunded_at, refund.refunded_by),
        note=refund.reason or refund.reference,
        links=links,
        is_void=void,
    )


def _history(invoice: Invoice) -> list[Row]:
    rows = [Row(_("Drafted"), _by(invoice.created_at, invoice.created_by))]
    if invoice.issued_at:
        rows.append(Row(_("Issued"), _by(invoice.issued_at, invoice.issued_by)))
    return rows


def _by(at: datetime, who: User | None) -> str:
    facts = {"day": long_date(at), "time": clock_time(at), "name": who.full_name if who else ""}
    if who is None:
        return _("%(day)s, %(time)s, automatically") % facts
    return _("%(day)s, %(time)s, by %(name)s") % facts


def _main(invoice: Invoice) -> RelatedLink | None:
    return RelatedLink(_("Issue"), desk_url(invoice, "billing:desk_issue")) if invoice.is_draft else None


def _actions(invoice: Invoice, balance: Balance) -> list[RelatedLink]:
    if invoice.is_draft:
        return [RelatedLink(_("Change"), desk_url(invoice, "billing:desk_edit"))]
    if balance.open_cents:
        return [RelatedLink(_("Mark as paid"), desk_url(invoice, "billing:desk_mark_paid"))]
    return []


def _danger(invoice: Invoice, balance: Balance) -> list[RelatedLink]:
    if invoice.is_draft:
        return [RelatedLink(_("Remove"), desk_url(invoice, "billing:desk_drop"))]
    return [] if balance.is_cancelled else [RelatedLink(_("Credit"), desk_url(invoice, "billing:desk_credit"))]


def _hint(invoice: Invoice, balance: Balance, today: date) -> str:
    if invoice.due_on is None:
        return _("A draft has no number, and the patient doesn’t see it. Issue it when it’s right.")
    if balance.owed_cents:
        return _("More was paid than is owed: %(amount)s is to be given back, against a credit note below.") % {
            "amount": money(balance.owed_cents, invoice.currency)
        }
    if is_overdue(due_on=invoice.due_on, balance=balance.left, today=today):
        return _("It was to be paid by %(day)s.") % {"day": long_date(invoice.due_on)}
    return ""
