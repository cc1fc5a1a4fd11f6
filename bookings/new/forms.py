"""What a patient types when they book."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, cast
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bookings import rules
from bookings.fields import ComplaintField, OneLineField, PersonField, PlainTextField
from core.errors import DomainError
from core.forms.refusals import DomainErrorMixin


class BookingForm(DomainErrorMixin):
    """What a patient may add to an appointment, and the key that makes sending it twice harmless (C4)."""

    error_fields: ClassVar[dict[type[DomainError], str]] = {rules.PersonNotChosen: "person"}

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
