"""What the directory is searched and narrowed by (B2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doctors import selectors


class DirectoryFilter(forms.Form):
    """Search and filters of the directory. What is wrong is said beside it; the rest still counts."""

    q = forms.CharField(
        label=_("Name or specialty"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        error_messages={"max_length": _("Search for at most 100 characters.")},
    )
    specialization = forms.ChoiceField(
        label=_("Specialty"),
        required=False,
        error_messages={"invalid_choice": _("Choose a specialty from the list.")},
    )
    department = forms.ChoiceField(
        label=_("Department"),
        required=False,
        error_messages={"invalid_choice": _("Choose a department from the list.")},
    )
    before = forms.DateField(
        label=_("Free on or before"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter a date, like 6/8/2026.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        departments, specializations = selectors.departments_and_specializations()
        names = [(name, name) for name in specializations]
        cast(forms.ChoiceField, self.fields["specialization"]).choices = [("", gettext("Any")), *names]
        slugs = [(department.slug, department.name) for department in departments]
        cast(forms.ChoiceField, self.fields["department"]).choices = [("", gettext("Any")), *slugs]
        self.fields["before"].widget.attrs["min"] = today.isoformat()

    def clean_before(self) -> date | None:
        before: date | None = self.cleaned_data["before"]
        if before and before < self.today:
            raise ValidationError(gettext("Choose today or a later day."))
        # The last days a computer knows have no tomorrow; nobody is free so late, so nothing is lost.
        return min(before, date(9000, 1, 1)) if before else None

    def criteria(self) -> dict[str, Any]:
        """The keyword arguments of `selectors.directory`; what is not valid is left out."""
        self.is_valid()
        data = self.cleaned_data
        return {
            "query": data.get("q", ""),
            "specialization": data.get("specialization", ""),
            "department": data.get("department", ""),
            "before": data.get("before"),
        }

    def blank(self) -> BlankFilter:
        """The form as it is before anything is looked for."""
        kinds = [cast(forms.ChoiceField, self.fields[name]).choices for name in ("specialization", "department")]
        return BlankFilter(self.today, tuple(tuple(cast(Iterable[Any], choices)) for choices in kinds))


@dataclass(frozen=True, slots=True)
class BlankFilter:
    """A `DirectoryFilter` in which nothing is chosen: it looks the same to everybody, so that equal ones are drawn
    once."""

    today: date
    choices: tuple[tuple[tuple[str, str], ...], ...]

    def hidden_fields(self) -> list[BoundField]:
        return []

    def visible_fields(self) -> list[BoundField]:
        return DirectoryFilter({}, today=self.today).visible_fields()
