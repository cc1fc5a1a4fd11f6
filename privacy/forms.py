"""What is asked before somebody is erased."""

from __future__ import annotations

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import one_line

CONFIRMATION = "ERASE"
_NOT_CONFIRMED = format_lazy(_("Type {word}, in capitals."), word=CONFIRMATION)


class ErasureForm(forms.Form):
    """Why, and once more that it is meant."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=500,
        validators=[one_line],
        help_text=_("This is kept in the audit trail. Don’t write any names, for example “Asked by letter of 3 June”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Write the reason. It’s kept in the audit trail.")},
    )
    confirmation = forms.CharField(
        label=format_lazy(_("Type {word} to confirm"), word=CONFIRMATION),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _NOT_CONFIRMED},
    )

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"].strip()
        if typed != CONFIRMATION:
            raise forms.ValidationError(_NOT_CONFIRMED)
        return typed
