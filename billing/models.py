"""Money (G1–G3): a draft is issued once, and from then on only added to. Read docs/billing.md first.

Amounts are whole smallest units of the invoice's currency (core/money.py). What is paid, credited and open is counted
from the rows that say so, never kept beside them.
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import tracked
from billing.base_models import MoneyMoved, SentOnce, TaxedRow, reference_key, something_moved
from billing.choices import HAS_REFERENCE, Method, Occasion, TaxCategory
from billing.fee_models import BillingDecision, DoctorFees
from billing.triggers import (
    CREDIT_LINE_TRIGGERS,
    CREDIT_NOTE_TRIGGERS,
    INVOICE_LINE_TRIGGERS,
    INVOICE_TRIGGERS,
    PAYMENT_TRIGGERS,
    REFUND_TRIGGERS,
    SERIES_TRIGGERS,
    TAX_TOTAL_TRIGGERS,
)
from bookings.models import Booking
from doctors.models import DoctorProfile
from patients.models import PatientProfile

__all__ = [
    "BillingDecision",
    "BillingSeries",
    "CreditLine",
    "CreditNote",
    "DoctorFees",
    "Invoice",
    "InvoiceLine",
    "InvoiceQuerySet",
    "Payment",
    "Refund",
    "TaxTotal",
]


def hospital_currency() -> str:
    return str(settings.CURRENCY)


class BillingSeries(models.Model):
    """The last number given in a series and a year. Numbers have no gaps: taking one is part of the transaction that
    uses it (billing/locks.py)."""

    code = models.CharField(max_length=8)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=1)

    objects: ClassVar[models.Manager[BillingSeries]]

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["code", "year"], name="billing_series_once")]
        triggers = SERIES_TRIGGERS

    def __str__(self) -> str:
        return f"{self.code}-{self.year}"


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def drafts(self) -> Self:
        return self.filter(number="")

    def issued(self) -> Self:
        return self.exclude(number="")

    def with_people(self) -> Self:
        return self.select_related("patient__user", "patient__guardian", "doctor__user", "booking__doctor")

    def with_balance(self) -> Self:
        """With `paid_cents`, `refunded_cents`, `credited_cents`, and `balance_cents`: what is still to pay; below 0:
        to give back."""
        of_this = {"invoice": OuterRef("pk")}
        refunds = Refund.objects.filter(credit_note__invoice=OuterRef("pk")).order_by().values("credit_note__invoice")
        return self.annotate(
            paid_cents=_sum_of(Payment.objects.filter(**of_this).order_by().values("invoice"), "amount_cents"),
            refunded_cents=_sum_of(refunds, "amount_cents"),
            credited_cents=_sum_of(CreditNote.objects.filter(**of_this).order_by().values("invoice"), "total_cents"),
        ).annotate(
            balance_cents=F("total_cents") - F("credited_cents") - F("paid_cents") + F("refunded_cents"),
        )


def _sum_of(rows: models.QuerySet[Any, Any], column: str) -> Coalesce:
    """The sum of a column of rows that are grouped already; 0 of none."""
    total = Subquery(rows.annotate(sum_of=Sum(column)).values("sum_of"), output_field=models.BigIntegerField())
    return Coalesce(total, Value(0))


@tracked(
    named_by="number",
    called=_("invoice"),
    find_by=["number__iexact"],
    tells={"insert": _("drafted"), "revision": _("edited"), "number": _("issued"), "delete": _("dropped")},
)
class Invoice(SentOnce):
    """A draft until it has a number; then issued, and the database refuses to change or delete it.

    Of an appointment there is one that counts: `take` is 2 when the first was wholly credited and another made.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(PatientProfile, models.PROTECT, editable=False, related_name="invoices")
    doctor = models.ForeignKey(DoctorProfile, models.PROTECT, null=True, editable=False, related_name="invoices")
    booking = models.ForeignKey(
        Booking, models.PROTECT, null=True, editable=False, related_name="invoices", db_index=False
    )
    take = models.PositiveSmallIntegerField(default=1, editable=False)
    occasion = models.CharField(max_length=17, choices=Occasion, editable=False)
    visit_day = models.DateField(null=True, editable=False, help_text=_("By the hospital’s clock."))

    currency = models.CharField(max_length=3, default=hospital_currency, editable=False)
    discount_cents = models.PositiveBigIntegerField(default=0, editable=False)
    net_cents = models.PositiveBigIntegerField(default=0, editable=False)
    tax_cents = models.PositiveBigIntegerField(default=0, editable=False)
    total_cents = models.PositiveBigIntegerField(default=0, editable=False)

    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", help_text=_("Empty: by itself.")
    )
    # Counts each change of a draft, so that nobody issues what another has changed since.
    revision = models.PositiveIntegerField(default=1, editable=False)

    # From here on: when it is issued.
    number = models.CharField(max_length=24, blank=True, editable=False, help_text=_("A draft has none."))
    series = models.CharField(max_length=8, blank=True, editable=False)
    year = models.PositiveSmallIntegerField(null=True, editable=False)
    sequence = models.PositiveIntegerField(null=True, editable=False)
    issued_at = models.DateTimeField(null=True, editable=False)
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")
    due_on = models.DateField(null=True, editable=False)
    seller_name = models.CharField(max_length=200, blank=True, editable=False)
    seller_address = models.CharField(max_length=400, blank=True, editable=False)
    seller_phone = models.CharField(max_length=40, blank=True, editable=False)
    seller_tax_number = models.CharField(max_length=60, blank=True, editable=False)
    buyer_name = models.CharField(max_length=120, blank=True, editable=False)
    buyer_address = models.TextField(max_length=400, blank=True, editable=False)

    # Where it was read `with_balance`.
    paid_cents: int
    refunded_cents: int
    credited_cents: int
    balance_cents: int

    objects: ClassVar[models.Manager[Invoice]] = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-created_at", "pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["booking", "take"], name="invoice_take_once"),
            models.UniqueConstraint(fields=["series", "year", "sequence"], name="invoice_sequence_once"),
            models.UniqueConstraint(fields=["created_by", "idempotency_key"], name="invoice_idempotency_key"),
            models.CheckConstraint(
                condition=Q(booking__isnull=True, occasion=Occasion.OTHER)
                | (Q(booking__isnull=False) & ~Q(occasion=Occasion.OTHER)),
                name="invoice_of_a_visit_or_other",
            ),
            models.CheckConstraint(
                condition=Q(total_cents=F("net_cents") + F("tax_cents")), name="invoice_total_is_net_and_tax"
            ),
            models.CheckConstraint(
                condition=Q(number="", series="", year__isnull=True, sequence__isnull=True)
                & Q(issued_at__isnull=True, issued_by__isnull=True, due_on__isnull=True)
                | Q(year__isnull=False, sequence__gte=1, issued_at__isnull=False, issued_by__isnull=False)
                & Q(due_on__isnull=False, total_cents__gt=0)
                & ~Q(number="")
                & ~Q(series="")
                & ~Q(seller_name=""),
                name="invoice_issued_facts",
            ),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="invoice_number_once"),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], condition=Q(number=""), name="invoice_drafts"),
            models.Index(fields=["created_at", "id"], name="invoice_by_age"),
            models.Index(fields=["issued_at", "id"], condition=~Q(number=""), name="invoice_by_issue"),
        ]
        triggers = INVOICE_TRIGGERS

    def __str__(self) -> str:
        return self.number or gettext("Draft")

    @property
    def is_draft(self) -> bool:
        return not self.number


class InvoiceLine(TaxedRow):
    """One line. Its part of the invoice's discount is `share_cents`, so that it can be credited by itself."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, editable=False, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField(editable=False)
    description = models.CharField(max_length=200, editable=False)
    quantity = models.DecimalField(max_digits=9, decimal_places=3, default=Decimal(1), editable=False)
    unit_cents = models.PositiveBigIntegerField(editable=False)
    discount_cents = models.PositiveBigIntegerField(default=0, editable=False)
    net_cents = models.PositiveBigIntegerField(editable=False)
    share_cents = models.PositiveBigIntegerField(default=0, editable=False)

    objects: ClassVar[models.Manager[InvoiceLine]]

    class Meta:
        ordering = ["invoice", "position"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="invoice_line_quantity"),
            models.CheckConstraint(condition=Q(share_cents__lte=F("net_cents")), name="invoice_line_share"),
            models.CheckConstraint(
                condition=Q(category=TaxCategory.STANDARD) | Q(rate=0), name="invoice_line_rate_is_of_the_category"
            ),
        ]
        triggers = INVOICE_LINE_TRIGGERS

    def __str__(self) -> str:
        return self.description

    @property
    def taxable_cents(self) -> int:
        return self.net_cents - self.share_cents


class TaxTotal(TaxedRow):
    """What is taxed by one category and rate, rounded once; with why it is exempt, as the invoice says it."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, editable=False, related_name="taxes", db_index=False)
    taxable_cents = models.PositiveBigIntegerField(editable=False)
    tax_cents = models.PositiveBigIntegerField(editable=False)
    words = models.CharField(max_length=200, blank=True, editable=False)
    code = models.CharField(max_length=40, blank=True, editable=False)

    objects: ClassVar[models.Manager[TaxTotal]]

    class Meta:
        ordering = ["invoice", "category", "rate"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["invoice", "category", "rate"], name="tax_total_once")]
        triggers = TAX_TOTAL_TRIGGERS

    def __str__(self) -> str:
        return f"{self.category} {self.rate}"


@tracked(called=_("payment"), tells={"insert": _("entered"), "insert:takes_back": _("to take another back")})
class Payment(MoneyMoved):
    """Money that came in for an invoice. Never changed or deleted."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, editable=False, related_name="payments")
    received_at = models.DateTimeField(editable=False)
    received_by = models.ForeignKey(User, models.PROTECT, editable=False, related_name="+", db_index=False)
    # A reference that was taken back may be entered again, once more each time.
    attempt = models.PositiveSmallIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager[Payment]]

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["received_at", "pk"]
        default_permissions = ("view",)
        constraints = [
            something_moved("payment_is_something"),
            models.CheckConstraint(condition=Q(attempt__gte=1), name="payment_attempt_counts_from_1"),
            models.CheckConstraint(condition=Q(method__in=Method.values), name="payment_method_known"),
            models.CheckConstraint(
                condition=~Q(method__in=HAS_REFERENCE) | ~Q(reference="") | Q(takes_back__isnull=False),
                name="payment_has_its_reference",
            ),
            models.UniqueConstraint(
                "method",
                reference_key(F("reference")),
                "attempt",
                condition=Q(method__in=HAS_REFERENCE, takes_back__isnull=True),
                name="payment_reference_once",
            ),
            models.UniqueConstraint(fields=["received_by", "idempotency_key"], name="payment_idempotency_key"),
        ]
        indexes = [models.Index(fields=["received_at"], name="payment_by_time")]
        triggers = PAYMENT_TRIGGERS


@tracked(named_by="number", called=_("credit note"), tells={"insert": _("issued")}, find_by=["number__iexact"])
class CreditNote(SentOnce):
    """What is taken back of an invoice, wholly or in part. Never changed or deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invoice = models.ForeignKey(Invoice, models.PROTECT, editable=False, related_name="credit_notes")
    number = models.CharField(max_length=24, unique=True, editable=False)
    series = models.CharField(max_length=8, editable=False)
    year = models.PositiveSmallIntegerField(editable=False)
    sequence = models.PositiveIntegerField(editable=False)
    issued_at = models.DateTimeField(editable=False)
    issued_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", help_text=_("Empty: by itself.")
    )
    reason = models.CharField(max_length=200, editable=False)
    net_cents = models.PositiveBigIntegerField(editable=False)
    tax_cents = models.PositiveBigIntegerField(editable=False)
    total_cents = models.PositiveBigIntegerField(editable=False)

    objects: ClassVar[models.Manager[CreditNote]]

    class Meta:
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
        ordering = ["issued_at", "pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["series", "year", "sequence"], name="credit_note_sequence_once"),
            models.UniqueConstraint(fields=["issued_by", "idempotency_key"], name="credit_note_idempotency_key"),
            models.CheckConstraint(
                condition=Q(total_cents=F("net_cents") + F("tax_cents"), total_cents__gt=0),
                name="credit_note_total_is_net_and_tax",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="credit_note_has_a_reason"),
        ]
        indexes = [models.Index(fields=["issued_at"], name="credit_note_by_issue")]
        triggers = CREDIT_NOTE_TRIGGERS

    def __str__(self) -> str:
        return self.number


class CreditLine(models.Model):
    """How much of a line a credit note takes back, before tax."""

    credit_note = models.ForeignKey(CreditNote, models.PROTECT, editable=False, related_name="lines", db_index=False)
    line = models.ForeignKey(InvoiceLine, models.PROTECT, editable=False, related_name="credits")
    net_cents = models.PositiveBigIntegerField(editable=False)
    # The tax of its category and rate is credited once for all lines of the note, with the first of them.
    tax_cents = models.PositiveBigIntegerField(default=0, editable=False)

    objects: ClassVar[models.Manager[CreditLine]]

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["credit_note", "line"], name="credit_line_once"),
            models.CheckConstraint(condition=Q(net_cents__gt=0), name="credit_line_is_something"),
        ]
        triggers = CREDIT_LINE_TRIGGERS

    def __str__(self) -> str:
        return str(self.line)


@tracked(called=_("refund"), tells={"insert": _("entered")})
class Refund(MoneyMoved):
    """Money that was given back, of what a credit note takes back. Never changed or deleted."""

    credit_note = models.ForeignKey(CreditNote, models.PROTECT, editable=False, related_name="refunds")
    refunded_at = models.DateTimeField(editable=False)
    refunded_by = models.ForeignKey(User, models.PROTECT, editable=False, related_name="+", db_index=False)

    objects: ClassVar[models.Manager[Refund]]

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["refunded_at", "pk"]
        default_permissions = ("view",)
        constraints = [
            something_moved("refund_is_something"),
            models.CheckConstraint(condition=Q(method__in=Method.values), name="refund_method_known"),
            models.UniqueConstraint(fields=["refunded_by", "idempotency_key"], name="refund_idempotency_key"),
        ]
        indexes = [models.Index(fields=["refunded_at"], name="refund_by_time")]
        triggers = REFUND_TRIGGERS
