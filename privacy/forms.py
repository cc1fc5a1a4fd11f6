"""What is asked before somebody is erased."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import one_line

CONFIRMATION = "ERASE"


class ErasureForm(forms.Form):
    """Why, and once more that it is meant."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=500,
        validators=[one_line],
        help_text=_("This is kept in the audit trail. Don’t write any names, for example “Asked by letter of 3 June”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Write the reason. It’s kept in the audit trail."},
    )
    confirmation = forms.CharField(
        label=f"Type {CONFIRMATION} to confirm",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": f"Type {CONFIRMATION}, in capitals."},
    )

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"].strip()
        if typed != CONFIRMATION:
            raise forms.ValidationError(f"Type {CONFIRMATION}, in capitals.")
        return typed
