"""Weekly hours that begin beyond the diary say when they can be booked, wherever their doctor's times are spoken of."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from core import clock
from doctors.models import DoctorProfile, Slot
from doctors.schedule import services as schedule
from doctors.schedule.forms import field_name
from doctors.schedule.openings import Opening, openings
from doctors.schedule.selectors import openings_of
from doctors.schedule.weekly_rules import WeeklyRange

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ignore_template_errors]
NOW = datetime(2026, 8, 5, 8, 0, tzinfo=UTC)  # Wednesday, 9:00am in London
LONDON = ZoneInfo("Europe/London")
OPENS = "Times from Thursday 3 December 2026 will be open for booking from Friday 4 September 2026."
TYPED = {
    "columns": "2",
    "length": "20",
    "buffer": "0",
    "valid_from": "2026-12-01",  # a Tuesday
    "valid_until": "",
    "every_weeks": "1",
    "time_zone": "Europe/London",
    field_name(3, 0, "from"): "09:00",
    field_name(3, 0, "to"): "10:00",
}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.SLOT_HORIZON_DAYS = 91  # until 3 November
    settings.BOOKING_WINDOW_DAYS = 365
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def browser(client: Client, doctor: DoctorProfile) -> Client:
    client.force_login(doctor.user)
    return client


def thursdays(valid_from: date, **facts: Any) -> WeeklyRange:
    given: dict[str, Any] = {"weekday": 3, "length": timedelta(hours=1), "buffer": timedelta(0)}
    return WeeklyRange(starts=time(9), ends=time(10), valid_from=valid_from, **(given | facts))


def look(browser: Client, **changes: str) -> Any:
    return browser.post(reverse("doctors:weekly"), TYPED | {"act": "preview", "previewed": ""} | changes)


def save(browser: Client, **changes: str) -> str:
    digest = look(browser, **changes).context["digest"]
    answer = browser.post(reverse("doctors:weekly"), TYPED | {"act": "save", "previewed": digest} | changes)
    [message] = [str(message) for message in browser.get(answer.url).context["messages"]]
    return message


def words(response: Any) -> str:
    return unescape(response.content.decode())


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([thursdays(date(2026, 8, 1))], []),
        ([thursdays(date(2026, 10, 29))], []),  # the last Thursday in the diary
        ([thursdays(date(2026, 10, 30))], [(date(2026, 11, 5), date(2026, 8, 7))]),
        ([thursdays(date(2026, 11, 3), weekday=1)], []),  # the last day of the diary
        ([thursdays(date(2026, 11, 4), weekday=2)], [(date(2026, 11, 4), date(2026, 8, 6))]),  # from tomorrow on
        ([thursdays(date(2020, 1, 1), valid_until=date(2026, 8, 5))], []),  # over
        ([thursdays(date(2026, 12, 1), valid_until=date(2026, 12, 2))], []),  # never
        ([thursdays(date(2026, 12, 1)), thursdays(date(2026, 12, 1), weekday=1)], [(date(2026, 12, 1), None)]),
        (
            [thursdays(date(2027, 2, 1)), thursdays(date(2026, 8, 1)), thursdays(date(2026, 12, 1))],
            [(date(2026, 12, 3), date(2026, 9, 4)), (date(2027, 2, 4), date(2026, 11, 6))],
        ),
        # In the middle of a long rhythm.
        ([thursdays(date(2026, 1, 1), every_weeks=52)], [(date(2026, 12, 31), date(2026, 10, 2))]),
        # Beyond both: it's in the diary before the booking window reaches it.
        ([thursdays(date(2028, 1, 1))], [(date(2028, 1, 6), date(2027, 10, 8))]),
    ],
)
def test_what_begins_beyond_the_diary_opens_when_the_diary_reaches_it(ranges: Any, expected: Any) -> None:
    facts: Any = {"zone": LONDON, "horizon": timedelta(days=91), "booking_window": timedelta(days=365)}

    found = openings(ranges, **facts, now=NOW)

    assert [(one.first_day, opens and one.opens) for one, (_, opens) in zip(found, expected, strict=True)] == expected


@pytest.mark.parametrize(
    ("window", "opens"), [(30, date(2026, 11, 3)), (89, date(2026, 9, 5)), (365, date(2026, 9, 4))]
)
def test_the_booking_window_counts_where_it_is_shorter(window: int, opens: date) -> None:
    found = openings(
        [thursdays(date(2026, 12, 1))],
        zone=LONDON,
        horizon=timedelta(days=91),
        booking_window=timedelta(days=window),
        now=NOW,
    )
    assert found == [Opening(date(2026, 12, 3), opens)]


@pytest.mark.parametrize("valid_from", [date(2026, 10, 30), date(2026, 12, 1)])
def test_on_that_day_and_not_before_patients_find_the_time(
    doctor: DoctorProfile, client: Client, monkeypatch: pytest.MonkeyPatch, valid_from: date
) -> None:
    ranges = [thursdays(valid_from)]
    schedule.set_weekly_hours(doctor=doctor, ranges=ranges, now=NOW)
    [opening] = openings_of(doctor, ranges, NOW)

    for day, found in ((opening.opens - timedelta(days=1), 0), (opening.opens, 1)):
        now = datetime.combine(day, time(12), UTC)
        monkeypatch.setattr(clock, "now", lambda moment=now: moment)
        schedule.generate(doctor=doctor, now=now)
        page = words(client.get(f"/doctors/{doctor.slug}/?date={opening.first_day}"))
        assert page.count("9:00am") == found


def test_looking_and_saving_say_when(browser: Client) -> None:
    page = words(look(browser))
    assert "No times will be added yet." in page
    assert OPENS in page

    assert save(browser) == f"Your weekly hours are saved. {OPENS}"
    assert not Slot.objects.exists()


def test_beside_hours_of_today_it_is_said_too(browser: Client) -> None:
    save(browser, valid_from="2026-08-05", valid_until="2026-11-30")
    digest = look_at_new(browser).context["digest"]
    answer = look_at_new(browser, act="save", previewed=digest)
    [message] = [str(message) for message in browser.get(answer.url).context["messages"]]
    assert message == f"Your weekly hours are saved. {OPENS}"


def look_at_new(browser: Client, **changes: str) -> Any:
    """Add another schedule, beside those that are kept."""
    return browser.post(f"{reverse('doctors:weekly')}?hours=new", TYPED | {"act": "preview", "previewed": ""} | changes)


def test_hours_of_today_say_nothing_of_it(browser: Client) -> None:
    page = words(look(browser, valid_from="2026-08-05"))
    assert "39 times are added." in page
    assert "will be open for booking" not in page
    assert "No times will be added." in words(
        look(browser, **{field_name(3, 0, "from"): "", field_name(3, 0, "to"): ""})
    )


def test_doctor_staff_and_patients_read_why_there_is_nothing_yet(browser: Client, doctor: DoctorProfile) -> None:
    none = "There are no times in the diary from now on"
    assert none in words(browser.get(reverse("doctors:availability")))
    save(browser)

    said = "The weekly hours start later. Their times will be open for booking from Friday 4 September 2026"
    page = words(browser.get(reverse("doctors:availability")))
    assert said in page
    assert none not in page
    staff = Client()
    staff.force_login(StaffFactory())
    assert said in words(staff.get(reverse("admin:doctors_doctorprofile_change", args=[doctor.pk])))
    assert "The next times will open on Friday 4 September 2026." in words(Client().get(f"/doctors/{doctor.slug}/"))
