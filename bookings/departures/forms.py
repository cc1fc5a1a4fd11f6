"""What is asked when a doctor leaves, or a patient's account is closed (H3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings.departures.rules import DepartureDecision, DeparturePreview, InvalidLastDay, leaves_at
from bookings.fields import PATIENT_READS_IT, choice_name, reason_field
from bookings.models import Booking
from bookings.presenters import when_words
from core.clock import hospital_day
from core.formats import clock_time, short_date
from doctors.own_clock import on_clock_of
from patients.presenters import names_apart

# So many appointments have a question of their own on the page; all others follow the answer for all.
ASKED_EACH = 60
AS_FOR_ALL = "all"
FATES = {
    DepartureDecision.COLLEAGUE: _("Cancel, and hold a time for the patient with another doctor in the department"),
    DepartureDecision.CANCEL: _("Cancel and tell the patient"),
}


class LastDayForm(forms.Form):
    """From when on a doctor is gone. `last_day` is None for at once."""

    when = forms.ChoiceField(
        label=_("When does the doctor leave?"),
        choices=[("day", _("After a last day")), ("now", _("At once"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose when the doctor leaves.")},
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Everything carries on until then. Nothing can be booked after it."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter a date, like 31/12/2026.")},
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["last_day"].widget.attrs["min"] = hospital_day(now).isoformat()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("when") == "day" and "last_day" not in self.errors:
            self._check_last_day(data.get("last_day"))
        return data

    def _check_last_day(self, day: date | None) -> None:
        if day is None:
            self.add_error("last_day", gettext("Enter the last day."))
            return
        try:
            leaves_at(day, self.now)
        except InvalidLastDay as error:
            self.add_error("last_day", error.message)

    @property
    def last_day_or_none(self) -> date | None:
        """The last day; None for at once."""
        day: date | None = self.cleaned_data["last_day"]
        return day if self.cleaned_data["when"] == "day" else None


class DepartureDecisionsForm(forms.Form):
    """One answer for all appointments after the last day, and another for those it does not fit."""

    otherwise = forms.ChoiceField(
        label=_("What do you want to do with these appointments?"),
        choices=[(fate.value, words) for fate, words in FATES.items()],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what to do with the appointments.")},
    )
    reason = reason_field(
        format_lazy("{} {}", _("For example “Dr Brown has left our hospital”."), PATIENT_READS_IT),
        required=True,
    )

    def __init__(self, *args: Any, effect: DeparturePreview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bookings = effect.bookings
        if not effect.bookings:
            del self.fields["otherwise"], self.fields["reason"]
        names = names_apart(booking.patient for booking in effect.bookings)
        for booking in effect.bookings[:ASKED_EACH]:
            self.fields[choice_name(booking)] = _fate_field(booking, names[booking.patient_id], effect)
        self.order_fields(["otherwise", *(choice_name(booking) for booking in effect.bookings[:ASKED_EACH]), "reason"])

    @property
    def for_all(self) -> DepartureDecision:
        return DepartureDecision(self.cleaned_data.get("otherwise") or DepartureDecision.CANCEL)

    @property
    def decisions(self) -> Mapping[str, DepartureDecision]:
        """By reference, those with an answer of their own."""
        given = {booking.reference: self.cleaned_data.get(choice_name(booking)) for booking in self.bookings}
        return {reference: DepartureDecision(fate) for reference, fate in given.items() if fate and fate != AS_FOR_ALL}


def _fate_field(booking: Booking, name: str, effect: DeparturePreview) -> forms.ChoiceField:
    """`name` tells namesakes apart."""
    slot = effect.with_colleague.get(booking.pk)
    choices = [
        (AS_FOR_ALL, gettext("Same as the rest")),
        (DepartureDecision.CANCEL.value, gettext("Cancel and tell the patient")),
    ]
    if slot is not None:
        when = f"{short_date(slot.starts_at)}, {clock_time(on_clock_of(slot.doctor, slot.starts_at))}"
        held = gettext("Cancel, and hold %(when)s with %(doctor)s") % {"when": when, "doctor": slot.doctor.display_name}
        choices.append((DepartureDecision.COLLEAGUE.value, held))
    said = "%(status)s" if slot else gettext("%(status)s · no colleague has a suitable time")
    return forms.ChoiceField(
        label=f"{name}, {when_words(booking)}",
        help_text=said % {"status": booking.get_status_display()},
        choices=choices,
        error_messages={
            "required": gettext("Choose what to do with the appointment of %(name)s.") % {"name": name},
            "invalid_choice": gettext("Choose again what to do with the appointment of %(name)s.") % {"name": name},
        },
    )
