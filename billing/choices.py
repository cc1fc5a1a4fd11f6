"""What money is told in: occasions, methods, categories of tax, and how an invoice stands."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaxCategory(models.TextChoices):
    """By the letters of UNCL5305, as electronic invoices use them.
    https://docs.peppol.eu/poacc/billing/3.0/codelist/UNCL5305/"""

    EXEMPT = "E", _("Exempt")
    STANDARD = "S", _("Taxed")
    ZERO = "Z", _("Zero rate")
    OUTSIDE = "O", _("Outside the scope of tax")


class Occasion(models.TextChoices):
    """What an invoice is for. Of the first three there is at most one of an appointment that still counts."""

    VISIT = "VISIT", _("Visit")
    LATE_CANCELLATION = "LATE_CANCELLATION", _("Late cancellation")
    MISSED = "MISSED", _("Missed visit")
    OTHER = "OTHER", _("Something else")


class Method(models.TextChoices):
    CASH = "CASH", _("Cash")
    CARD = "CARD", _("Card")
    ONLINE = "ONLINE", _("Online")
    INSURANCE = "INSURANCE", _("Insurance")


# Each of these payments has a reference of its own, by which the bank or the terminal knows it.
HAS_REFERENCE = (Method.CARD, Method.ONLINE)


# What stands for a reason that was typed once an erasure has taken it: there always is one.
REASON_ERASED = "-"


class BillingOutcome(models.TextChoices):
    """What billing has decided of an appointment as it stands."""

    CHARGED = "CHARGED", _("Charged")
    FREE = "FREE", _("Nothing to charge")
    WAIVED = "WAIVED", _("Waived")
    TAKEN_BACK = "TAKEN_BACK", _("Taken back")


class PaymentStatus(models.TextChoices):
    """How an issued invoice stands: computed, and never kept. The values are words of the API (G2)."""

    PENDING = "pending", _("To pay")
    PAID = "paid", _("Paid")
    CANCELLED = "cancelled", _("Cancelled")


class InvoiceState(models.TextChoices):
    """What the desk asks a list for."""

    DRAFT = "draft", _("Drafts")
    OPEN = "open", _("To pay")
    OVERDUE = "overdue", _("Overdue")
    REFUND = "refund", _("To refund")
    PAID = "paid", _("Paid")
    CANCELLED = "cancelled", _("Cancelled")
