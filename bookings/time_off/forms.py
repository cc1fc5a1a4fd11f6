"""Time off as a doctor types it, and what is decided about each appointment it hits (B6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from bookings.choices import Status
from bookings.fields import OneLineField, PlainTextField
from bookings.models import Booking
from bookings.presenters import when_words
from bookings.time_off.rules import InvalidTimeOff, TimeOffDecision, TimeOffPreview, choices_for, stretch
from core.clock import hospital_day
from core.formats import clock_time, short_date
from core.intervals import Interval
from core.text.phones import phone_words
from doctors.models import DoctorProfile, Slot
from doctors.own_clock import on_clock_of
from patients.presenters import names_apart

_LABELS = {
    TimeOffDecision.KEEP: _("Keep it – I’ll see this patient"),
    TimeOffDecision.CANCEL: _("Cancel it and tell the patient"),
    TimeOffDecision.OFFER: _("Offer other times"),
}


if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def hospital_zone() -> ZoneInfo:
    """Time off is typed by the hospital's clock, as every page shows it."""
    return timezone.get_default_timezone()


def _day(label: StrOrPromise, **kwargs: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Enter a date."), "invalid": _("Enter a date, like 6/8/2026.")},
        **kwargs,
    )


def _hour(label: StrOrPromise, help_text: StrOrPromise) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.TimeInput(attrs={"type": "time", "step": 60}, format="%H:%M"),
        error_messages={"invalid": _("Enter a time, like 9:00.")},
    )


class TimeOffForm(forms.Form):
    """Days, or hours, in which a doctor sees nobody. `times` are the instants once it is valid."""

    first_day = _day(_("First day"))
    start = _hour(_("From"), _("Leave it blank for the whole day."))
    last_day = _day(_("Last day"))
    end = _hour(
        _("Until"), _("Leave it blank for the whole day. Within one day, an end before the start means the next day.")
    )
    note = OneLineField(
        label=_("Note"),
        required=False,
        max_length=120,
        help_text=_("Only you and our staff can see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.times: Interval | None = None
        for name in ("first_day", "last_day"):
            self.fields[name].widget.attrs["min"] = hospital_day(now).isoformat()

    def clean(self) -> dict[str, Any]:
        """Fills `times`; whatever the rules object to is said beside the answer it is about."""
        if not self.errors:
            data = {name: self.cleaned_data[name] for name in ("first_day", "start", "last_day", "end")}
            try:
                self.times = stretch(**data, zone=hospital_zone(), now=self.now)
            except OverflowError:
                self.add_error("last_day", gettext("Choose a day within the next two years."))
            except InvalidTimeOff as error:
                self.add_error(error.field, error.message)
        return self.cleaned_data


class DecisionForm(forms.Form):
    """One decision for each appointment hit, and what patients read whose appointment is cancelled."""

    reason = PlainTextField(
        label=_("Why are you cancelling?"),
        required=False,
        max_length=500,
        help_text=_("Required if you cancel. The patient will see it."),
        error_messages={"max_length": _("The reason can have at most 500 characters.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, effect: TimeOffPreview, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bookings = effect.bookings
        names = names_apart(booking.patient for booking in effect.bookings)
        for booking in effect.bookings:
            offers = effect.offers.get(booking.pk, [])
            self.fields[_name(booking)] = _choice_field(booking, names[booking.patient_id], offers, now)
        if not effect.bookings:
            del self.fields["reason"]
        self.order_fields([_name(booking) for booking in effect.bookings])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if TimeOffDecision.CANCEL in self.decisions.values() and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", gettext("Write a reason: the patient will read it."))
        return data

    @property
    def decisions(self) -> Mapping[str, TimeOffDecision]:
        """By reference of the appointment."""
        given = {booking.reference: self.cleaned_data.get(_name(booking)) for booking in self.bookings}
        return {reference: TimeOffDecision(choice) for reference, choice in given.items() if choice}


def _name(booking: Booking) -> str:
    return f"choice_{booking.reference}"


def _choice_field(booking: Booking, name: str, offers: list[Slot], now: datetime) -> forms.ChoiceField:
    """`name` tells namesakes apart."""
    open_choices = choices_for(Status(booking.status), can_offer=bool(offers) and booking.starts_at > now)
    hours = settings.OFFER_HOLD_HOURS
    offered = ngettext(
        "Offer other times, held for up to %(hours)s hour: %(times)s",
        "Offer other times, held for up to %(hours)s hours: %(times)s",
        hours,
    ) % {"hours": hours, "times": _times(offers, booking.doctor)}
    labels = {**_LABELS, TimeOffDecision.OFFER: offered}
    return forms.ChoiceField(
        label=f"{name}, {when_words(booking)}",
        help_text=_help(booking),
        choices=[(choice.value, labels[choice]) for choice in open_choices],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext("Choose what to do with the appointment of %(name)s.") % {"name": name},
            "invalid_choice": gettext("Choose again what to do with the appointment of %(name)s.") % {"name": name},
        },
    )


def _help(booking: Booking) -> str:
    status = booking.get_status_display()
    if not booking.patient.phone:
        return status
    return gettext("%(status)s · phone %(phone)s") % {"status": status, "phone": phone_words(booking.patient.phone)}


def _times(slots: list[Slot], doctor: DoctorProfile) -> str:
    return "; ".join(
        f"{short_date(slot.starts_at)}, {clock_time(on_clock_of(doctor, slot.starts_at))}" for slot in slots
    )
