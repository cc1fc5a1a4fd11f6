"""The week grid as a doctor fills it in, cleaned to plain ranges (B5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

import pytz
from django import forms
from django.forms.boundfield import BoundField
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.forms.typed import number_before
from doctors.choices import Weekday
from doctors.schedule.rules import LONGEST_BUFFER, MOST_WEEKS, InvalidHours, check_hours
from doctors.schedule.weekly_rules import WeeklyRange

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FEWEST_COLUMNS, MOST_COLUMNS = 2, 4
# What is heard of an hour in the grid, by column.
_FROM_LABELS = (
    _("%(day)s, first hours, from"),
    _("%(day)s, second hours, from"),
    _("%(day)s, third hours, from"),
    _("%(day)s, fourth hours, from"),
)
_TO_LABELS = (
    _("%(day)s, first hours, to"),
    _("%(day)s, second hours, to"),
    _("%(day)s, third hours, to"),
    _("%(day)s, fourth hours, to"),
)
_MINUTE = timedelta(minutes=1)
_ANSWERS = {"length": "length", "buffer": "buffer", "valid_from": "valid_from", "valid_until": "valid_until"}
RangeSet = Sequence[WeeklyRange]
_MINUTES_FROM_TO = _("Enter a whole number of minutes from {least} to {most}.")
_WEEKS_FROM_TO = _("Enter a whole number of weeks from {least} to {most}.")


def _number(
    label: StrOrPromise, least: int, most: int, said: StrOrPromise = _MINUTES_FROM_TO, **kwargs: Any
) -> forms.IntegerField:
    """`said` of whatever can't be, with the bounds."""
    asked = format_lazy(said, least=least, most=most)
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), asked),
        **kwargs,
    )


def _day(label: StrOrPromise, *, required: bool, **kwargs: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Enter a date."), "invalid": _("Enter a date, like 6/8/2026.")},
        **kwargs,
    )


def field_name(weekday: int, column: int, end: str) -> str:
    """The name of an hour in the grid; `end` is from or to, columns count from 0."""
    return f"day{weekday}_{column}_{end}"


@dataclass(frozen=True, slots=True)
class HoursCell:
    """One range of one weekday, as two fields."""

    opens: BoundField
    closes: BoundField


@dataclass(frozen=True, slots=True)
class WeekdayRow:
    weekday: str
    cells: list[HoursCell]
    errors: list[str]
    error_id: str


class WeekForm(forms.Form):
    """Weekly hours of one validity and rhythm. `replaces` are those kept until now, `others` the doctor's
    further ones, which must not overlap."""

    length = _number(_("Length of each time, in minutes"), 5, 480, initial=20)
    buffer = _number(_("Gap between appointments, in minutes"), 0, LONGEST_BUFFER // _MINUTE, initial=0)
    valid_from = _day(_("From"), required=True)
    valid_until = _day(
        _("Until"),
        required=False,
        help_text=_("The last day they start on. Leave blank if there’s no end date."),
    )
    every_weeks = _number(
        _("Every how many weeks?"),
        1,
        MOST_WEEKS,
        _WEEKS_FROM_TO,
        initial=1,
        help_text=_("1 is every week, 2 every other week."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(name, name.replace("_", " ")) for name in pytz.common_timezones],
        error_messages={"invalid_choice": _("Choose a time zone from the list.")},
    )
    columns = forms.IntegerField(required=False, widget=forms.HiddenInput)
    previewed = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    setting_names = ("length", "buffer", "valid_from", "valid_until", "every_weeks", "time_zone")

    def __init__(self, *args: Any, others: RangeSet = (), replaces: RangeSet = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others, self.replaces = list(others), list(replaces)
        self.ranges: list[WeeklyRange] = []
        self.column_count = _columns(self.data.get("columns") if self.is_bound else self._columns_before())
        self.initial["columns"] = self.column_count
        for weekday in Weekday:
            for column in range(self.column_count):
                for end in ("from", "to"):
                    self.fields[field_name(weekday, column, end)] = _hour(weekday, column, end)

    def _columns_before(self) -> int:
        """As many as there are hours to show: the doctor's own, or those typed before."""
        return max(_columns(self.initial.get("columns")), number_before("columns"))

    def clean(self) -> dict[str, Any]:
        """Fills `ranges`; what the rules object to is said beside the answer it is about."""
        if not self.errors:
            try:
                self.ranges = [weekly for weekday in Weekday for weekly in self._of_day(weekday)]
                check_hours(self.all_ranges)
            except InvalidHours as error:
                self.add_domain_error(error)
        return self.cleaned_data

    @property
    def all_ranges(self) -> list[WeeklyRange]:
        """The doctor's whole week: what is in the grid, and the further hours."""
        return [*self.ranges, *self.others]

    def _of_day(self, weekday: int) -> Iterable[WeeklyRange]:
        data = self.cleaned_data
        for column in range(self.column_count):
            opens = data.get(field_name(weekday, column, "from"))
            closes = data.get(field_name(weekday, column, "to"))
            if opens is None and closes is None:
                continue
            if opens is None or closes is None:
                raise InvalidHours("hours", _incomplete(weekday, has_start=opens is not None), weekday=weekday)
            yield self._range(weekday, opens, closes)

    def _range(self, weekday: int, opens: time, closes: time) -> WeeklyRange:
        data = self.cleaned_data
        return WeeklyRange(
            weekday=weekday,
            starts=opens,
            ends=closes,
            length=data["length"] * _MINUTE,
            buffer=data["buffer"] * _MINUTE,
            valid_from=data["valid_from"],
            valid_until=data["valid_until"],
            every_weeks=data["every_weeks"],
        )

    def add_domain_error(self, error: DomainError) -> None:
        """Beside the weekday or the setting the rule is about; above the form when it is about none."""
        field = _ANSWERS.get(getattr(error, "field", ""))
        weekday = getattr(error, "weekday", None)
        if weekday is not None:
            field = field_name(weekday, 0, "from")
        elif getattr(error, "field", "") == "every":
            field = "every_weeks"
        self.add_error(field, error.message)

    @property
    def digest(self) -> str:
        """Changes with every answer, and with the hours they replace: so that what is saved is what was shown."""
        said = [
            *sorted(map(str, self.all_ranges)),
            "",
            *sorted(map(str, self.replaces)),
            self.cleaned_data["time_zone"],
        ]
        return hashlib.sha256("|".join(said).encode()).hexdigest()[:32]

    def rows(self) -> list[WeekdayRow]:
        """The grid, for the template."""
        return [self._row(weekday) for weekday in Weekday]

    def _row(self, weekday: Weekday) -> WeekdayRow:
        cells = [
            HoursCell(self[field_name(weekday, column, "from")], self[field_name(weekday, column, "to")])
            for column in range(self.column_count)
        ]
        errors = [str(error) for cell in cells for field in (cell.opens, cell.closes) for error in field.errors]
        return WeekdayRow(str(weekday.label), cells, errors, f"day{weekday.value}_error")

    def settings_fields(self) -> list[BoundField]:
        return [self[name] for name in self.setting_names]

    @property
    def can_widen(self) -> bool:
        return self.column_count < MOST_COLUMNS


def _hour(weekday: Weekday, column: int, end: str) -> forms.TimeField:
    said = (_FROM_LABELS if end == "from" else _TO_LABELS)[column] % {"day": weekday.label}
    return forms.TimeField(
        label=said,
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "step": 60, "aria-label": said}, format="%H:%M"),
        error_messages={"invalid": format_lazy(_("{day}: enter a time, like 9:00."), day=weekday.label)},
    )


def _incomplete(weekday: int, *, has_start: bool) -> str:
    told = gettext("%(day)s: enter the end too.") if has_start else gettext("%(day)s: enter the start too.")
    return told % {"day": Weekday(weekday).label}


def _columns(given: Any) -> int:
    try:
        return min(max(int(given), FEWEST_COLUMNS), MOST_COLUMNS)
    except (TypeError, ValueError):
        return FEWEST_COLUMNS


# What stands in the grid before anybody types, and what the buttons beside it do


def as_typed(ranges: RangeSet, *, time_zone: str, today: date) -> dict[str, Any]:
    """Initial values of `WeekForm` for ranges of one validity and rhythm; an empty grid from `today` without any."""
    typed: dict[str, Any] = {"valid_from": today, "time_zone": time_zone}
    of_day: dict[int, int] = {}
    for weekly in ranges:
        column = of_day.get(weekly.weekday, 0)
        of_day[weekly.weekday] = column + 1
        typed[field_name(weekly.weekday, column, "from")] = weekly.starts
        typed[field_name(weekly.weekday, column, "to")] = weekly.ends
    if ranges:
        first = ranges[0]
        typed |= {
            "length": first.length // _MINUTE,
            "buffer": first.buffer // _MINUTE,
            "valid_from": first.valid_from,
            "valid_until": first.valid_until,
            "every_weeks": first.every_weeks,
        }
    return typed | {"columns": max(of_day.values(), default=FEWEST_COLUMNS)}


def edited(posted: Mapping[str, str], act: str) -> dict[str, Any]:
    """What was typed after a button beside the grid: copy_weekdays, copy_all, clear or more."""
    names = (*WeekForm.setting_names, "columns")
    typed: dict[str, Any] = {name: posted.get(name, "") for name in names}
    columns = _columns(typed["columns"])
    typed["columns"] = _columns(columns + 1) if act == "more" else columns
    if act == "clear":
        return typed
    copied = {"copy_weekdays": range(1, 5), "copy_all": range(1, 7)}.get(act, range(0))
    for weekday in Weekday:
        source = Weekday.MONDAY if weekday in copied else weekday
        for column in range(columns):
            for end in ("from", "to"):
                typed[field_name(weekday, column, end)] = posted.get(field_name(source, column, end), "")
    return typed


EDITS = frozenset({"copy_weekdays", "copy_all", "clear", "more"})
