"""Invoices, credit notes and receipts as PDF, in the language of whoever asks; the same bytes for the same row and
language, however often it is made (G1–G3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.documents.receipt import ReceiptSums, receipt_sums
from billing.errors import NoReceipt, NotIssued
from billing.models import CreditLine, CreditNote, Invoice, InvoiceLine, Payment, TaxTotal
from billing.presenters import figure_words, how_to_pay_words, rate_words
from core.clock import hospital_day
from core.formats import long_date, money
from core.pdf.maker import Letterhead, make_pdf

TEMPLATE = Path(__file__).with_name("document.typ")
Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """What one of the three documents says, beside what all of them do. `sums`: what, how much, and whether it is what
    one looks for."""

    title: str
    about: Sequence[Pair]
    made_at: datetime
    sums: Sequence[tuple[str, str, bool]]
    notice: str = ""
    notes: Sequence[str] = ()
    columns: Sequence[str] = ()
    lines: Sequence[Sequence[str]] = ()
    taxes: Sequence[Sequence[str]] = ()


def invoice_pdf(invoice: Invoice) -> bytes:
    """As it was issued: what was paid or credited since is not on it. Raises NotIssued, PdfError."""
    if invoice.issued_at is None or invoice.due_on is None:
        raise NotIssued
    lines, taxes = list(invoice.lines.order_by("position")), list(invoice.taxes.all())
    sheet = _Sheet(
        title=_("Invoice %(number)s") % {"number": invoice.number},
        about=[
            (_("Invoice number"), invoice.number),
            (_("Date of issue"), _day(invoice.issued_at)),
            (_("Day of the visit"), long_date(invoice.visit_day)),
            (_("Please pay by"), long_date(invoice.due_on)),
        ],
        made_at=invoice.issued_at,
        columns=_line_columns(discounted=any(line.discount_cents for line in lines)),
        lines=_lines(lines, invoice.currency),
        sums=_invoice_sums(invoice, sum(line.net_cents for line in lines)),
        taxes=[_tax(tax, tax.taxable_cents, tax.tax_cents, invoice.currency) for tax in taxes],
        notes=[how_to_pay_words(invoice.number, invoice.seller_phone)],
    )
    return _document(invoice, sheet)


def credit_note_pdf(note: CreditNote) -> bytes:
    """Which invoice it takes back, wholly or in part, and why. Raises PdfError."""
    invoice = note.invoice
    currency = invoice.currency
    lines = list(note.lines.select_related("line").order_by("line__position"))
    sheet = _Sheet(
        title=_("Credit note %(number)s") % {"number": note.number},
        about=[
            (_("Credit note number"), note.number),
            (_("Date of issue"), _day(note.issued_at)),
            (_("For invoice"), _of_invoice(invoice)),
            (_("Day of the visit"), long_date(invoice.visit_day)),
            (_("Reason"), note.reason),
        ],
        made_at=note.issued_at,
        columns=[_("Credited"), _("Without tax"), _("Tax")],
        lines=[
            [line.line.description, money(line.net_cents, currency), rate_words(line.line.category, line.line.rate)]
            for line in lines
        ],
        sums=[
            (_("Total without tax"), money(note.net_cents, currency), False),
            (_("Tax"), money(note.tax_cents, currency), False),
            (_("Total credited"), money(note.total_cents, currency), True),
        ],
        taxes=_credited_taxes(invoice, lines),
        notes=[
            _(
                "This takes %(amount)s off invoice %(number)s. If you’ve paid more than the rest, we’ll give you the "
                "difference back."
            )
            % {"amount": money(note.total_cents, currency), "number": invoice.number}
        ],
    )
    return _document(invoice, sheet)


def receipt_pdf(payment: Payment) -> bytes:
    """What came in, and how its invoice stood just then: later payments and credits are not on it; that it was taken
    back since is. Raises NoReceipt, PdfError."""
    if payment.takes_back_id:
        raise NoReceipt
    invoice = payment.invoice
    sheet = _Sheet(
        title=_("Receipt for invoice %(number)s") % {"number": invoice.number},
        about=[
            (_("Received on"), _day(payment.received_at)),
            (_("Paid by"), str(payment.get_method_display())),
            (_("Reference"), payment.reference),
            (_("For invoice"), _of_invoice(invoice)),
            (_("Day of the visit"), long_date(invoice.visit_day)),
        ],
        made_at=payment.received_at,
        sums=_receipt_rows(receipt_sums(payment), invoice.currency),
        notice=_taken_back_words(payment),
    )
    return _document(invoice, sheet)


# Nobody's name is in the name of a file: files lie about in download folders.


def invoice_file_name(invoice: Invoice) -> str:
    return f"{invoice.number}.pdf"


def credit_note_file_name(note: CreditNote) -> str:
    return f"{note.number}.pdf"


def receipt_file_name(payment: Payment) -> str:
    """With the end of its key: a day may have several."""
    return f"receipt-{payment.invoice.number}-{hospital_day(payment.received_at):%Y-%m-%d}-{str(payment.pk)[-6:]}.pdf"


# What they say


def _document(invoice: Invoice, sheet: _Sheet) -> bytes:
    buyer = "\n".join(filter(None, [invoice.buyer_name, invoice.buyer_address]))
    facts = {
        "about": [*sheet.about, (_("Our tax number"), invoice.seller_tax_number), (_("Billed to"), buyer)],
        "columns": sheet.columns,
        "lines": sheet.lines,
        "sums": [{"label": label, "amount": amount, "main": main} for label, amount, main in sheet.sums],
        "tax_title": _("Tax"),
        "tax_columns": [_("Rate"), _("Without tax"), _("Tax")],
        "taxes": sheet.taxes,
        "notice": sheet.notice,
        "notes": sheet.notes,
    }
    return make_pdf(
        TEMPLATE,
        facts,
        title=sheet.title,
        language=get_language() or "en-gb",
        made_at=sheet.made_at,
        running=", ".join(filter(None, [sheet.title, invoice.buyer_name])),
        letterhead=Letterhead(name=invoice.seller_name, address=invoice.seller_address, phone=invoice.seller_phone),
    )


def _day(moment: datetime) -> str:
    return long_date(hospital_day(moment))


def _of_invoice(invoice: Invoice) -> str:
    if invoice.issued_at is None:
        raise NotIssued
    return _("%(number)s of %(day)s") % {"number": invoice.number, "day": _day(invoice.issued_at)}


def _line_columns(*, discounted: bool) -> list[str]:
    """The column of discounts is there when a line has one."""
    discount = [_("Discount")] if discounted else []
    return [_("For"), _("Quantity"), _("Fee"), *discount, _("Without tax"), _("Tax")]


def _lines(lines: Sequence[InvoiceLine], currency: str) -> list[list[str]]:
    discounted = any(line.discount_cents for line in lines)
    return [
        [
            line.description,
            figure_words(line.quantity),
            money(line.unit_cents, currency),
            *([money(-line.discount_cents, currency) if line.discount_cents else ""] if discounted else []),
            money(line.net_cents, currency),
            rate_words(line.category, line.rate),
        ]
        for line in lines
    ]


def _tax(tax: TaxTotal, taxable: int, amount: int, currency: str) -> list[str]:
    """One category and rate, with why it is exempt and the code of that."""
    why = " ".join(filter(None, [tax.words, f"({tax.code})" if tax.code else ""]))
    words = "\n".join(filter(None, [rate_words(tax.category, tax.rate), why]))
    return [words, money(taxable, currency), money(amount, currency)]


def _credited_taxes(invoice: Invoice, lines: Sequence[CreditLine]) -> list[list[str]]:
    """What the lines of one credit note take back of each category and rate."""
    found = []
    for tax in invoice.taxes.all():
        of_it = [line for line in lines if (line.line.category, line.line.rate) == (tax.category, tax.rate)]
        if of_it:
            net, amount = sum(line.net_cents for line in of_it), sum(line.tax_cents for line in of_it)
            found.append(_tax(tax, net, amount, invoice.currency))
    return found


def _invoice_sums(invoice: Invoice, lines_together: int) -> list[tuple[str, str, bool]]:
    currency, sums = invoice.currency, []
    if invoice.discount_cents:
        sums = [
            (_("All lines"), money(lines_together, currency), False),
            (_("Discount"), money(-invoice.discount_cents, currency), False),
        ]
    return [
        *sums,
        (_("Total without tax"), money(invoice.net_cents, currency), False),
        (_("Tax"), money(invoice.tax_cents, currency), False),
        (_("Total to pay"), money(invoice.total_cents, currency), True),
    ]


def _receipt_rows(sums: ReceiptSums, currency: str) -> list[tuple[str, str, bool]]:
    rows: list[tuple[str, int, bool]] = [
        (_("Total of the invoice"), sums.total, False),
        (_("Credited"), -sums.credited, False),
        (_("Paid before"), sums.paid_before, False),
        (_("Given back"), -sums.refunded, False),
    ]
    told = [rows[0], *(row for row in rows[1:] if row[1])]
    told += [
        (_("Paid now"), sums.paid_now, True),
        (_("Paid in total"), sums.paid, False),
        (_("Still to pay"), sums.open_cents, False),
    ]
    return [(label, money(cents, currency), main) for label, cents, main in told]


def _taken_back_words(payment: Payment) -> str:
    back = Payment.objects.filter(takes_back=payment).first()
    words = _("This payment was entered by mistake, and taken back on %(day)s. This receipt no longer counts.")
    return words % {"day": _day(back.received_at)} if back else ""
