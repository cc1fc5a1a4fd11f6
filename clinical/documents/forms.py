"""What is asked before a record leaves the house."""

from __future__ import annotations

from django import forms

from bookings.fields import OneLineField


class SendForm(forms.Form):
    """Nothing to fill in: the key that makes sending it twice harmless."""

    key = OneLineField(max_length=64, widget=forms.HiddenInput)


class ExportForm(forms.Form):
    """Whose records: the key of a patient."""

    patient = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
