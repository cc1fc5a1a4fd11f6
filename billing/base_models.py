"""What several tables of money say alike."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Replace, Upper
from django.utils.translation import gettext_lazy as _

from billing.choices import Method, TaxCategory
from core.text.visible import visible_length


class TaxedRow(models.Model):
    """What both a line and a total of taxes say."""

    category = models.CharField(max_length=1, choices=TaxCategory, editable=False)
    rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0), editable=False)

    class Meta:
        abstract = True


def kept_reference(typed: str) -> str:
    """What the terminal or the bank calls a payment, as it was typed; empty when nothing of it can be seen."""
    return " ".join(typed.split()) if visible_length(typed) else ""


def reference_key(kept: Any) -> Upper:
    """By what two references are told apart in the database: "T 123" and "t123" are one."""
    return Upper(Replace(kept, Value(" "), Value("")))


class SentOnce(models.Model):
    """What a form made: the same form sent again is answered by it (billing/services/idempotency.py)."""

    idempotency_key = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001  NULLs may repeat, '' may not
    request_fingerprint = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True


class MoneyMoved(SentOnce):
    """What a payment and a refund both say. What was entered by mistake is taken back by another row, with the same
    amount below 0, so that every sum is right by itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    amount_cents = models.BigIntegerField(editable=False)
    method = models.CharField(max_length=9, choices=Method, editable=False)
    reference = models.CharField(max_length=80, blank=True, editable=False)
    takes_back = models.OneToOneField("self", models.PROTECT, null=True, editable=False, related_name="taken_back_by")
    reason = models.CharField(max_length=200, blank=True, editable=False, help_text=_("Why it was taken back."))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.get_method_display())

    @property
    def is_taken_back(self) -> bool:
        """Whether it was entered by mistake; read with `taken_back_by`, or one query."""
        return getattr(self, "taken_back_by", None) is not None


def something_moved(name: str) -> models.CheckConstraint:
    """An amount above 0 that came in or went out, or below 0 that takes one back, for a reason."""
    return models.CheckConstraint(
        condition=Q(takes_back__isnull=True, amount_cents__gt=0, reason="")
        | Q(takes_back__isnull=False, amount_cents__lt=0, reference="") & ~Q(reason=""),
        name=name,
    )
