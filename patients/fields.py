"""A date of birth as people know it: day, month and year, typed. A calendar to leaf back 60 years in is no help."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_PART = 4  # figures
_AUTOCOMPLETE = ("bday-day", "bday-month", "bday-year")


class BirthDateWidget(forms.MultiWidget):
    """Three labelled boxes in a fieldset; what was typed stays, right or wrong."""

    template_name = "patients/widgets/birth_date.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None, *, autocomplete: Sequence[str] = _AUTOCOMPLETE) -> None:
        boxes = [
            forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": name, "maxlength": LONGEST_PART})
            for name in autocomplete
        ]
        super().__init__(boxes, attrs)

    def decompress(self, value: date | None) -> list[Any]:
        return [value.day, value.month, value.year] if value else [None, None, None]

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for box, label in zip(context["widget"]["subwidgets"], (_("Day"), _("Month"), _("Year")), strict=True):
            box["label"] = label
        return context


class BirthDateField(forms.Field):
    """Cleans to a `date`. What may be believed of it is `patients.rules.birth_date_problem`'s to say.

    With `of_another` it is not the reader's own: the browser does not fill in theirs.
    """

    widget = BirthDateWidget
    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": _("Enter your date of birth, for example 31 3 1980."),
        "incomplete": _("The date of birth needs a day, a month and a year, for example 31 3 1980."),
        "year": _("Enter all four digits of the year, for example 1980."),
        "invalid": _("Enter a real date in numbers, for example 31 3 1980."),
    }

    def __init__(self, *, of_another: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Date of birth"))
        kwargs.setdefault("help_text", _("For example 31 3 1980."))
        if of_another:
            kwargs["widget"] = BirthDateWidget(autocomplete=("off",) * 3)
            kwargs["error_messages"] = {"required": _("Enter their date of birth, for example 31 3 1980.")}
        super().__init__(**kwargs)

    def clean(self, value: Any) -> date:
        typed = [str(part or "").strip() for part in value or []]
        if not any(typed):
            raise self._refused("required")
        if not all(typed):
            raise self._refused("incomplete")
        if not all(part.isdecimal() and len(part) <= LONGEST_PART for part in typed):
            raise self._refused("invalid")
        day, month, year = (int(part) for part in typed)
        if len(typed[2]) < LONGEST_PART:
            raise self._refused("year")
        try:
            return date(year, month, day)
        except ValueError:
            raise self._refused("invalid") from None

    def _refused(self, code: str) -> forms.ValidationError:
        return forms.ValidationError(self.error_messages[code], code=code)
