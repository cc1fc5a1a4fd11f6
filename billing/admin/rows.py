"""What belongs to an invoice, on its page in the admin: only ever looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Can, may
from billing.models import CreditNote, Invoice, InvoiceLine, Payment, Refund
from billing.presenters import figure_words, invoice_tag, rate_words
from core import clock
from core.formats import long_date, money


def standing(invoice: Invoice) -> SafeString:
    """How an invoice stands, as a word in a shape."""
    tag = invoice_tag(invoice, clock.hospital_day(clock.now()))
    return format_html('<span class="status status-{}">{}</span>', tag.tone, tag.label)


class RowsInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows of an invoice, for whoever sees invoices."""

    template = "admin/rows_read_only.html"
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, Can.SEE_INVOICES)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("invoice")

    @admin.display(description=_("Amount"))
    def amount(self, row: Any) -> str:
        return money(row.amount_cents, row.invoice.currency)


class LinesInline(RowsInline):
    model = InvoiceLine
    verbose_name_plural = _("lines")
    fields = ("description", "count", "each", "line_discount", "amount", "tax")
    readonly_fields = fields

    @admin.display(description=_("Quantity"))
    def count(self, line: InvoiceLine) -> str:
        return figure_words(line.quantity)

    @admin.display(description=_("Each"))
    def each(self, line: InvoiceLine) -> str:
        return money(line.unit_cents, line.invoice.currency)

    @admin.display(description=_("Discount"))
    def line_discount(self, line: InvoiceLine) -> str:
        return money(line.discount_cents, line.invoice.currency) if line.discount_cents else ""

    @admin.display(description=_("Amount"))
    def amount(self, row: InvoiceLine) -> str:
        return money(row.net_cents, row.invoice.currency)

    @admin.display(description=_("Tax"))
    def tax(self, line: InvoiceLine) -> str:
        return rate_words(line.category, line.rate)


class PaymentsInline(RowsInline):
    model = Payment
    verbose_name_plural = _("payments")
    fields = ("received_at", "method", "amount", "reference", "received_by", "reason")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("received_by")


class CreditNotesInline(RowsInline):
    model = CreditNote
    verbose_name_plural = _("credit notes")
    fields = ("issued_at", "number", "amount", "reason", "issued_by", "given_back")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("issued_by").prefetch_related("refunds__refunded_by")

    @admin.display(description=_("Amount"))
    def amount(self, row: CreditNote) -> str:
        return money(row.total_cents, row.invoice.currency)

    @admin.display(description=_("Given back"))
    def given_back(self, row: CreditNote) -> SafeString | str:
        """Each refund of it on a line of its own."""
        words = [(_refund_words(refund, row.invoice.currency),) for refund in row.refunds.all()]
        return format_html_join(mark_safe("<br>"), "{}", words) or "-"


def _refund_words(refund: Refund, currency: str) -> str:
    facts = [
        money(refund.amount_cents, currency),
        refund.get_method_display(),
        refund.reference or refund.reason,
        long_date(refund.refunded_at),
        refund.refunded_by.full_name,
    ]
    return ", ".join(filter(None, facts))
