"""A doctor's own terms as they type them: hours and days, cleaned to lengths of time (B7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.text.folding import duration_words

TERMS = ("min_notice", "booking_window", "cancel_cutoff")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_ASKED = {
    HOUR: _("Enter a number of hours from {least} to {most}, or nothing."),
    DAY: _("Enter a number of days from {least} to {most}, or nothing."),
}


class LengthField(forms.FloatField):
    """A number of hours or days, to the minute; empty is None. `least` and `most` are in the same `unit`."""

    def __init__(self, *, unit: timedelta, least: int, most: int, **kwargs: Any) -> None:
        self.unit = unit
        said = format_lazy(_ASKED[unit], least=least, most=most)
        super().__init__(
            required=False,
            min_value=least,
            max_value=most,
            widget=forms.NumberInput(attrs={"inputmode": "decimal", "autocomplete": "off", "step": "any"}),
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), said),
            **kwargs,
        )

    def clean(self, value: Any) -> timedelta | None:
        count = super().clean(value)
        return None if count is None else timedelta(minutes=round(count * self.unit / timedelta(minutes=1)))

    def prepare_value(self, value: Any) -> Any:
        return f"{value / self.unit:g}" if isinstance(value, timedelta) else value


class TermsFields(forms.Form):
    """How soon and how far ahead patients book, and until when they cancel online; empty is the hospital's default."""

    min_notice = LengthField(label=_("Minimum notice, in hours"), unit=HOUR, least=0, most=720)
    booking_window = LengthField(label=_("Booking window, in days"), unit=DAY, least=1, most=730)
    cancel_cutoff = LengthField(label=_("Cancellation deadline, in hours before"), unit=HOUR, least=0, most=720)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = {
            "min_notice": (gettext("Patients can’t book closer than this."), _hospital_notice()),
            "booking_window": (
                gettext("Patients can’t book further ahead than this."),
                duration_words(timedelta(days=settings.BOOKING_WINDOW_DAYS)),
            ),
            "cancel_cutoff": (
                gettext("After that they’ll be asked to phone."),
                duration_words(timedelta(hours=settings.CANCEL_CUTOFF_HOURS)),
            ),
        }
        for name, (what, default) in said.items():
            self.fields[name].help_text = gettext(
                "%(what)s If you leave it blank, the hospital’s default applies: %(default)s."
            ) % {"what": what, "default": default}


def _hospital_notice() -> str:
    notice = timedelta(minutes=settings.MIN_NOTICE_MINUTES)
    return duration_words(notice) if notice else gettext("no notice")
