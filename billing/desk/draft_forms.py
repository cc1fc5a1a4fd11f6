"""An invoice as the desk types it. Its lines are rows of one form: added and removed by buttons of their own, so that
it works by keyboard and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.amounts import LineAmount, line_net, totals_of
from billing.choices import TaxCategory
from billing.errors import DiscountTooLarge, ReasonNotGiven
from billing.models import Invoice, InvoiceLine
from billing.presenters import figure_words, taxed_words
from bookings.fields import OneLineField, PlainTextField
from core.fields.money import MoneyField
from core.forms.refusals import DomainErrorMixin
from core.forms.typed import number_before
from core.money import from_cents

MOST = 40
LONGEST_KEY = 64
ROW_FIELDS = ("description", "quantity", "unit", "discount", "tax")
EXEMPT = "E:0"


def line_name(row: int, field: str) -> str:
    """The name of a field of a line, counted from 0."""
    return f"line{row}_{field}"


@dataclass(frozen=True, slots=True)
class DraftLineRow:
    """One line of the form, for the template."""

    number: int
    description: BoundField
    figures: list[BoundField]
    can_remove: bool


class InvoiceDraftForm(DomainErrorMixin):
    """`initial` are texts as `typed_from` collects them. `lines` is filled by `clean`: what LineDraft wants."""

    discount = forms.Field()
    rows = forms.IntegerField(required=False, widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    idempotency_key = OneLineField(required=False, max_length=LONGEST_KEY, widget=forms.HiddenInput)

    use_required_attribute = False
    error_fields = {DiscountTooLarge: "discount"}

    def __init__(self, *args: Any, currency: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._currency = currency or settings.CURRENCY
        self.lines: list[dict[str, Any]] = []
        self.fields["discount"] = MoneyField(
            label=_("Discount on the whole invoice"), currency=self._currency, required=False
        )
        self.row_count = row_count(self.data if self.is_bound else self.initial)
        if not self.is_bound:
            self.row_count = max(self.row_count, min(number_before("rows"), MOST))
        self.initial["rows"] = self.row_count
        taxes = tax_choices(str(self.initial.get(line_name(row, "tax"), "")) for row in range(self.row_count))
        for row in range(self.row_count):
            for name in ROW_FIELDS:
                self.fields[line_name(row, name)] = self._field(name, taxes)
                place = gettext("Line %(number)s") % {"number": row + 1}
                self.fields[line_name(row, name)].place = place  # type: ignore[attr-defined]  # for the summary

    def _field(self, name: str, taxes: Sequence[tuple[str, str]]) -> forms.Field:
        plain = {"autocomplete": "off"}
        if name == "description":
            return OneLineField(
                label=_("What for"), required=False, max_length=200, widget=forms.TextInput(attrs=plain)
            )
        if name == "quantity":
            return forms.DecimalField(
                label=_("Quantity"),
                required=False,
                initial=Decimal(1),
                min_value=Decimal("0.001"),
                max_digits=9,
                decimal_places=3,
                widget=forms.TextInput(attrs={**plain, "inputmode": "decimal"}),
                error_messages=dict.fromkeys(
                    ("invalid", "min_value", "max_digits", "max_whole_digits", "max_decimal_places"),
                    _("Enter how many, like 1 or 1.5."),
                ),
            )
        if name == "tax":
            return forms.ChoiceField(label=_("Tax"), required=False, initial=EXEMPT, choices=taxes)
        label = _("Amount for one") if name == "unit" else _("Discount")
        return MoneyField(label=label, currency=self._currency, required=False)

    def clean(self) -> dict[str, Any]:
        """Fills `lines`; a row that was left wholly blank is none."""
        said = {row: self._said_of(row) for row in range(self.row_count)}
        filled = {row: facts for row, facts in said.items() if facts is not None}
        if not filled and not self.errors:
            self.add_error(line_name(0, "description"), gettext("Enter what the invoice is for."))
        for row, facts in filled.items():
            self._check(row, facts)
        if not self.errors:
            self.lines = list(filled.values())
            self._check_discount()
        return self.cleaned_data

    def _said_of(self, row: int) -> dict[str, Any] | None:
        typed = {name: self.cleaned_data.get(line_name(row, name)) for name in ROW_FIELDS}
        names = [line_name(row, name) for name in ROW_FIELDS]
        is_blank = not typed["description"] and typed["unit"] is None and not typed["discount"]
        if is_blank and not any(name in self.errors for name in names):
            return None
        category, _colon, rate = (typed["tax"] or EXEMPT).partition(":")
        return {
            "description": typed["description"] or "",
            "unit_cents": typed["unit"],
            "quantity": typed["quantity"] or Decimal(1),
            "discount_cents": typed["discount"] or 0,
            "category": category,
            "rate": Decimal(rate or 0),
        }

    def _check(self, row: int, facts: Mapping[str, Any]) -> None:
        if not facts["description"]:
            self._say(row, "description", gettext("Enter what this line is for."))
        if facts["unit_cents"] is None:
            example = from_cents(8_000, self._currency)
            self._say(row, "unit", gettext("Enter an amount, like %(example)s.") % {"example": example})
            return
        try:
            line_net(_amount(facts))
        except DiscountTooLarge as error:
            self._say(row, "discount", str(error.message))

    def _say(self, row: int, name: str, sentence: str) -> None:
        if line_name(row, name) not in self.errors:  # what the field itself objects to is said already
            self.add_error(line_name(row, name), sentence)

    def _check_discount(self) -> None:
        try:
            totals_of([_amount(facts) for facts in self.lines], self.discount_cents)
        except DiscountTooLarge as error:
            self.add_domain_error(error)

    @property
    def discount_cents(self) -> int:
        return int(self.cleaned_data.get("discount") or 0)

    # For the template

    def line_rows(self) -> list[DraftLineRow]:
        return [
            DraftLineRow(
                number=row,
                description=_needed(self[line_name(row, "description")]),
                figures=[
                    _needed(self[line_name(row, "quantity")]),
                    _needed(self[line_name(row, "unit")]),
                    self[line_name(row, "discount")],
                    _needed(self[line_name(row, "tax")]),
                ],
                can_remove=self.row_count > 1,
            )
            for row in range(self.row_count)
        ]

    @property
    def can_add(self) -> bool:
        return self.row_count < MOST


def _needed(field: BoundField) -> BoundField:
    field.field.required = True  # is not called optional: only a row left wholly blank may lack it
    return field


def _amount(facts: Mapping[str, Any]) -> LineAmount:
    names = ("quantity", "unit_cents", "discount_cents", "category", "rate")
    return LineAmount(**{name: facts[name] for name in names})


def tax_choices(kept: Iterable[str]) -> list[tuple[str, str]]:
    """What a line may be taxed by; `kept`: what the lines have already, also when the settings know it no more."""
    known = [(TaxCategory.EXEMPT, Decimal(0)), *((TaxCategory.STANDARD, rate) for rate in settings.TAX_RATES)]
    known += [(TaxCategory.ZERO, Decimal(0)), (TaxCategory.OUTSIDE, Decimal(0))]
    choices = {tax_key(category, rate): taxed_words(category, rate) for category, rate in known}
    for key in kept:
        category, _colon, rate = key.partition(":")
        if key not in choices and category == TaxCategory.STANDARD and rate.replace(".", "", 1).isdecimal():
            choices[key] = taxed_words(category, Decimal(rate))
    return list(choices.items())


def tax_key(category: str, rate: Decimal) -> str:
    return f"{category}:{figure_words(rate)}"


# What was typed, between two buttons


def row_count(given: Mapping[str, Any]) -> int:
    """How many lines a form has: one at least."""
    try:
        return min(max(int(given.get("rows") or 1), 1), MOST)
    except (TypeError, ValueError):
        return 1


def typed_from(posted: Mapping[str, Any]) -> dict[str, str]:
    """All that was typed, by the names of the form's fields; as it was typed."""
    count = row_count(posted)
    names = ["discount", *(line_name(row, field) for row in range(count) for field in ROW_FIELDS)]
    return {**{name: str(posted.get(name) or "") for name in names}, "rows": str(count)}


def edited(typed: Mapping[str, str], act: str) -> dict[str, str]:
    """What was typed after a button beside the lines: add, or remove-3 (counted from 0)."""
    rows = [
        {field: typed[line_name(row, field)] for field in ROW_FIELDS if line_name(row, field) in typed}
        for row in range(row_count(typed))
    ]
    verb, _dash, number = act.partition("-")
    if verb == "add" and len(rows) < MOST:
        rows.append({})
    elif verb == "remove" and number in map(str, range(len(rows))):
        del rows[int(number)]
    return {"discount": typed.get("discount", ""), **_rows(rows or [{}])}


def _rows(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    named = {line_name(number, field): text for number, row in enumerate(rows) for field, text in row.items()}
    return {**named, "rows": str(len(rows))}


def typed_lines(rows: Sequence[tuple[str, int | None]], currency: str) -> dict[str, str]:
    """A new draft of these descriptions and prices; None for a price nobody knows."""
    return _rows([{"description": words, "unit": _typed_cents(cents, currency)} for words, cents in rows])


def typed_of(invoice: Invoice, lines: Iterable[InvoiceLine]) -> dict[str, str]:
    """A draft as it would have been typed."""
    currency = invoice.currency
    rows = [
        {
            "description": line.description,
            "quantity": figure_words(line.quantity),
            "unit": _typed_cents(line.unit_cents, currency),
            "discount": _typed_cents(line.discount_cents or None, currency),
            "tax": tax_key(line.category, line.rate),
        }
        for line in lines
    ]
    return {"discount": _typed_cents(invoice.discount_cents or None, currency), **_rows(rows or [{}])}


def _typed_cents(cents: int | None, currency: str) -> str:
    return "" if cents is None else str(from_cents(cents, currency))


class DropForm(DomainErrorMixin):
    """Why a draft is dropped, and which one was seen."""

    reason = PlainTextField(
        label=_("Why are you removing it?"),
        max_length=200,
        help_text=_("It’s kept in the audit trail. No medical details."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why.")},
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)
    error_fields = {ReasonNotGiven: "reason"}


class SeenForm(DomainErrorMixin):
    """Nothing to fill in: which draft was seen."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
