"""Payments, credit notes and refunds in the admin: what came in, was taken back and went out; only looked at (H1)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.staff.admin_pages import Column, StaffPages
from billing.admin.columns import DOCTOR_NAMES, PATIENT_NAMES, of_invoice
from billing.models import CreditNote, Invoice, Payment, Refund
from core.admin.service_admin import ReadOnlyAdmin
from core.formats import money
from core.money import from_cents

NAMES = (*PATIENT_NAMES, *DOCTOR_NAMES)
PEOPLE = ("patient__user", "patient__guardian", "doctor__user")


class OfAnInvoice(StaffPages, ReadOnlyAdmin):
    """What a row of money says of its invoice."""

    def invoice_of(self, row: Any) -> Invoice:
        return row.invoice  # type: ignore[no-any-return]

    @admin.display(description=_("Invoice"))
    def invoice_number(self, row: Any) -> str:
        return self.invoice_of(row).number

    @admin.display(description=_("Patient"))
    def patient_name(self, row: Any) -> str:
        return self.invoice_of(row).patient.full_name

    @admin.display(description=_("Amount"), ordering="amount_cents")
    def amount(self, row: Any) -> str:
        return money(row.amount_cents, self.invoice_of(row).currency)


@admin.register(Payment)
class PaymentAdmin(OfAnInvoice):
    called = _("payments")
    called_one = _("payment")
    list_display = ("received_at", "invoice_number", "patient_name", "method", "amount", "reference", "received_by")
    list_filter = ("method", "invoice__doctor__department")
    list_select_related = (*of_invoice(PEOPLE), "received_by")
    search_fields = (
        "reference__istartswith",
        "invoice__number__istartswith",
        *of_invoice(NAMES),
    )
    search_through = ("invoice__patient", "invoice__doctor", "invoice")
    search_help_text = _("Reference, number of the invoice, patient or doctor")
    date_hierarchy = "received_at"
    ordering = ("-received_at", "pk")
    fields = (
        *("invoice", "patient_name", "received_at", "method", "amount", "reference", "received_by"),
        *("takes_back", "reason"),
    )
    csv_columns = (
        Column(_("Received at"), "received_at"),
        Column(_("Invoice"), "invoice.number"),
        Column(_("Patient"), "invoice.patient.full_name"),
        Column(_("Paid by"), lambda row: row.get_method_display()),
        Column(_("Currency"), "invoice.currency"),
        Column(_("Amount"), lambda row: from_cents(row.amount_cents, row.invoice.currency)),
        Column(_("Reference"), "reference"),
        Column(_("Received by"), "received_by.full_name"),
        Column(_("Why it was taken back"), "reason"),
    )


@admin.register(CreditNote)
class CreditNoteAdmin(OfAnInvoice):
    called = _("credit notes")
    called_one = _("credit note")
    list_display = ("number", "issued_at", "invoice_number", "patient_name", "total", "reason", "issued_by")
    list_filter = ("invoice__doctor__department",)
    list_select_related = (*of_invoice(PEOPLE), "issued_by")
    search_fields = ("number__istartswith", "invoice__number__istartswith", *of_invoice(NAMES))
    search_through = ("invoice__patient", "invoice__doctor", "invoice")
    search_help_text = _("Number of the credit note or its invoice, patient or doctor")
    date_hierarchy = "issued_at"
    ordering = ("-issued_at", "pk")
    fields = ("number", "issued_at", "invoice", "patient_name", "net", "tax", "total", "reason", "issued_by")
    csv_columns = (
        Column(_("Number"), "number"),
        Column(_("Issued at"), "issued_at"),
        Column(_("Invoice"), "invoice.number"),
        Column(_("Patient"), "invoice.patient.full_name"),
        Column(_("Currency"), "invoice.currency"),
        Column(_("Without tax"), lambda row: from_cents(row.net_cents, row.invoice.currency)),
        Column(_("Tax"), lambda row: from_cents(row.tax_cents, row.invoice.currency)),
        Column(_("Total"), lambda row: from_cents(row.total_cents, row.invoice.currency)),
        Column(_("Reason"), "reason"),
        Column(_("Issued by"), lambda row: row.issued_by.full_name if row.issued_by else ""),
    )

    @admin.display(description=_("Without tax"))
    def net(self, note: CreditNote) -> str:
        return money(note.net_cents, note.invoice.currency)

    @admin.display(description=_("Tax"))
    def tax(self, note: CreditNote) -> str:
        return money(note.tax_cents, note.invoice.currency)

    @admin.display(description=_("Total"), ordering="total_cents")
    def total(self, note: CreditNote) -> str:
        return money(note.total_cents, note.invoice.currency)


@admin.register(Refund)
class RefundAdmin(OfAnInvoice):
    called = _("refunds")
    called_one = _("refund")
    list_display = ("refunded_at", "note_number", "invoice_number", "patient_name", "method", "amount", "refunded_by")
    list_filter = ("method", "credit_note__invoice__doctor__department")
    list_select_related = (*(f"credit_note__invoice__{name}" for name in PEOPLE), "refunded_by")
    search_fields = (
        "reference__istartswith",
        "credit_note__number__istartswith",
        *(f"credit_note__{name}" for name in of_invoice(("number__istartswith", *NAMES))),
    )
    search_through = ("credit_note__invoice__patient", "credit_note__invoice__doctor", "credit_note")
    search_help_text = _("Reference, number of the credit note or its invoice, patient or doctor")
    date_hierarchy = "refunded_at"
    ordering = ("-refunded_at", "pk")
    fields = (
        *("credit_note", "invoice_number", "patient_name", "refunded_at", "method", "amount", "reference"),
        "refunded_by",
    )
    csv_columns = (
        Column(_("Refunded at"), "refunded_at"),
        Column(_("Credit note"), "credit_note.number"),
        Column(_("Invoice"), "credit_note.invoice.number"),
        Column(_("Patient"), "credit_note.invoice.patient.full_name"),
        Column(_("Given back by"), lambda row: row.get_method_display()),
        Column(_("Currency"), "credit_note.invoice.currency"),
        Column(_("Amount"), lambda row: from_cents(row.amount_cents, row.credit_note.invoice.currency)),
        Column(_("Reference"), "reference"),
        Column(_("Refunded by"), "refunded_by.full_name"),
    )

    def invoice_of(self, row: Refund) -> Invoice:
        return row.credit_note.invoice

    @admin.display(description=_("Credit note"))
    def note_number(self, row: Refund) -> str:
        return row.credit_note.number
