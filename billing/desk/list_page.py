"""The desk's list of invoices, as its template shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from billing.choices import InvoiceState
from billing.desk.choices import InvoiceFilters
from billing.desk.selectors import InvoicePart
from billing.links import desk_url
from billing.models import Invoice
from billing.presenters import invoice_tag
from billing.seen import seen_of
from billing.selectors import read_balance
from core.formats import money
from core.status_tags import StatusTag
from patients.presenters import names_apart


@dataclass(frozen=True, slots=True)
class StateTab:
    label: str
    url: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """`seen`: which draft it is and how often it was changed, for whoever issues it from the list.

    `note`: what is open, where that is not the total, for a phone, which has room for one column of amounts.
    """

    name: str
    url: str
    patient: str
    doctor: str
    day: date | None
    total: str
    open: str
    note: str
    tag: StatusTag
    seen: str


@dataclass(frozen=True, slots=True)
class InvoiceListPage:
    rows: list[InvoiceRow]
    tabs: list[StateTab]
    sums: list[str]
    may_run: bool
    are_drafts: bool  # nothing to pay, and all of one state
    can_issue: bool
    is_filtered: bool
    clear_url: str
    next_url: str
    first_url: str


def list_page(
    part: InvoicePart, filters: InvoiceFilters, *, may_run: bool, drafts: int, is_first: bool, today: date
) -> InvoiceListPage:
    names = names_apart(invoice.patient for invoice in part.rows)
    are_drafts = filters.state == InvoiceState.DRAFT
    return InvoiceListPage(
        rows=[_row(invoice, names, today) for invoice in part.rows],
        tabs=_tabs(filters, drafts),
        sums=_sums(part.rows),
        may_run=may_run,
        are_drafts=are_drafts,
        can_issue=may_run and are_drafts and bool(part.rows),
        is_filtered=replace(filters, state="") != InvoiceFilters(),
        clear_url=list_url(InvoiceFilters(state=filters.state)),
        next_url=list_url(filters, after=part.after) if part.after else "",
        first_url="" if is_first else list_url(filters),
    )


def list_url(filters: InvoiceFilters, **more: str) -> str:
    query = {**filters.pairs(), **more}
    return reverse("billing:desk") + (f"?{urlencode(query)}" if query else "")


def _row(invoice: Invoice, names: dict[int, str], today: date) -> InvoiceRow:
    left = 0 if invoice.is_draft else read_balance(invoice).left
    return InvoiceRow(
        name=str(invoice),
        url=desk_url(invoice),
        patient=names[invoice.patient_id],
        doctor=invoice.doctor.display_name if invoice.doctor else "",
        day=invoice.visit_day,
        total=money(invoice.total_cents, invoice.currency),
        open=money(left, invoice.currency) if left else "",
        note="" if left in {0, invoice.total_cents} else _open_words(left, invoice.currency),
        tag=invoice_tag(invoice, today),
        seen=seen_of(invoice),
    )


def _open_words(left: int, currency: str) -> str:
    words = _("%(amount)s to pay") if left > 0 else _("%(amount)s to give back")
    return words % {"amount": money(abs(left), currency)}


def _tabs(filters: InvoiceFilters, drafts: int) -> list[StateTab]:
    labels: list[tuple[str, str]] = [("", _("All")), *((str(state.value), str(state.label)) for state in InvoiceState)]
    return [
        StateTab(
            label=label,
            url=list_url(replace(filters, state=state)),
            is_current=state == filters.state,
            count=drafts if state == InvoiceState.DRAFT else None,
        )
        for state, label in labels
    ]


def _sums(rows: Sequence[Invoice]) -> list[str]:
    """What the page's rows come to, a sentence for each currency."""
    totals: dict[str, int] = defaultdict(int)
    opens: dict[str, int] = defaultdict(int)
    for invoice in rows:
        totals[invoice.currency] += invoice.total_cents
        opens[invoice.currency] += 0 if invoice.is_draft else read_balance(invoice).open_cents
    words = {True: _("On this page: %(total)s in all, %(open)s still to pay."), False: _("On this page: %(total)s.")}
    return [
        words[opens[currency] > 0] % {"total": money(total, currency), "open": money(opens[currency], currency)}
        for currency, total in totals.items()
    ]
