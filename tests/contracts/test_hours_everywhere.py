"""Hours are understood in one way wherever somebody types them: an end at midnight, and one on the next day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from itertools import pairwise
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from bookings.holds.waitlist_offers import wish_of
from bookings.models import WaitingEntry
from core import clock
from core.text.folding import duration_words
from doctors.models import Closure, DoctorProfile, Slot, TimeOff
from doctors.schedule.forms import field_name
from patients.tests.factories import make_patient
from tests.architecture.source import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ignore_template_errors]
NOW = datetime(2026, 8, 5, 8, 0, tzinfo=UTC)  # Wednesday, 9:00am in London
THURSDAY, FRIDAY = date(2026, 8, 6), date(2026, 8, 7)
Span = tuple[datetime, datetime]


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def browser_of(user: Any) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def slots_of(doctor: DoctorProfile) -> list[Span]:
    return list(Slot.objects.filter(doctor=doctor).order_by("starts_at").values_list("starts_at", "ends_at"))


# Each form as people fill it in: what came of it, and the page or the address it answered with


def one_time(doctor: DoctorProfile, start: str, end: str) -> tuple[list[Span], Any]:
    typed = {"date": "2026-08-06", "start": start, "end": end}
    answer = browser_of(doctor.user).post(reverse("doctors:slot_new"), typed)
    return slots_of(doctor), answer


def changed_time(doctor: DoctorProfile, start: str, end: str) -> tuple[list[Span], Any]:
    slot = Slot.objects.create(
        doctor=doctor, starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=3, hours=1)
    )
    typed = {"date": "2026-08-06", "start": start, "end": end}
    answer = browser_of(doctor.user).post(reverse("doctors:slot_edit", args=[slot.pk]), typed)
    return [times for times in slots_of(doctor) if times[0] != slot.starts_at], answer


def several_times(doctor: DoctorProfile, start: str, end: str) -> tuple[list[Span], Any]:
    typed = {"date": "2026-08-06", "start": start, "end": end, "length": "30", "pause": "0"}
    browser, address = browser_of(doctor.user), reverse("doctors:day_new")
    looked = browser.post(address, typed | {"preview": "yes"})
    seen = re.search(r'name="seen" value="([^"]*)"', looked.content.decode())
    answer = browser.post(address, typed | ({"seen": seen[1]} if seen else {}))
    return slots_of(doctor), answer


def week(start: str, end: str) -> dict[str, str]:
    """The weekly form with hours of one day."""
    return {
        "columns": "2",
        "length": "30",
        "buffer": "0",
        "valid_from": "2026-08-05",
        "valid_until": "2026-08-06",
        "every_weeks": "1",
        "time_zone": "Europe/London",
        field_name(3, 0, "from"): start,
        field_name(3, 0, "to"): end,
    }


def weekly_hours(doctor: DoctorProfile, start: str, end: str) -> tuple[list[Span], Any]:
    browser, address = browser_of(doctor.user), reverse("doctors:weekly")
    typed = week(start, end)
    looked = browser.post(address, typed | {"act": "preview", "previewed": ""})
    answer = browser.post(address, typed | {"act": "save", "previewed": looked.context["digest"]})
    return slots_of(doctor), answer


def time_off(doctor: DoctorProfile, start: str, end: str) -> tuple[list[Span], Any]:
    typed = {"first_day": "2026-08-06", "last_day": "2026-08-06", "start": start, "end": end, "note": "", "save": "yes"}
    answer = browser_of(doctor.user).post(reverse("bookings:time_off_new"), typed)
    return list(TimeOff.objects.values_list("starts_at", "ends_at")), answer


def time_off_by_staff(doctor: DoctorProfile, start: str, end: str) -> tuple[list[Span], Any]:
    typed = {"first_day": "2026-08-06", "last_day": "2026-08-06", "start": start, "end": end, "note": "", "save": "yes"}
    address = reverse("admin:doctors_timeoff_add")
    answer = browser_of(StaffFactory()).post(address, typed | {"doctor": str(doctor.pk)})
    return list(TimeOff.objects.values_list("starts_at", "ends_at")), answer


def with_dates(start: str, end: str) -> dict[str, str]:
    """Where the date of the end is asked too, it is the one it has."""
    last = FRIDAY if end < start else THURSDAY
    return {
        "starts_at_0": f"{THURSDAY:%d/%m/%Y}",
        "starts_at_1": start,
        "ends_at_0": f"{last:%d/%m/%Y}",
        "ends_at_1": end,
    }


def time_by_staff(doctor: DoctorProfile, start: str, end: str) -> tuple[list[Span], Any]:
    typed = with_dates(start, end) | {"doctor": str(doctor.pk)}
    answer = browser_of(StaffFactory()).post(reverse("admin:doctors_slot_add"), typed)
    return slots_of(doctor), answer


def closure(doctor: DoctorProfile, start: str, end: str) -> tuple[list[Span], Any]:
    typed = with_dates(start, end) | {"name": "Fair", "seen": ""}
    answer = browser_of(StaffFactory()).post(reverse("admin:doctors_closure_add"), typed)
    return list(Closure.objects.values_list("starts_at", "ends_at")), answer


FORMS: dict[str, Callable[..., tuple[list[Span], Any]]] = {
    "doctors.diary.forms.SlotForm": one_time,
    "doctors.diary.forms.SlotForm (change)": changed_time,
    "doctors.diary.forms.DayForm": several_times,
    "doctors.schedule.forms.WeekForm": weekly_hours,
    "bookings.time_off.forms.TimeOffForm": time_off,
    "bookings.admin.time_off.DoctorTimeOffForm": time_off_by_staff,
    "doctors.admin.forms.AdminSlotForm": time_by_staff,
    "bookings.admin.closures.ClosureForm": closure,
}
# Tested below, in words of its own.
A_WISH = "bookings.waiting_list.forms.WaitingForm"
# Holds the fields of the forms above and is no page by itself.
BASES = {"doctors.diary.forms.HoursForm"}
HOURS = [
    ("20:00", "00:00", 4),
    ("22:00", "02:00", 4),
    ("23:00", "00:30", 1.5),
    ("21:59", "00:59", 3),
    ("18:00", "22:00", 4),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("start", "end", "length"), HOURS)
def test_an_end_at_midnight_or_after_it_is_understood(
    doctor: DoctorProfile, form: str, start: str, end: str, length: float
) -> None:
    begins = datetime.combine(THURSDAY, time.fromisoformat(start), UTC) - timedelta(hours=1)  # summer in London

    made, answer = FORMS[form](doctor, start, end)

    assert answer.status_code == 302, answer.context["form"].errors
    assert (made[0][0], made[-1][1]) == (begins, begins + timedelta(hours=length))
    assert all(earlier[1] == later[0] for earlier, later in pairwise(made))


@pytest.mark.parametrize("form", FORMS)
def test_an_end_that_is_the_start_is_refused_in_words(doctor: DoctorProfile, form: str) -> None:
    made, answer = FORMS[form](doctor, "09:00", "09:00")

    assert answer.status_code == 200
    assert made == []
    said = re.findall(r"end must (?:differ from|be after) the start", answer.content.decode())
    assert said


WHOLE_DAYS = [
    "doctors.diary.forms.DayForm",
    "doctors.schedule.forms.WeekForm",
    "bookings.time_off.forms.TimeOffForm",
]


@pytest.mark.parametrize("form", [*WHOLE_DAYS, "bookings.admin.time_off.DoctorTimeOffForm"])
def test_from_midnight_to_midnight_is_a_whole_day(doctor: DoctorProfile, form: str) -> None:
    made, _ = FORMS[form](doctor, "00:00", "00:00")

    begins = datetime(2026, 8, 5, 23, tzinfo=UTC)
    assert (made[0][0], made[-1][1]) == (begins, begins + timedelta(days=1))


@pytest.mark.parametrize("start", ["00:00", "09:00"])
def test_one_time_stays_within_eight_hours_over_midnight_too(doctor: DoctorProfile, start: str) -> None:
    made, answer = one_time(doctor, start, "00:00" if start == "00:00" else "08:30")

    assert made == []
    assert "at most 8 hours long" in answer.content.decode()


# A slip of the finger, and how long it makes these hours.
SLIPS = [("09:00", "08:30", 23.5), ("20:00", "02:00", 6), ("10:00", "02:00", 16)]


def once(doctor: DoctorProfile, start: str, end: str) -> tuple[list[Span], Any]:
    """Saved at once, without a look."""
    typed = {"date": "2026-08-06", "start": start, "end": end, "length": "30", "pause": "0", "seen": "2026-08-06"}
    answer = browser_of(doctor.user).post(reverse("doctors:day_new"), typed)
    return slots_of(doctor), answer


def week_once(doctor: DoctorProfile, start: str, end: str) -> tuple[list[Span], Any]:
    typed = week(start, end) | {"act": "save", "previewed": ""}
    return [], browser_of(doctor.user).post(reverse("doctors:weekly"), typed)


@pytest.mark.parametrize("save", [once, week_once])
@pytest.mark.parametrize(("start", "end", "length"), SLIPS)
def test_hours_over_midnight_are_saved_only_after_their_length_was_seen(
    doctor: DoctorProfile, save: Callable[..., tuple[list[Span], Any]], start: str, end: str, length: float
) -> None:
    made, answer = save(doctor, start, end)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert (made, slots_of(doctor)) == ([], [])
    assert f"{duration_words(timedelta(hours=length))} in total." in page
    assert "the next day" in page
    assert "Nothing is saved yet" in page


def test_other_hours_are_saved_at_once(doctor: DoctorProfile) -> None:
    for start, end in (("09:00", "12:00"), ("20:00", "00:00")):
        assert once(doctor, start, end)[1].status_code == 302


@pytest.mark.parametrize(
    ("earliest", "latest", "suiting"),
    [
        ("20:00", "02:00", ["Thu 20:00", "Thu 23:30", "Fri 00:00", "Fri 00:30", "Fri 02:00"]),
        ("22:00", "00:00", ["Thu 23:30", "Fri 00:00"]),
        ("20:00", "", ["Thu 20:00", "Thu 23:30"]),
        ("", "02:00", ["Thu 00:00", "Thu 00:30", "Thu 02:00"]),
    ],
)
def test_a_wish_for_a_night_is_for_its_morning_too(
    doctor: DoctorProfile, earliest: str, latest: str, suiting: list[str]
) -> None:
    """A night belongs to the day on which it begins: whoever can come on Thursdays can come after its midnight."""
    typed = {"first_day": "2026-08-06", "last_day": "2026-08-13", "weekdays": ["3"], "earliest": earliest}
    patient = make_patient()
    address = reverse("bookings:waiting_join", args=[doctor.slug])

    answer = browser_of(patient.user).post(address, typed | {"latest": latest}, follow=True)

    wish = wish_of(WaitingEntry.objects.get())
    moments = [
        datetime.combine(day, time.fromisoformat(hour))
        for day in (THURSDAY, FRIDAY)
        for hour in ("00:00", "00:30", "02:00", "02:01", "12:00", "20:00", "23:30")
    ]
    assert [f"{moment:%a %H:%M}" for moment in moments if wish.suits(moment)] == suiting
    assert wish.suits(datetime.combine(date(2026, 8, 14), time(0, 30))) == (suiting[-1] == "Fri 02:00")
    if latest and earliest:
        assert "the next day" in answer.content.decode()


def test_no_form_takes_hours_unseen() -> None:
    import_module("hms_project.urls")
    found = {
        f"{form.__module__}.{form.__qualname__}"
        for form in _subclasses(forms.BaseForm)
        if not form.__module__.startswith(("django", "allauth")) and ".tests" not in form.__module__
        if any(map(_takes_hours, getattr(form, "base_fields", {}).values()))
    }
    known = {name.partition(" ")[0] for name in FORMS} | {A_WISH} | BASES
    assert found - known == set()
    assert len(found) >= 6
    # Forms that make their fields as they go.
    modules = {name.rpartition(".")[0] for name in known}
    written = re.compile(r"forms\.(?:SplitDate|Date)?TimeField\(|time\.fromisoformat")
    sources = [path for path in ROOT.glob("*/**/*forms*.py") if written.search(path.read_text())]
    assert {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sources} - modules == set()
    assert sources


def _takes_hours(field: forms.Field) -> bool:
    kinds = (forms.TimeField, forms.DateTimeField, forms.SplitDateTimeField)
    return isinstance(field, kinds) or getattr(field, "coerce", None) == time.fromisoformat


def _subclasses(kind: type) -> set[type]:
    return {found for subclass in kind.__subclasses__() for found in ({subclass} | _subclasses(subclass))}
