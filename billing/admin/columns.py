"""By what staff find invoices, and what a file of them says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.staff.admin_pages import Column
from billing.choices import InvoiceState, Method
from billing.models import Invoice, InvoiceQuerySet
from billing.presenters import invoice_tag
from billing.selectors import in_state, paid_by, read_balance
from core import clock
from core.money import from_cents

PATIENT_NAMES = ("patient__user__search_name__holds_word", "patient__own_search_name__holds_word")
DOCTOR_NAMES = ("doctor__user__search_name__holds_word",)


def of_invoice(names: tuple[str, ...]) -> tuple[str, ...]:
    """The same lookups from a row that belongs to an invoice."""
    return tuple(f"invoice__{name}" for name in names)


def today_state(invoice: Invoice) -> str:
    return str(invoice_tag(invoice, clock.hospital_day(clock.now())).label)


CSV_COLUMNS = (
    Column(_("Number"), "number"),
    Column(_("For"), lambda row: row.get_occasion_display()),
    Column(_("Day of the visit"), "visit_day"),
    Column(_("Patient"), "patient.full_name"),
    Column(_("Doctor"), lambda row: row.doctor.display_name if row.doctor else ""),
    Column(_("Issued at"), "issued_at"),
    Column(_("Due on"), "due_on"),
    Column(_("Currency"), "currency"),
    Column(_("Without tax"), lambda row: from_cents(row.net_cents, row.currency)),
    Column(_("Tax"), lambda row: from_cents(row.tax_cents, row.currency)),
    Column(_("Total"), lambda row: from_cents(row.total_cents, row.currency)),
    Column(_("Credited"), lambda row: from_cents(row.credited_cents, row.currency)),
    Column(_("Paid"), lambda row: from_cents(row.paid_cents, row.currency)),
    Column(_("Refunded"), lambda row: from_cents(row.refunded_cents, row.currency)),
    Column(_("Left to pay"), lambda row: from_cents(read_balance(row).left, row.currency)),
    Column(_("Status"), today_state),
)


class StateFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in InvoiceState]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        return in_state(cast(InvoiceQuerySet, queryset), self.value() or "", clock.hospital_day(clock.now()))


class PaidByFilter(admin.SimpleListFilter):
    title = _("method of payment")
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(method.value, str(method.label)) for method in Method]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        return queryset.filter(pk__in=paid_by(self.value() or "")) if self.value() else queryset


# Days that an invoice is overdue: more than the first, at most the second.
_AGES: dict[str, tuple[int, int | None]] = {"30": (0, 30), "60": (30, 60), "90": (60, 90), "more": (90, None)}


class DaysOverdueFilter(admin.SimpleListFilter):
    title = _("days overdue")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("30", gettext("Up to 30 days")),
            ("60", gettext("31 to 60 days")),
            ("90", gettext("61 to 90 days")),
            ("more", gettext("More than 90 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        if self.value() not in _AGES:
            return queryset
        more_than, at_most = _AGES[str(self.value())]
        today = clock.hospital_day(clock.now())
        due = Q(due_on__lt=today - timedelta(days=more_than))
        if at_most is not None:
            due &= Q(due_on__gte=today - timedelta(days=at_most))
        return queryset.filter(due & Q(balance_cents__gt=0))
