"""What the desk narrows its list by."""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.db import models
from django.utils.translation import gettext_lazy as _


class InvoiceAge(models.TextChoices):
    """When an invoice was issued, in days; a draft, when it was made."""

    WITHIN_30 = "within-30", _("In the last 30 days")
    WITHIN_60 = "within-60", _("In the last 60 days")
    WITHIN_90 = "within-90", _("In the last 90 days")
    OVER_30 = "over-30", _("More than 30 days ago")
    OVER_60 = "over-60", _("More than 60 days ago")
    OVER_90 = "over-90", _("More than 90 days ago")

    @property
    def days(self) -> int:
        return int(self.value.rpartition("-")[2])

    @property
    def is_older(self) -> bool:
        return self.value.startswith("over")


@dataclass(frozen=True, slots=True)
class InvoiceFilters:
    """Each empty for everything. `state` is an InvoiceState, `doctor` a slug, `age` an InvoiceAge."""

    state: str = ""
    method: str = ""
    doctor: str = ""
    age: str = ""
    q: str = ""

    def pairs(self) -> dict[str, str]:
        """What stands in the address."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in given.items() if value}
