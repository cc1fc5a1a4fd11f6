"""One decision for each coming appointment of a family whose account is closed (H3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.account_closure.rules import ClosureDecision, choices_of
from bookings.fields import choice_name, reason_field
from bookings.models import Booking
from bookings.presenters import when_words
from patients.presenters import names_apart

STAYS = {ClosureDecision.KEEP: _("Keep it – they’ll come"), ClosureDecision.CANCEL: _("Cancel it")}


class ClosingForm(forms.Form):
    """One decision for each coming appointment of a family whose account is closed."""

    reason = reason_field(_("It will be shown with the cancelled appointment."))

    def __init__(self, *args: Any, bookings: list[Booking], by: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bookings = bookings
        self._open_choices = {booking.pk: choices_of(booking, by, now) for booking in bookings}
        names = names_apart(booking.patient for booking in bookings)
        for booking in bookings:
            open_choices = self._open_choices[booking.pk]
            self.fields[choice_name(booking)] = _stay_field(booking, names[booking.patient_id], open_choices)
        if not bookings:
            del self.fields["reason"]
        elif by.is_hospital_staff:
            self.fields["reason"].help_text = gettext(
                "It will be shown with the cancelled appointment, and it’s kept in the audit trail. No medical details."
            )
        self.order_fields([choice_name(booking) for booking in bookings])

    @property
    def may_be_cancelled(self) -> list[Booking]:
        """Those whose patient or staff may still choose so."""
        return [one for one in self.bookings if ClosureDecision.CANCEL in self._open_choices[one.pk]]

    @property
    def decisions(self) -> Mapping[str, ClosureDecision]:
        """By reference of the appointment."""
        return {
            booking.reference: ClosureDecision(self.cleaned_data[choice_name(booking)]) for booking in self.bookings
        }


def _stay_field(booking: Booking, name: str, open_choices: Sequence[ClosureDecision]) -> forms.ChoiceField:
    """`name` tells namesakes apart."""
    said = (
        "%(status)s"
        if ClosureDecision.CANCEL in open_choices
        else gettext("%(status)s · it’s too late to cancel it online")
    )
    return forms.ChoiceField(
        label=gettext("%(name)s with %(doctor)s, %(when)s")
        % {"name": name, "doctor": booking.doctor.display_name, "when": when_words(booking)},
        help_text=said % {"status": booking.get_status_display()},
        choices=[(choice.value, STAYS[choice]) for choice in open_choices],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext("Choose what to do with the appointment of %(name)s.") % {"name": name},
            "invalid_choice": gettext("Choose again what to do with the appointment of %(name)s.") % {"name": name},
        },
    )
