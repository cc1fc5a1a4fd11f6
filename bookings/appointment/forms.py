"""What is asked on the page of an appointment, and of the lists of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings.choices import Status
from bookings.fields import PATIENT_READS_IT, DayField, OneLineField, PlainTextField
from bookings.states import Actor
from core.forms.refusals import DomainErrorMixin


class IdempotencyForm(DomainErrorMixin):
    """Nothing to fill in: the key that makes sending it twice harmless (C4)."""

    idempotency_key = OneLineField(required=False, max_length=64, widget=forms.HiddenInput)


class CancelForm(DomainErrorMixin):
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
            Actor.PATIENT: gettext("Your doctor will see this."),
            Actor.DOCTOR: gettext("The patient will see this."),
        }.get(by, PATIENT_READS_IT)
        reason.error_messages["required"] = gettext("Write a reason: the patient will see it.")


class DoctorListForm(forms.Form):
    """`?status= &from= &to=` of a doctor's list. A wrong value gets a sentence and does not filter."""

    status = forms.ChoiceField(
        required=False,
        choices=[("", _("Any status")), *Status.choices],
        error_messages={"invalid_choice": _("That isn’t a status. Choose one from the list.")},
    )

    def __init__(self, data: QueryDict, *, today: date) -> None:
        super().__init__(_with_today(data, today))
        self.fields["from"] = DayField(label=_("From"))
        self.fields["to"] = DayField(label=_("To"))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("from"), values.get("to")
        if first and last and last < first:
            self.add_error("to", gettext("The last day can’t be before the first."))
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
