"""Posted and queried text into clean values. Nothing here writes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from bookings.choices import Status
from bookings.rules import PersonNotChosen
from bookings.states import Actor
from core.site import emergency_words_lazy

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile(r"[\r\n\u2028\u2029]")


class PlainTextField(forms.CharField):
    """Text as people type it. Line ends count once, as the browser counts them, though it sends two characters."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value).replace("\r\n", "\n")
        if _CONTROL.search(text):
            raise ValidationError("Use ordinary letters, digits and signs only.", code="control")
        return text


class OneLineField(PlainTextField):
    """Text without line ends, so that it fits any list."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if _LINE_END.search(text):
            raise ValidationError("Write this on one line.", code="lines")
        return text


class ComplaintField(OneLineField):
    """Where somebody types what is wrong with them: whom to call instead stands above it."""

    warning = emergency_words_lazy()


class PersonField(forms.ChoiceField):
    """Whom an appointment is for: the key of a patient, or nothing where there is only oneself (C11).

    Any number passes: whose person it is, is asked under the lock, in the statement that finds them.
    """

    asked_each_time = True  # core/typed_fields.py: what was typed for one is never booked for another by oversight
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
            raise ValidationError("Choose one of the people listed.", code="invalid_choice")
        return int(typed)


class BookingForm(forms.Form):
    """What a patient may add to an appointment, and the key that makes sending it twice harmless (C4)."""

    person = PersonField(label=_("Who is this for?"))
    reason = ComplaintField(
        label=_("Reason for your visit"),
        required=False,
        max_length=200,
        help_text=_("A few words help the doctor to prepare. Only you and the hospital can read this."),
        error_messages={"max_length": _("The reason can have at most 200 characters.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    notes = PlainTextField(
        label=_("Anything else the doctor should know"),
        required=False,
        max_length=2_000,
        help_text=_("For example medicines you take, or help you need on the day."),
        error_messages={"max_length": _("The notes can have at most 2,000 characters.")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    # Whose time it is: if the time itself has gone, the nearest others of this doctor can still be shown.
    doctor = OneLineField(required=False, max_length=100, widget=forms.HiddenInput)
    idempotency_key = OneLineField(required=False, max_length=64, widget=forms.HiddenInput)

    @classmethod
    def fresh(cls, *, doctor: str = "", reason: str = "", notes: str = "", person: str = "") -> BookingForm:
        """An unsent form with a key of its own; `reason`, `notes` and `person` as chosen before."""
        typed = {"reason": reason, "notes": notes, "doctor": doctor, "person": person}
        return cls(initial={**typed, "idempotency_key": uuid4().hex})

    @property
    def person_id(self) -> int | None:
        """Whom it is for, as far as it is said and can be read."""
        given = self.data if self.is_bound else self.initial
        try:
            return PersonField().clean(given.get("person"))
        except ValidationError:
            return None

    def ask_for_whom(self, choices: Sequence[tuple[str, str]]) -> None:
        """Ask only where there is somebody to choose."""
        if len(choices) > 1:
            cast(PersonField, self.fields["person"]).ask(choices)
        else:
            del self.fields["person"]


RATINGS = (
    ("5", "5 – excellent"),
    ("4", "4 – good"),
    ("3", "3 – all right"),
    ("2", "2 – poor"),
    ("1", "1 – very poor"),
)


class ReviewForm(forms.Form):
    """How a visit was (B10)."""

    rating = forms.ChoiceField(
        label=_("How was it?"),
        choices=RATINGS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose 1 to 5."), "invalid_choice": _("Choose 1 to 5.")},
    )
    text = PlainTextField(
        label=_("In your own words"),
        required=False,
        max_length=2_000,
        help_text=_("Everybody can read this. Write nothing about your health that should stay private."),
        error_messages={"max_length": _("The text can have at most 2,000 characters.")},
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def facts(self) -> dict[str, Any]:
        """The keyword arguments of `reviews.review` that are typed."""
        return {"rating": int(self.cleaned_data["rating"]), "text": self.cleaned_data["text"].strip()}


class KeyForm(forms.Form):
    """Nothing to fill in: the key that makes sending it twice harmless (C4)."""

    idempotency_key = OneLineField(required=False, max_length=64, widget=forms.HiddenInput)


# Who reads what staff type as a reason: it stands on the page of the appointment, is never mailed, and the audit trail
# repeats it for ever (bookings/services/, docs/audit.md). Of what a patient or a doctor types the trail has nothing.
KEPT_FOR_EVER = "it stays in the audit trail. No medical details."
PATIENT_READS_IT = f"The patient can read it on the page of the appointment, and {KEPT_FOR_EVER}"


class CancelForm(forms.Form):
    """Why an appointment is cancelled. A patient need not say; the hospital must, for the patient is told."""

    reason = PlainTextField(
        label=_("Reason"),
        max_length=500,
        error_messages={"max_length": _("The reason can have at most 500 characters.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, by: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        reason.required = by != Actor.PATIENT
        reason.help_text = {
            Actor.PATIENT: "Your doctor will see this.",
            Actor.DOCTOR: "The patient will see this.",
        }.get(by, PATIENT_READS_IT)
        reason.error_messages["required"] = "Write a reason: the patient will see it."


class DayField(forms.DateField):
    """A calendar day in an address: ISO, within the years a diary can hold."""

    EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        kwargs.setdefault("error_messages", {"invalid": "Enter a date, for example 2026-08-06."})
        super().__init__(required=False, input_formats=["%Y-%m-%d"], **kwargs)

    def clean(self, value: Any) -> date | None:
        day = super().clean(value)
        if day and not self.EARLIEST <= day <= self.LATEST:
            raise ValidationError("Choose a year between 1900 and 2200.")
        return day


class DoctorListForm(forms.Form):
    """`?status= &from= &to=` of a doctor's list. A wrong value gets a sentence and does not filter."""

    status = forms.ChoiceField(
        required=False,
        choices=[("", "Any status"), *Status.choices],
        error_messages={"invalid_choice": _("There is no such status. Choose one from the list.")},
    )

    def __init__(self, data: QueryDict, *, today: date) -> None:
        super().__init__(_with_today(data, today))
        self.fields["from"] = DayField(label=_("From"))
        self.fields["to"] = DayField(label=_("To"))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("from"), values.get("to")
        if first and last and last < first:
            self.add_error("to", "The last day can’t be before the first.")
        return values

    @property
    def only_day(self) -> date | None:
        """The day, when the list is of a single one."""
        first, last = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        return first if first and first == last else None


def _with_today(data: QueryDict, today: date) -> dict[str, str]:
    """`?from=today` is a link one can keep."""
    given = {name: data.get(name, "") for name in ("status", "from", "to")}
    return {name: today.isoformat() if value == "today" else value for name, value in given.items()}
