"""Words, links and groupings for the pages of doctors and their diaries."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from accounts.models import User
from accounts.permissions import Can, may
from core.clock import hospital_day
from core.formats import clock_time, end_time, here_and_there, iso, long_date
from core.intervals import hours_on
from core.text.folding import duration_words
from doctors.models import DoctorProfile, Slot
from doctors.own_clock import clock_note, on_clock_of
from doctors.selectors import FreeDays

MORNING, NOON, EVENING = 5, 12, 17  # hours of the hospital's clock


def lost_calendar_words(kept_until: datetime | None, now: datetime) -> str:
    """What becomes of the times a doctor's calendar had closed, once Google refuses us; nothing while it doesn't."""
    if kept_until is None:
        return ""
    if kept_until <= now:
        return gettext("Your Google Calendar isn’t connected any more, so it no longer closes any of your times.")
    return gettext(
        "Your Google Calendar isn’t connected any more. Times it had closed will stay closed until %(day)s, %(time)s. "
        "After that, patients can book them, unless you connect it again."
    ) % {"day": long_date(kept_until), "time": clock_time(kept_until)}


@dataclass(frozen=True, slots=True)
class SlotLink:
    """A free time as a link to book it; without `url` the reader can't, and it is plain text."""

    pk: str
    starts_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class SlotWords:
    """A free time as `components/time_link.html` says it; without `url` the reader can't book it."""

    pk: str
    url: str
    iso: str
    shown: str
    said: str


@dataclass(frozen=True, slots=True)
class PartOfDay:
    label: str
    times: list[SlotLink]


@dataclass(frozen=True, slots=True)
class StripDay:
    """One day of the week strip."""

    date: date
    url: str
    free_count: int
    is_selected: bool


@dataclass(frozen=True, slots=True)
class DiaryRow:
    """A time in the doctor's own diary; `may_change` while it is free, held for nobody, and ahead."""

    slot: Slot
    starts_at: datetime
    is_past: bool
    is_held: bool = False

    @property
    def may_change(self) -> bool:
        return self.slot.is_free and not self.is_held and not self.is_past


@dataclass(frozen=True, slots=True)
class DiaryDay:
    """One day of the diary; `rows` leaves out what nobody booked and is over, `unused_count` counts it."""

    date: date
    is_today: bool
    is_past: bool
    rows: list[DiaryRow]
    free_count: int
    booked_count: int
    unused_count: int

    @property
    def summary(self) -> str:
        counts = [
            (self.free_count, ngettext("%(count)s free", "%(count)s free", self.free_count)),
            (self.booked_count, ngettext("%(count)s booked", "%(count)s booked", self.booked_count)),
            (self.unused_count, ngettext("%(count)s not booked", "%(count)s not booked", self.unused_count)),
        ]
        return ", ".join(told % {"count": count} for count, told in counts if count) or gettext("No times")


def plain_slot(slot: Slot, doctor: DoctorProfile) -> SlotLink:
    return SlotLink(pk=str(slot.pk), starts_at=on_clock_of(doctor, slot.starts_at), url="")


def link_for(reader: User | AnonymousUser, doctor: DoctorProfile) -> Callable[[Slot], SlotLink]:
    """Where a free time of `doctor` leads, so that nobody comes to a page that is not for them; strangers sign in."""
    before, zone = _way_of(reader, doctor), ZoneInfo(doctor.time_zone)

    def link(slot: Slot) -> SlotLink:
        key = str(slot.pk)
        return SlotLink(pk=key, starts_at=slot.starts_at.astimezone(zone), url=f"{before}{key}" if before else "")

    return link


def _way_of(reader: User | AnonymousUser, doctor: DoctorProfile) -> str:
    """The address up to the time's key: patients book for themselves, reception for somebody (C10), others nothing."""
    if not reader.is_authenticated or may(reader, Can.BOOK):
        return f"{_address('bookings:new', '', get_script_prefix(), get_urlconf())}?slot="
    if may(reader, Can.RUN_DESK):
        return f"{reverse('bookings:desk_book')}?{urlencode({'doctor': doctor.slug, 'time': ''})}"
    return ""


def can_choose(reader: User | AnonymousUser) -> bool:
    """Whether free times lead anywhere for `reader`."""
    return not reader.is_authenticated or may(reader, Can.BOOK) or may(reader, Can.RUN_DESK)


def slot_words(links: Iterable[SlotLink], name: str, day: str) -> Iterator[SlotWords]:
    """Times of one day with the doctor of that name."""
    sentence = gettext("%(elsewhere)s with %(doctor)s on %(day)s")
    for link in links:
        shown, elsewhere = here_and_there(link.starts_at)
        said = sentence % {"elsewhere": elsewhere, "doctor": name, "day": day} if link.url else elsewhere
        yield SlotWords(link.pk, link.url, iso(link.starts_at), shown, said)


def doctor_url(doctor: DoctorProfile) -> str:
    return _address("doctors:profile", doctor.slug, get_script_prefix(), get_urlconf())


@lru_cache(maxsize=2_000)
def _address(name: str, slug: str, *_site: object) -> str:
    """Lists show the same few again and again."""
    return reverse(name, args=[slug] if slug else None)


def parts_of_day(slots: Iterable[Slot], link: Callable[[Slot], SlotLink]) -> list[PartOfDay]:
    """Early hours, morning, afternoon and evening, those that have times; each leads where `link` says."""
    labels = [gettext("Early hours"), gettext("Morning"), gettext("Afternoon"), gettext("Evening")]
    parts: dict[str, list[SlotLink]] = {label: [] for label in labels}
    for slot in slots:
        hour = timezone.localtime(slot.starts_at, timezone.get_default_timezone()).hour
        parts[labels[bisect_right((MORNING, NOON, EVENING), hour)]].append(link(slot))
    return [PartOfDay(label, times) for label, times in parts.items() if times]


def week_strip(days: FreeDays, on: Callable[[date], str]) -> list[StripDay]:
    """The days of the strip, each with the address `on` gives it."""
    chosen = days.selected.date
    return [StripDay(day.date, on(day.date), len(day.times), day.date == chosen) for day in days.days]


def day_before(days: FreeDays, today: date) -> date | None:
    """Where "earlier" leads: a day with free times before the strip, or the day before it; None before today."""
    first = days.days[0].date
    before = days.earlier or (first - timedelta(days=1) if first > today else None)
    return max(before, today) if before else None


def free_times(
    doctor: DoctorProfile, days: FreeDays, *, today: date, link: Callable[[Slot], SlotLink]
) -> dict[str, Any]:
    """The part of a doctor's page that refreshes while it is open."""
    before = day_before(days, today)
    return {
        "doctor": doctor,
        "days": tuple(week_strip(days, _on)),
        "earlier_url": _on(before) if before else "",
        "later_url": _on(days.later) if days.later else "",
        "selected": days.selected.date,
        "parts": tuple(_parts_in_words(parts_of_day(days.selected.times, link), doctor, days.selected.date)),
        "clock_note": clock_note(on_clock_of(doctor, slot.starts_at) for slot in days.selected.times),
        "is_next": days.selected.date == days.first_free,
        "first_free": days.first_free,
        "first_free_url": _on(days.first_free) if days.first_free else "",
        "version": version(doctor, days),
    }


def _parts_in_words(
    parts: Iterable[PartOfDay], doctor: DoctorProfile, day: date
) -> Iterator[tuple[str, tuple[SlotWords, ...]]]:
    name, told = doctor.display_name, long_date(day)
    for part in parts:
        yield part.label, tuple(slot_words(part.times, name, told))


def night_words(typed: Mapping[str, Any]) -> str:
    """How long hours are that go on after midnight, so that an hour mistyped is noticed before it is saved."""
    begins, ends = hours_on(typed["date"], typed["start"], typed["end"])
    return gettext("The hours from %(start)s run until %(end)s, %(length)s in total.") % {
        "start": clock_time(begins),
        "end": end_time(ends, begins),
        "length": duration_words(ends - begins),
    }


def version(doctor: DoctorProfile, days: FreeDays) -> str:
    """Changes when, and only when, the free times shown change."""
    shown: list[object] = [days.selected.date, days.first_free, days.earlier, days.later, doctor.is_accepting]
    shown += [slot.pk for day in days.days for slot in day.times]
    return hashlib.sha256("|".join(map(str, shown)).encode()).hexdigest()[:16]


def _on(day: date) -> str:
    return f"?date={day.isoformat()}"


@dataclass(frozen=True, slots=True)
class DoctorFact:
    """A row of `components/summary_list.html`."""

    label: str
    value: str


def about(doctor: DoctorProfile) -> tuple[DoctorFact, ...]:
    """Rows for `components/summary_list.html`; the fee is added by the template, which knows how money looks."""
    years = doctor.years_of_experience
    rows = [
        (gettext("Specialty"), doctor.specialization),
        (gettext("Department"), doctor.department.name),
        (gettext("Qualification"), doctor.qualification),
        (gettext("Experience"), ngettext("%(count)s year", "%(count)s years", years) % {"count": years}),
        (gettext("Room"), doctor.room),
    ]
    return tuple(DoctorFact(label, value) for label, value in rows if value)


def diary_week(doctor: DoctorProfile, slots: Iterable[Slot], monday: date, now: datetime) -> list[DiaryDay]:
    """Seven days from `monday`, days of the hospital, with what is in the diary on each."""
    today = hospital_day(now)
    by_day: dict[date, list[DiaryRow]] = {monday + timedelta(days=n): [] for n in range(7)}
    for slot in slots:
        by_day[hospital_day(slot.starts_at)].append(
            DiaryRow(
                slot, on_clock_of(doctor, slot.starts_at), is_past=slot.starts_at <= now, is_held=slot.is_held(now)
            )
        )
    return [_diary_day(day, rows, today) for day, rows in by_day.items()]


def _diary_day(day: date, rows: list[DiaryRow], today: date) -> DiaryDay:
    shown = [row for row in rows if row.may_change or row.is_held or not row.slot.is_free]
    return DiaryDay(
        date=day,
        is_today=day == today,
        is_past=day < today,
        rows=shown,
        free_count=sum(row.may_change and not row.slot.closed_by_calendar for row in rows),
        booked_count=sum(not row.slot.is_free for row in rows),
        unused_count=len(rows) - len(shown),
    )
