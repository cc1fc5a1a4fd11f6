"""`?period= &from= &to= &department=` of the figures: a period by name, or two days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.formats import long_date
from dashboards.figures.periods import FIRST_EVER, LABELS, LONGEST, Choice, Period, chosen
from dashboards.figures.types import Scope
from doctors.models import Department

DEFAULT = Choice.MONTH


class FigureDayField(forms.DateField):
    """A day at the hospital, from 2000 to a year ahead."""

    def __init__(self, *, label: str, invalid: str, required: str, today: date) -> None:
        self.earliest, self.latest = FIRST_EVER, today + timedelta(days=LONGEST)
        limits = {"type": "date", "min": self.earliest.isoformat(), "max": self.latest.isoformat()}
        super().__init__(
            label=label,
            input_formats=["%Y-%m-%d"],
            error_messages={"invalid": invalid, "required": required},
            widget=forms.DateInput(format="%Y-%m-%d", attrs=limits),
        )

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is not None and not self.earliest <= value <= self.latest:
            raise forms.ValidationError(
                gettext("Enter a day from %(first)s to %(last)s."),
                code="outside",
                params={"first": long_date(self.earliest), "last": long_date(self.latest)},
            )


class PeriodForm(forms.Form):
    """Valid, it knows `found_period` and `found_scope`. The two days are only asked for when the choice is "custom"."""

    period = forms.ChoiceField(
        choices=[(choice.value, label) for choice, label in LABELS.items()],
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("That isn’t a period we know. Choose one of those above.")},
    )
    department = forms.ChoiceField(
        required=False,
        error_messages={"invalid_choice": _("That isn’t a department. Choose one from the list.")},
    )

    def __init__(self, data: Mapping[str, Any], *, departments: Sequence[Department], today: date) -> None:
        given = {name: data.get(name, "") for name in ("period", "department", "from", "to")}
        given["period"] = given["period"] or (Choice.CUSTOM if given["from"] or given["to"] else DEFAULT)
        super().__init__(given)
        self._today = today
        self._departments = {department.slug: department for department in departments}
        named = [(slug, department.name) for slug, department in self._departments.items()]
        self.fields["department"].choices = [("", gettext("Whole hospital")), *named]  # type: ignore[attr-defined]
        if given["period"] == Choice.CUSTOM:
            self.fields["from"] = FigureDayField(
                label=gettext("From"),
                invalid=gettext("Enter the first day, such as 2026-08-05."),
                required=gettext("Enter the first day."),
                today=today,
            )
            self.fields["to"] = FigureDayField(
                label=gettext("To"),
                invalid=gettext("Enter the last day, such as 2026-08-05."),
                required=gettext("Enter the last day."),
                today=today,
            )
            self.order_fields(["period", "from", "to", "department"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("from"), values.get("to")
        if first and last and first > last:
            self.add_error("to", gettext("The last day must not be before the first."))
        elif first and last and Period(first, last).length > LONGEST:
            told = ngettext("Choose at most %(count)s day.", "Choose at most %(count)s days.", LONGEST)
            self.add_error("to", told % {"count": LONGEST})
        return values

    @property
    def found_period(self) -> Period:
        choice = Choice(self.cleaned_data["period"])
        if choice == Choice.CUSTOM:
            return Period(self.cleaned_data["from"], self.cleaned_data["to"])
        return chosen(choice, today=self._today)

    @property
    def found_department(self) -> Department | None:
        return self._departments.get(self.cleaned_data["department"])

    @property
    def found_scope(self) -> Scope:
        department = self.found_department
        return Scope(department.pk if department else None)

    @property
    def query(self) -> dict[str, str]:
        """What is needed to come back to the same figures; empty for the usual ones."""
        given = {name: str(self.data.get(name, "")) for name in ("period", "from", "to", "department")}
        if given["period"] != Choice.CUSTOM:
            given["from"] = given["to"] = ""
        return {name: value for name, value in given.items() if value and (name, value) != ("period", DEFAULT)}
