"""Invoices in the admin (H1): looked at, issued and marked as paid by the services, never typed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.permissions import Can, may
from accounts.requests import SignedInRequest
from accounts.staff.admin_pages import StaffPages
from audit import services as audit
from billing.admin.columns import (
    CSV_COLUMNS,
    DOCTOR_NAMES,
    PATIENT_NAMES,
    DaysOverdueFilter,
    PaidByFilter,
    StateFilter,
)
from billing.admin.forms import MarkPaidForm
from billing.admin.rows import CreditNotesInline, LinesInline, PaymentsInline, standing
from billing.models import Invoice, InvoiceQuerySet
from billing.seen import read_seen, seen_of
from billing.selectors import read_balance
from billing.services.bulk import issue_seen
from billing.services.payments import mark_paid as mark_invoice_paid
from core import clock
from core.admin.service_admin import ServiceAdmin, day_in_list, first_of
from core.formats import long_date, money
from patients.models import PatientProfile

UNPAID = Q(balance_cents__gt=0) & ~Q(number="")


@admin.register(Invoice)
class InvoiceAdmin(StaffPages, ServiceAdmin):
    called = _("invoices")
    called_one = _("invoice")
    list_display = ("named", "issued", "patient_name", "doctor_name", "due_on", "total", "left", "state")
    list_filter = (StateFilter, DaysOverdueFilter, PaidByFilter, "occasion", "doctor__department")
    list_select_related = ("patient__user", "patient__guardian", "doctor__user")
    search_fields = ("number__istartswith", "booking__reference__istartswith", *PATIENT_NAMES, *DOCTOR_NAMES)
    search_through = ("patient", "doctor", "booking")
    search_help_text = _("Number of the invoice, reference of the appointment, patient or doctor")
    linked_lookups = frozenset({"patient__id__exact", "doctor__id__exact"})
    needs = {"buyer_address": Can.SEE_PATIENTS}
    reads = frozenset({"buyer_address"})
    csv_columns = CSV_COLUMNS
    date_hierarchy = "issued_at"
    ordering = ("-created_at", "pk")
    actions = ("issue_drafts", "mark_paid", "export_csv")
    inlines = (LinesInline, PaymentsInline, CreditNotesInline)
    fieldsets = (
        (None, {"fields": ("number", "state", "occasion", "day", "patient", "doctor", "appointment")}),
        (_("Amounts"), {"fields": ("discount", "net", "tax", "total", "credited", "paid", "refunded", "left")}),
        (_("Issued"), {"fields": ("issued_at", "issued_by", "due_on", "buyer_name", "buyer_address")}),
        (_("How it came about"), {"fields": ("created_at", "created_by")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Invoice | None = None) -> Any:
        shown = super().get_fieldsets(request, obj)
        return [(name, {**part, "fields": self.shown(request, part["fields"])}) for name, part in shown]

    def get_queryset(self, request: HttpRequest) -> InvoiceQuerySet:
        return InvoiceQuerySet(Invoice).with_balance()

    def subject_of(self, obj: Invoice) -> PatientProfile:
        return obj.patient

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Invoice | None = None) -> bool:
        return False

    def has_run_billing_permission(self, request: SignedInRequest) -> bool:
        return may(request.user, Can.RUN_BILLING)

    def get_inline_instances(self, request: HttpRequest, obj: Invoice | None = None) -> list[Any]:
        return super().get_inline_instances(request, obj) if obj else []

    @admin.action(description=_("Issue"), permissions=["run_billing"])
    def issue_drafts(self, request: SignedInRequest, queryset: InvoiceQuerySet) -> HttpResponse | None:
        """Shows first what they come to; the second POST, with `sure`, issues each as it was seen there."""
        if "sure" in request.POST:
            self._issue(request, queryset, read_seen(request.POST.getlist("seen")))
            return None
        batch, of_how_many = first_of(queryset.drafts().order_by("created_at", "pk"))
        drafts = [(row.patient.full_name, self.total(row), row.pk, seen_of(row)) for row in batch]
        said = {"title": _("Issue"), "drafts": drafts}
        return self._asked_first(request, "admin/billing/invoice/issue.html", batch, of_how_many, said)

    def _issue(self, request: SignedInRequest, queryset: InvoiceQuerySet, seen: Mapping[UUID, int]) -> None:
        """The oldest first, so that numbers follow the visits. One that was not seen is refused."""
        now = clock.now()
        self.run_on_each(
            request,
            queryset.order_by("created_at", "pk"),
            step=lambda row: issue_seen(invoice=row, revision=seen.get(row.pk, 0), by=request.user, now=now),
            done=ngettext_lazy("%(n)s invoice issued.", "%(n)s invoices issued.", "n"),
            logged="Issued.",
            todo=Q(number=""),
            name=lambda row: f"{row}, {row.patient.full_name}",
        )

    def _asked_first(
        self, request: SignedInRequest, template: str, batch: list[Invoice], of_how_many: int, said: dict[str, Any]
    ) -> HttpResponse:
        """The page before something is done with these invoices."""
        audit.personal_data_read((row.patient for row in batch), what="list of invoices")
        shared = {"opts": self.opts, "of_how_many": of_how_many, "checkbox_name": ACTION_CHECKBOX_NAME}
        return TemplateResponse(request, template, {**self.admin_site.each_context(request), **shared, **said})

    @admin.action(description=_("Mark as paid"), permissions=["run_billing"])
    def mark_paid(self, request: SignedInRequest, queryset: InvoiceQuerySet) -> HttpResponse | None:
        """Asks first how they were paid; the second POST, with `sure`, enters a payment of each balance."""
        batch, of_how_many = first_of(queryset.filter(UNPAID).order_by("issued_at", "pk"))
        sure = "sure" in request.POST
        form = MarkPaidForm(request.POST if sure else None, how_many=of_how_many or len(batch))
        if sure and form.is_valid():
            self._mark_paid(request, queryset, **form.cleaned_data)
            return None
        invoices = [(str(row), row.patient.full_name, self.left(row), row.pk) for row in batch]
        said = {"title": _("Mark as paid"), "form": form, "invoices": invoices}
        return self._asked_first(request, "admin/billing/invoice/mark_paid.html", batch, of_how_many, said)

    def _mark_paid(self, request: SignedInRequest, queryset: InvoiceQuerySet, *, method: str, reference: str) -> None:
        pay = partial(mark_invoice_paid, method=method, reference=reference, by=request.user, now=clock.now())
        self.run_on_each(
            request,
            queryset.order_by("issued_at", "pk"),
            step=lambda row: pay(invoice=row) is not None,
            done=ngettext_lazy("%(n)s invoice marked as paid.", "%(n)s invoices marked as paid.", "n"),
            logged="Marked as paid.",
            todo=UNPAID,
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Invoice | None = None) -> Sequence[str]:
        return (
            "state",
            "day",
            "appointment",
            "discount",
            "net",
            "tax",
            "total",
            "credited",
            "paid",
            "refunded",
            "left",
        )

    @admin.display(description=_("Number"), ordering="number")
    def named(self, invoice: Invoice) -> str:
        return str(invoice)

    @admin.display(description=_("Issued"), ordering="issued_at")
    def issued(self, invoice: Invoice) -> str:
        return day_in_list(invoice.issued_at) if invoice.issued_at else ""

    @admin.display(description=_("Patient"), ordering="patient__user__search_name")
    def patient_name(self, invoice: Invoice) -> str:
        return invoice.patient.full_name

    @admin.display(description=_("Doctor"), ordering="doctor__user__search_name")
    def doctor_name(self, invoice: Invoice) -> str:
        return invoice.doctor.display_name if invoice.doctor else ""

    @admin.display(description=_("Day of the visit"))
    def day(self, invoice: Invoice) -> str:
        return long_date(invoice.visit_day) or "-"

    @admin.display(description=_("Appointment"))
    def appointment(self, invoice: Invoice) -> SafeString | str:
        """All who see invoices see appointments."""
        if invoice.booking is None:
            return "-"
        page = reverse("admin:bookings_booking_change", args=[invoice.booking.pk])
        return format_html('<a href="{}">{}</a>', page, invoice.booking.reference)

    @admin.display(description=_("Status"))
    def state(self, invoice: Invoice) -> SafeString:
        return standing(invoice)

    @admin.display(description=_("Discount"))
    def discount(self, invoice: Invoice) -> str:
        return money(invoice.discount_cents, invoice.currency)

    @admin.display(description=_("Without tax"))
    def net(self, invoice: Invoice) -> str:
        return money(invoice.net_cents, invoice.currency)

    @admin.display(description=_("Tax"))
    def tax(self, invoice: Invoice) -> str:
        return money(invoice.tax_cents, invoice.currency)

    @admin.display(description=_("Total"), ordering="total_cents")
    def total(self, invoice: Invoice) -> str:
        return money(invoice.total_cents, invoice.currency)

    @admin.display(description=_("Credited"))
    def credited(self, invoice: Invoice) -> str:
        return money(invoice.credited_cents, invoice.currency)

    @admin.display(description=_("Paid"))
    def paid(self, invoice: Invoice) -> str:
        return money(invoice.paid_cents, invoice.currency)

    @admin.display(description=_("Refunded"))
    def refunded(self, invoice: Invoice) -> str:
        return money(invoice.refunded_cents, invoice.currency)

    @admin.display(description=_("Left to pay"))
    def left(self, invoice: Invoice) -> str:
        return "" if invoice.is_draft else money(read_balance(invoice).left, invoice.currency)
