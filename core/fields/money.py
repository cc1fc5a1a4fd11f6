"""The form field for an amount of money, on every page that asks for one."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.money import from_cents, places, to_cents

HIGHEST = 10_000_000  # in whole units of the currency; a slip of the finger, not an amount
# Commas only where they group by three: elsewhere nobody knows whether "80,00" is eighty or eight thousand.
_TYPED = re.compile(r"[0-9]+(\.[0-9]*)?|[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?|\.[0-9]+", re.ASCII)
_COMMA = re.compile(r"[0-9.]*,[0-9.,]*", re.ASCII)


class MoneyField(forms.DecimalField):
    """An amount as people write it ("80", "1,250.50"), cleaned to whole smallest units of its currency.

    `currency` is that of the settings unless said. `required` and all the rest are a field's own.
    """

    widget = forms.TextInput

    def __init__(self, *, currency: str = "", highest: int = HIGHEST, **kwargs: Any) -> None:
        self.currency = currency or settings.CURRENCY
        digits, shown = places(self.currency), from_cents(8_000, self.currency)
        example = format_lazy(_("Enter an amount, like {example}."), example=shown)
        point = format_lazy(_("Write the amount with a point instead of a comma, like {example}."), example=shown)
        said = kwargs.pop("error_messages", {})
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(
            min_value=0,
            max_value=highest,
            max_digits=len(str(highest)) + digits,
            decimal_places=digits,
            error_messages={
                **dict.fromkeys(("required", "invalid", "min_value"), example),
                "comma": point if digits else example,
                **dict.fromkeys(
                    ("max_value", "max_digits", "max_whole_digits"),
                    format_lazy(_("Enter an amount of at most {highest}."), highest=f"{highest:,}"),
                ),
                "max_decimal_places": format_lazy(
                    _("Enter an amount with at most {digits} digits after the point."), digits=digits
                ),
                **said,
            },
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        """The amount without the commas that group it. Raises ValidationError for what is no plain number."""
        if not isinstance(value, str):
            return super().to_python(value)
        text = re.sub(r"\s", "", value)
        if text and not _TYPED.fullmatch(text):
            code = "comma" if _COMMA.fullmatch(text) else "invalid"
            raise ValidationError(self.error_messages[code], code=code)
        return super().to_python(text.replace(",", ""))

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return None if amount is None else to_cents(amount, self.currency)

    def prepare_value(self, value: Any) -> Any:
        return from_cents(value, self.currency) if isinstance(value, int) else value
