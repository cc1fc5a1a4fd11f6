"""The search box of the front page. The directory cleans what it sends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doctors.models import Department


class SearchBox(forms.Form):
    q = forms.CharField(
        label=_("Doctor’s name or specialty"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )
    department = forms.ChoiceField(label=_("Department"), required=False)
    before = forms.DateField(
        label=_("Free on or before"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, departments: Sequence[Department], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(department.slug, department.name) for department in departments]
        self.fields["department"].choices = [("", gettext("Any department")), *named]  # type: ignore[attr-defined]
        self.fields["before"].widget.attrs["min"] = today.isoformat()
