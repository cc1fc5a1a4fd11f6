"""What a doctor is asked before they read records in an emergency."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.fields import DayField, OneLineField, PlainTextField
from clinical.choices import EmergencyReason
from core.forms.refusals import DomainErrorMixin
from core.text.names import has_name


class EmergencyForm(DomainErrorMixin):
    """Only the whole name with the right date of birth finds a patient: nobody looks around here."""

    full_name = OneLineField(label=_("Patient’s full name"), max_length=120, validators=[has_name])
    date_of_birth = DayField(label=_("Date of birth"))
    reason = forms.ChoiceField(label=_("Reason"), choices=EmergencyReason.choices, widget=forms.RadioSelect)
    words = PlainTextField(
        label=_("What has happened?"),
        min_length=10,
        max_length=500,
        help_text=_("An administrator and the patient can read this. No diagnosis, please."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"min_length": _("Write a little more: at least 10 characters.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["date_of_birth"].required = True
