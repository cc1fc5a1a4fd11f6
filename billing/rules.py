"""What may be charged and credited. Pure: no clock, no database."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from core.errors import DomainError


class DiscountTooLarge(DomainError):
    message = gettext_lazy("The discount is larger than the amount it’s taken from. Enter a smaller one.")
    status = 422


class RateNotAllowed(DomainError):
    """A rate below zero, or any on what is exempt, zero-rated or outside the scope of tax."""

    message = gettext_lazy("Only a taxed line can have a rate of tax.")
    status = 422
