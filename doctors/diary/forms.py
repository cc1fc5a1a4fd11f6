"""Times as a doctor types them: a day and hours of the hospital's clock, cleaned to instants."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.clock import hospital_day
from core.errors import DomainError
from core.intervals import Interval, cross_midnight
from doctors import rules
from doctors.models import Slot
from doctors.rules import InvalidTimes

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _day() -> forms.DateField:
    return forms.DateField(
        label=_("Date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Enter a date."), "invalid": _("Enter a date, like 6/8/2026.")},
    )


def _hour(label: StrOrPromise, example: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        widget=forms.TimeInput(attrs={"type": "time", "step": 60}, format="%H:%M"),
        error_messages=dict.fromkeys(
            ("required", "invalid"), format_lazy(_("Enter a time, like {example}."), example=example)
        ),
    )


def _minutes(label: StrOrPromise, *, least: int, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=480,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "invalid": _("Enter a whole number of minutes."),
            "min_value": format_lazy(_("Enter at least {least} minutes."), least=least),
            "max_value": _("Enter at most 480 minutes."),
        },
        **kwargs,
    )


_Day = date  # in a form with a field `date`, the name means that


class HoursForm(forms.Form):
    """A stretch that begins on one day. `now` is the instant of asking; the zone is the hospital's."""

    date = _day()
    start = _hour(_("Start"), "9:00")
    end = _hour(_("End"), "9:30")
    end.help_text = _("00:00 is midnight. An end before the start is on the next day.")

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.times: list[Interval] = []
        today = hospital_day(now)
        limits = {"min": today.isoformat(), "max": (today + rules.FURTHEST_AHEAD).isoformat()}
        self.fields["date"].widget.attrs.update(limits)

    def clean(self) -> dict[str, Any]:
        """Fills `times`; whatever the rules object to is said beside the field it is about."""
        if not self.errors:
            try:
                self.times = self._cut(self._stretch())
                for starts_at, ends_at in self.times:
                    rules.check_times(starts_at=starts_at, ends_at=ends_at, now=self.now)
            except InvalidTimes as error:
                self.times = []
                self.add_domain_error(error)
        return self.cleaned_data

    def _stretch(self) -> Interval:
        data = self.cleaned_data
        rules.check_day(data["date"], today=hospital_day(self.now))
        start, end = self._instants(data["date"], data["start"], data["end"])
        if start <= self.now:
            raise InvalidTimes("start", gettext("This time has already passed. Choose a time in the future."))
        return start, end

    def _instants(self, day: _Day, start: time, end: time) -> Interval:
        return rules.span(day, start, end, _zone())

    def _cut(self, stretch: Interval) -> list[Interval]:
        return [stretch]

    def add_domain_error(self, error: DomainError) -> None:
        """Beside the field the rule is about; beside the start when it is about the time as a whole."""
        field = getattr(error, "field", "start")
        self.add_error(field if field in self.fields else "start", error.message)


class SlotForm(HoursForm):
    """One time, or other hours for `slot`. Before its start on the clock, its end is on the next day."""

    def __init__(self, *args: Any, slot: Slot | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=as_typed(slot) if slot else kwargs.pop("initial", None), **kwargs)
        self.slot = slot

    def _instants(self, day: _Day, start: time, end: time) -> Interval:
        """What was left as it stands stays the instant it is: an hour that comes twice is shown alike both times."""
        if self.slot is None:
            return super()._instants(day, start, end)
        stands = as_typed(self.slot)
        if (day, start) != (stands["date"], stands["start"]):
            return super()._instants(day, start, end)
        if end == stands["end"]:
            return self.slot.starts_at, self.slot.ends_at
        return rules.span(day, start, end, _zone(), starts_at=self.slot.starts_at)

    def _cut(self, stretch: Interval) -> list[Interval]:
        if stretch[1] - stretch[0] > rules.LONGEST and self.cleaned_data["end"] < self.cleaned_data["start"]:
            words = gettext("The end is before the start. A time over midnight can be at most 8 hours long.")
            raise InvalidTimes("end", words)
        return [stretch]


class DayForm(HoursForm):
    """Several times of one length, of one day or one night (B4)."""

    start = _hour(_("From"), "9:00")
    end = _hour(_("Until"), "12:30")
    end.help_text = _("00:00 is midnight. An end before the start is on the next day.")
    length = _minutes(_("Length of each in minutes"), least=5, initial=20)
    pause = _minutes(_("Gap between appointments in minutes"), least=0, initial=0)

    def _cut(self, stretch: Interval) -> list[Interval]:
        length, pause = (timedelta(minutes=self.cleaned_data[name]) for name in ("length", "pause"))
        return rules.divide(starts_at=stretch[0], ends_at=stretch[1], length=length, pause=pause)

    @property
    def night(self) -> str:
        """Names hours that go on after midnight, to be seen before they are saved; of others nothing."""
        if not self.times or not cross_midnight(self.cleaned_data["start"], self.cleaned_data["end"]):
            return ""
        return "{date:%Y-%m-%d} {start:%H:%M} {end:%H:%M}".format(**self.cleaned_data)

    @property
    def was_seen(self) -> bool:
        """Whether the page that was sent showed how long these hours are."""
        return not self.night or self.data.get("seen") == self.night


def as_typed(slot: Slot) -> dict[str, Any]:
    """The initial values of `SlotForm` for a time that exists."""
    start, end = (timezone.localtime(at, _zone()) for at in (slot.starts_at, slot.ends_at))
    return {"date": start.date(), "start": start.time(), "end": end.time()}


def _zone() -> ZoneInfo:
    zone = timezone.get_default_timezone()
    assert isinstance(zone, ZoneInfo)  # noqa: S101 - Django's default zone always is
    return zone
