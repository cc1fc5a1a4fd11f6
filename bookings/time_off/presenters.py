"""The words around time off: when it is, what it meets, what became of everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from bookings.time_off.rules import TimeOffPreview
from bookings.time_off.services import TimeOffResult
from core.formats import clock_time, days_elsewhere, end_of_day_words, long_date
from core.intervals import Interval
from doctors.models import Closure, DoctorProfile, TimeOff
from doctors.own_clock import on_clock_of


@dataclass(frozen=True, slots=True)
class OffRow:
    """A line of the list; `url` leads to removing it, empty for what the hospital decided."""

    when: str
    what: str
    url: str


def span_words(times: Interval) -> str:
    """ "Wednesday 12 August 2026", "Wednesday 12 August 2026, 9:00am to 12:00pm", or from one moment to another."""
    start, end = times
    last = _local(end) - timedelta(microseconds=1)
    whole_days = _is_midnight(start) and _is_midnight(end)
    if whole_days:
        first_day, last_day = long_date(start), long_date(last)
        days = first_day if first_day == last_day else f"{first_day} to {last_day}"
        return f"{days}{days_elsewhere(start, end)}"
    if _local(start).date() == last.date():
        return f"{long_date(start)}, {clock_time(start)} to {_end_words(end)}"
    return f"{long_date(start)}, {clock_time(start)} to {long_date(last)}, {_end_words(end)}"


def _end_words(end: datetime) -> str:
    return end_of_day_words(end) if _is_midnight(end) else clock_time(end)


def _local(moment: datetime) -> datetime:
    return timezone.localtime(moment, timezone.get_default_timezone())


def _is_midnight(moment: datetime) -> bool:
    return _local(moment).time() == datetime.min.time()


def span_words_for(doctor: DoctorProfile, times: Interval) -> str:
    """The same, by the doctor's own clock too where that shows another time."""
    return span_words((on_clock_of(doctor, times[0]), on_clock_of(doctor, times[1])))


def off_rows(doctor: DoctorProfile, own: list[TimeOff], closures: list[Closure]) -> list[OffRow]:
    """What is ahead, in order of time."""
    rows = [
        (row.starts_at, OffRow(span_words_for(doctor, (row.starts_at, row.ends_at)), row.note, _remove_url(row)))
        for row in own
    ]
    rows += [
        (
            row.starts_at,
            OffRow(span_words_for(doctor, (row.starts_at, row.ends_at)), f"Hospital closed: {row.name}", ""),
        )
        for row in closures
    ]
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _remove_url(row: TimeOff) -> str:
    return reverse("bookings:time_off_remove", args=[row.pk])


def effect_words(effect: TimeOffPreview, *, diary: str = "your diary") -> list[str]:
    """What saving does besides what is asked below; `diary` as the reader calls it."""
    said = []
    count = len(effect.bookings)
    if count:
        hit = "One appointment falls" if count == 1 else f"{count} appointments fall"
        said.append(f"{hit} into it. Choose what becomes of {'it' if count == 1 else 'each'}.")
    else:
        said.append("No appointment falls into it.")
    if effect.free_count:
        free = "One free time is" if effect.free_count == 1 else f"{effect.free_count} free times are"
        said.append(f"{free} taken out of {diary}, those entered by hand too.")
    if effect.held_count:
        held = "One of them is" if effect.held_count == 1 else f"{effect.held_count} of them are"
        said.append(f"{held} held for a patient who was offered it: that offer ends.")
    return said


def saved_words(saved: TimeOffResult, *, what: str = "Your time off") -> str:
    """One line for after saving."""
    said = [f"{what} is saved."]
    parts = [
        (len(saved.kept), "kept"),
        (len(saved.cancelled), "cancelled"),
        (len(saved.offered), "offered other times"),
    ]
    told = [f"{count} {what}" for count, what in parts if count]
    if told:
        said.append(f"Appointments: {', '.join(told)}.")
    if saved.removed:
        said.append(f"Free times taken out: {saved.removed}.")
    return " ".join(said)
