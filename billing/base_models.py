"""What several tables of money say alike."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import models

from billing.choices import Method, TaxCategory


class TaxedRow(models.Model):
    """What both a line and a total of taxes say."""

    category = models.CharField(max_length=1, choices=TaxCategory, editable=False)
    rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0), editable=False)

    class Meta:
        abstract = True


class MoneyMoved(models.Model):
    """What a payment and a refund both say."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    amount_cents = models.BigIntegerField(editable=False)
    method = models.CharField(max_length=9, choices=Method, editable=False)
    reference = models.CharField(max_length=80, blank=True, editable=False)
    idempotency_key = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001  NULLs may repeat, '' may not

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.get_method_display())
