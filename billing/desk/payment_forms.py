"""Money in, money back, and what is taken back of an invoice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.choices import HAS_REFERENCE, Method
from billing.errors import (
    CreditTooLarge,
    NothingToCredit,
    Overpayment,
    ReasonNotGiven,
    ReferenceMissing,
    ReferenceUsed,
    RefundTooLarge,
)
from billing.models import InvoiceLine, Payment
from bookings.fields import OneLineField, PlainTextField
from core.fields.money import MoneyField
from core.formats import money
from core.forms.refusals import DomainErrorMixin

LONGEST_KEY, LONGEST_REFERENCE = 64, 80
ALL, PART = "all", "part"


class MailAgainForm(DomainErrorMixin):
    """Nothing to fill in: the key that makes sending it twice harmless."""

    idempotency_key = OneLineField(required=False, max_length=LONGEST_KEY, widget=forms.HiddenInput)


class MethodField(forms.ChoiceField):
    """How money came or went. None is preselected: whoever is in a hurry would let it stand."""

    widget = forms.RadioSelect

    def __init__(self, *, missing: Any) -> None:
        said = {"required": missing, "invalid_choice": _("Choose a method from the list.")}
        super().__init__(label=_("Method"), choices=Method.choices, error_messages=said)


class _ReferenceInput(forms.TextInput):
    def use_required_attribute(self, initial: Any) -> bool:
        return False


class ReferenceField(OneLineField):
    """Needed or not as the method says, so it isn't called optional; its form checks."""

    widget = _ReferenceInput(attrs={"autocomplete": "off", "spellcheck": "false"})

    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)


def only_method(payments: Iterable[Payment]) -> str:
    """By which all was paid that counts; empty when by none or several."""
    methods = {row.method for row in payments if not (row.takes_back_id or row.is_taken_back)}
    return methods.pop() if len(methods) == 1 else ""


class MethodForm(MailAgainForm):
    """How somebody pays."""

    method = MethodField(missing=_("Choose how it was paid."))
    reference = ReferenceField(
        label=_("Reference"),
        max_length=LONGEST_REFERENCE,
        help_text=_("Needed for card and online payments: as it’s printed by the terminal or the bank."),
    )
    error_fields = {ReferenceMissing: "reference", ReferenceUsed: "reference"}

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("method") in HAS_REFERENCE and not data.get("reference") and "reference" not in self.errors:
            self.add_error("reference", ReferenceMissing.message)
        return data


class PaymentForm(MethodForm):
    """How much comes in."""

    error_fields = {**MethodForm.error_fields, Overpayment: "amount"}
    field_order = ("amount", "method", "reference")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(label=_("Amount"), currency=currency)
        self.order_fields(self.field_order)

    def clean_amount(self) -> int:
        return _something(self.cleaned_data["amount"])


class RefundForm(MailAgainForm):
    """How much is given back, and how. A reference need not be there yet."""

    method = MethodField(missing=_("Choose how it’s given back."))
    reference = OneLineField(label=_("Reference"), required=False, max_length=LONGEST_REFERENCE)
    error_fields = {RefundTooLarge: "amount"}
    field_order = ("amount", "method", "reference")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(label=_("Amount to give back"), currency=currency)
        self.order_fields(self.field_order)

    def clean_amount(self) -> int:
        return _something(self.cleaned_data["amount"])


def _something(cents: int) -> int:
    if not cents:
        raise forms.ValidationError(gettext("Enter an amount above 0."), code="nothing")
    return cents


class CreditForm(MailAgainForm):
    """All that is left of an invoice, or so much of its lines. `left`: what may be credited of each, before tax."""

    extent = forms.ChoiceField(label=_("What to credit"), widget=forms.RadioSelect, initial=ALL)
    reason = PlainTextField(
        label=_("Why?"),
        max_length=200,
        help_text=_("It’s printed on the credit note, and the patient reads it. No medical details."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": ReasonNotGiven.message},
    )
    error_fields = {ReasonNotGiven: "reason", CreditTooLarge: "extent", NothingToCredit: "extent"}

    def __init__(
        self, *args: Any, left: Mapping[InvoiceLine, int], left_cents: int, currency: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._left = {line.pk: cents for line, cents in left.items()}
        whole = gettext("All that is left: %(amount)s") % {"amount": money(left_cents, currency)}
        self.fields["extent"].choices = [(ALL, whole), (PART, gettext("Part of it"))]  # type: ignore[attr-defined]
        for line, cents in left.items():
            self.fields[_credit_name(line.pk)] = MoneyField(
                label=line.description,
                currency=currency,
                required=False,
                help_text=gettext("At most %(amount)s, before tax.") % {"amount": money(cents, currency)},
            )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("extent") == PART:
            for key, cents in self._left.items():
                if (data.get(_credit_name(key)) or 0) > cents:
                    self.add_error(_credit_name(key), CreditTooLarge.message)
            if not self.errors and not self.amounts:
                self.add_domain_error(NothingToCredit())
        return data

    @property
    def amounts(self) -> dict[int, int] | None:
        """By the keys of the lines; None for all that is left."""
        if self.cleaned_data.get("extent") != PART:
            return None
        typed = {key: self.cleaned_data.get(_credit_name(key)) for key in self._left}
        return {key: int(cents) for key, cents in typed.items() if cents}

    def line_fields(self) -> list[BoundField]:
        return [self[_credit_name(key)] for key in self._left]


def _credit_name(line: int) -> str:
    return f"credit_{line}"


class TakeBackForm(DomainErrorMixin):
    """Why a payment is taken back."""

    reason = PlainTextField(
        label=_("What was the mistake?"),
        max_length=200,
        help_text=_("It’s kept beside the payment. No medical details."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": ReasonNotGiven.message},
    )
    error_fields = {ReasonNotGiven: "reason"}
