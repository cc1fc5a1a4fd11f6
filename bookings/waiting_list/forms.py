"""A wish for a time, as posted, into clean values (C9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings.fields import DayField, PersonField
from bookings.holds.rules import TimePreference
from doctors.choices import Weekday

FURTHEST = timedelta(days=366)
HOURS = [time(hour) for hour in range(24)]
FIRST_HOUR, LAST_HOUR = time(0), time(23, 59)


# The parts of a wish, as they travel in an address to where somebody is added and back.
WISH = ("person", "first_day", "last_day", "weekdays", "earliest", "latest")


def wish_in(query: QueryDict) -> dict[str, Any]:
    """What an address says of a wish, for a form to begin with."""
    said = {name: query[name] for name in WISH if query.get(name)}
    return {**said, "weekdays": query.getlist("weekdays")} if "weekdays" in said else said


def _hour_words(hour: time) -> str:
    return f"{hour.hour % 12 or 12}:00{'am' if hour.hour < 12 else 'pm'}"  # noqa: PLR2004  noon


class WaitingForm(forms.Form):
    """Which times would suit. Everything is filled in already: one click joins."""

    person = PersonField(label=_("Who is this for?"))
    first_day = DayField(label=_("From"), help_text=_("The first day that suits you."))
    last_day = DayField(
        label=_("To"), help_text=_("The last day that suits you. We’ll take you off the list after that.")
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On these days"),
        choices=Weekday.choices,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one day of the week."),
            "invalid_choice": _("Choose days of the week from the list."),
        },
    )
    earliest = forms.TypedChoiceField(
        label=_("Not before"),
        coerce=time.fromisoformat,
        empty_value=FIRST_HOUR,
        required=False,
        choices=[("", _("Any hour")), *((f"{hour:%H:%M}", _hour_words(hour)) for hour in HOURS)],
        error_messages={"invalid_choice": _("Choose an hour from the list.")},
    )
    latest = forms.TypedChoiceField(
        label=_("Latest start"),
        coerce=time.fromisoformat,
        empty_value=LAST_HOUR,
        required=False,
        help_text=_("A time before the one above means after midnight, the same night."),
        choices=[("", _("Any hour")), *((f"{hour:%H:%M}", _hour_words(hour)) for hour in HOURS)],
        error_messages={"invalid_choice": _("Choose an hour from the list.")},
    )

    def __init__(self, *args: Any, today: date, people: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {})
        kwargs["initial"] = {
            "first_day": today,
            "last_day": today + timedelta(days=30),
            "weekdays": list(Weekday.values),
            **kwargs["initial"],
        }
        super().__init__(*args, **kwargs)
        self.today = today
        for name in ("first_day", "last_day"):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = gettext("Enter a date, for example 2026-08-06.")
        if len(people) > 1:
            cast(PersonField, self.fields["person"]).ask(people)
        else:
            del self.fields["person"]

    @property
    def person_id(self) -> int | None:
        """Whom it is for, as far as it is said and can be read."""
        if "person" not in self.fields:
            return None
        return cast(PersonField, self.fields["person"]).read(self["person"].value())

    def wish(self) -> TimePreference | None:
        """What the form says as it stands, typed or filled in beforehand; None when it makes no sense."""
        try:
            said = {name: self.fields[name].clean(self[name].value()) for name in WISH if name != "person"}
        except forms.ValidationError:
            return None
        return TimePreference(**{**said, "weekdays": frozenset(said["weekdays"])})

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        if not self.today <= day <= self.today + FURTHEST:
            raise forms.ValidationError(gettext("Choose a day from today on, within a year."))
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("first_day"), values.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", gettext("The last day can’t be before the first."))
        return values


class AcceptForm(forms.Form):
    """Whether a held time is taken on top of an appointment with the doctor, or in its place."""

    instead = forms.ChoiceField(
        label=_("Take this time"),
        widget=forms.RadioSelect,
        error_messages={
            "invalid_choice": _("You can’t give up this appointment any more. Choose again."),
            "required": _("Choose whether it replaces the appointment you have."),
        },
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if choices:
            self.fields["instead"].choices = choices  # type: ignore[attr-defined]
            self.fields["instead"].initial = choices[0][0]
        else:
            del self.fields["instead"]

    @property
    def instead_of(self) -> str:
        """The reference of the appointment to give up; no reference when none."""
        return str(self.cleaned_data.get("instead", ""))
