"""Fields which forms of this app have in common: text as people type it, a person, a day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking
from bookings.rules import PersonNotChosen
from core.site import emergency_words_lazy
from core.text.visible import visible_length

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile(r"[\r\n\u2028\u2029]")


class PlainTextField(forms.CharField):
    """Text as people type it. Line ends count once, as the browser counts them, though it sends two characters; text of
    which nothing can be seen is none."""

    def to_python(self, value: Any) -> str:
        text = (super().to_python(value) or "").replace("\r\n", "\n")
        if _CONTROL.search(text):
            raise ValidationError(gettext("Use ordinary letters, digits and signs only."), code="control")
        return text if visible_length(text) else ""


class OneLineField(PlainTextField):
    """Text without line ends, so that it fits any list."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if _LINE_END.search(text):
            raise ValidationError(gettext("Write this on one line."), code="lines")
        return text


class ComplaintField(OneLineField):
    """Where somebody types what is wrong with them: whom to call instead stands above it."""

    warning = emergency_words_lazy()


class PersonField(forms.ChoiceField):
    """Whom an appointment is for: the key of a patient, or nothing where there is only oneself (C11).

    Any number passes: whose person it is, is asked under the lock, in the statement that finds them.
    """

    asked_each_time = True  # core/forms/typed.py: what was typed for one is never booked for another by oversight
    LONGEST = 18  # digits, so that it fits the database's numbers

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.RadioSelect, **kwargs)
        self.error_messages["required"] = PersonNotChosen.message

    def read(self, value: Any) -> int | None:
        """Whom it says, as far as it can be read."""
        try:
            return self.clean(value)
        except ValidationError:
            return None

    def ask(self, choices: Sequence[tuple[str, str]]) -> None:
        """Where there is somebody to choose, an answer is needed: nobody is taken for granted."""
        self.choices, self.required = choices, True

    def clean(self, value: Any) -> int | None:
        typed = str(value or "").strip()
        if not typed:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        if not (typed.isascii() and typed.isdigit() and len(typed) <= self.LONGEST):
            raise ValidationError(gettext("Choose one of the people listed."), code="invalid_choice")
        return int(typed)


class DayField(forms.DateField):
    """A calendar day in an address: ISO, within the years a diary can hold."""

    EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        kwargs.setdefault("error_messages", {"invalid": _("Enter a date, for example 2026-08-06.")})
        super().__init__(required=False, input_formats=["%Y-%m-%d"], **kwargs)

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day and not self.EARLIEST <= day <= self.LATEST:
            raise ValidationError(gettext("Choose a year between 1900 and 2200."))
        return day


# Who reads what staff type as a reason: it stands on the page of the appointment, is never mailed, and the audit trail
# repeats it for ever (bookings/services/, docs/audit.md). Of what a patient or a doctor types the trail has nothing.
PATIENT_READS_IT = _(
    "The patient can read it on the appointment’s page, and it’s kept in the audit trail. No medical details."
)


def reason_field(help_text: StrOrPromise, *, required: bool = False) -> PlainTextField:
    return PlainTextField(
        label=_("Why are you cancelling it?"),
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
