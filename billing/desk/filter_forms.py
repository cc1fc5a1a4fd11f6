"""What narrows the desk's list of invoices, and the day of a cash-up. Nothing here writes."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from billing.choices import InvoiceState, Method
from billing.desk.choices import InvoiceAge, InvoiceFilters
from bookings.fields import DayField

LONGEST_QUERY = 120


class InvoiceFilterForm(forms.Form):
    """`?state= &method= &doctor= &age= &q=`. A value that makes no sense does not filter."""

    state = forms.ChoiceField(required=False, choices=InvoiceState.choices, widget=forms.HiddenInput)
    q = forms.CharField(
        label=_("Number, name or appointment"),
        required=False,
        max_length=LONGEST_QUERY,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )
    doctor = forms.ChoiceField(label=_("Doctor"), required=False)
    method = forms.ChoiceField(label=_("Paid by"), required=False, choices=[("", _("Any method")), *Method.choices])
    age = forms.ChoiceField(label=_("Issued"), required=False, choices=[("", _("At any time")), *InvoiceAge.choices])

    def __init__(self, data: QueryDict, *, doctors: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["doctor"].choices = [("", _("All doctors")), *doctors]  # type: ignore[attr-defined]

    def filters(self) -> InvoiceFilters:
        self.is_valid()
        clean = self.cleaned_data
        return InvoiceFilters(**{name: clean.get(name, "") for name in ("state", "method", "doctor", "age", "q")})


class CashUpForm(forms.Form):
    """`?day=`: today where none is given."""

    day = DayField(label=_("Day"))
