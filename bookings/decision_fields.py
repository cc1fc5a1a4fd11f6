"""What forms ask when appointments are cancelled or decided about: the reason, and a name for each field."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.fields import PlainTextField
from bookings.models import Booking

# Who reads what staff type as a reason: it stands on the page of the appointment, is never mailed, and the audit trail
# repeats it for ever (bookings/services/, docs/audit.md). Of what a patient or a doctor types the trail has nothing.
KEPT_FOR_EVER = "it stays in the audit trail. No medical details."
PATIENT_READS_IT = f"The patient can read it on the page of the appointment, and {KEPT_FOR_EVER}"


def reason_field(help_text: str, *, required: bool = False) -> PlainTextField:
    return PlainTextField(
        label=_("Why is it cancelled?"),
        required=required,
        max_length=500,
        help_text=help_text,
        error_messages={
            "required": _("Write a reason: the patients will read it."),
            "max_length": _("The reason can have at most 500 characters."),
        },
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def choice_name(booking: Booking) -> str:
    return f"choice_{booking.reference}"
