"""The words around time off: when it is, what it meets, what became of everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.time_off.rules import TimeOffPreview
from bookings.time_off.services import TimeOffResult
from core.formats import clock_time, days_elsewhere, end_of_day_words, from_to, long_date
from core.intervals import Interval, interval_of
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
        days = first_day if first_day == last_day else from_to(first_day, last_day)
        return f"{days}{days_elsewhere(start, end)}"
    if _local(start).date() == last.date():
        return f"{long_date(start)}, {from_to(clock_time(start), _end_words(end))}"
    return from_to(f"{long_date(start)}, {clock_time(start)}", f"{long_date(last)}, {_end_words(end)}")


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
        (row.starts_at, OffRow(span_words_for(doctor, interval_of(row)), row.note, _remove_url(row))) for row in own
    ]
    for closure in closures:
        when = span_words_for(doctor, interval_of(closure))
        rows.append((closure.starts_at, OffRow(when, _("Hospital closed: %(name)s") % {"name": closure.name}, "")))
    return [row for _start, row in sorted(rows, key=lambda pair: pair[0])]


def _remove_url(row: TimeOff) -> str:
    return reverse("bookings:time_off_remove", args=[row.pk])


def effect_words(effect: TimeOffPreview, *, diary: str = "") -> list[str]:
    """What saving does besides what is asked below; `diary` as the reader calls it."""
    diary = diary or _("your diary")
    count = len(effect.bookings)
    said = [_("No appointments are affected.")]
    if count:
        affected = ngettext(
            "%(count)s appointment is affected. Choose what to do with it.",
            "%(count)s appointments are affected. Choose what to do with each.",
            count,
        )
        said = [affected % {"count": count}]
    if effect.free_count:
        free = ngettext(
            "%(count)s free time will be removed from %(diary)s, even if it was added by hand.",
            "%(count)s free times will be removed from %(diary)s, including any added by hand.",
            effect.free_count,
        )
        said.append(free % {"count": effect.free_count, "diary": diary})
    if effect.held_count:
        held = ngettext(
            "%(count)s of them is held for a patient who was offered it. That offer will end.",
            "%(count)s of them are held for patients who were offered them. Those offers will end.",
            effect.held_count,
        )
        said.append(held % {"count": effect.held_count})
    return said


def saved_words(saved: TimeOffResult, *, what: str = "") -> str:
    """One line for after saving."""
    what = what or _("Your time off")
    said = [_("%(what)s has been saved.") % {"what": what}]
    kept, cancelled, offered = len(saved.kept), len(saved.cancelled), len(saved.offered)
    parts = [
        (kept, ngettext("%(count)s kept", "%(count)s kept", kept)),
        (cancelled, ngettext("%(count)s cancelled", "%(count)s cancelled", cancelled)),
        (offered, ngettext("%(count)s offered other times", "%(count)s offered other times", offered)),
    ]
    told = [words % {"count": count} for count, words in parts if count]
    if told:
        said.append(_("Appointments: %(what)s.") % {"what": ", ".join(told)})
    if saved.removed:
        said.append(_("Free times removed: %(count)s.") % {"count": saved.removed})
    return " ".join(said)
