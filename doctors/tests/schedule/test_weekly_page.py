"""The week grid: filled in a few actions, looked at, then saved (B5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from doctors import locks
from doctors.models import DoctorProfile, Slot, WeeklyHours
from doctors.schedule import services as schedule
from doctors.schedule.forms import MOST_COLUMNS, field_name
from doctors.schedule.selectors import weekly_hours_of
from doctors.schedule.weekly_rules import WeeklyRange
from doctors.tests.factories import make_slot

NOW = datetime(2026, 8, 5, 8, 0, tzinfo=UTC)  # Wednesday, 9:00am in London
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def browser(client: Client, doctor: DoctorProfile) -> Client:
    client.force_login(doctor.user)
    return client


def address(key: str = "") -> str:
    return reverse("doctors:weekly") + (f"?hours={key}" if key else "")


def typed(act: str = "preview", **changes: str) -> dict[str, str]:
    """Thursday 9 to 10 in times of 20 minutes, unless said."""
    facts = {
        "act": act,
        "columns": "2",
        "previewed": "",
        "length": "20",
        "buffer": "0",
        "valid_from": "2026-08-05",
        "valid_until": "",
        "every_weeks": "1",
        "time_zone": "Europe/London",
        field_name(3, 0, "from"): "09:00",
        field_name(3, 0, "to"): "10:00",
    }
    return facts | changes


def send(browser: Client, act: str = "preview", key: str = "", **changes: str) -> Any:
    return browser.post(address(key), typed(act, **changes))


def words(response: Any) -> str:
    return unescape(response.content.decode())


def saved(browser: Client, key: str = "", **changes: str) -> Any:
    """Look, then save what was shown."""
    digest = send(browser, key=key, **changes).context["digest"]
    return send(browser, "save", key, previewed=digest, **changes)


def test_looking_shows_the_first_week_and_saves_nothing(browser: Client) -> None:
    response = send(browser)

    assert "39 times are added." in words(response)  # 13 Thursdays within 90 days
    assert "Thursday 6 August 2026" in words(response)
    assert "9:40am" in words(response)
    assert not Slot.objects.exists()
    assert not WeeklyHours.objects.exists()


def test_saving_after_looking_saves(browser: Client, doctor: DoctorProfile) -> None:
    response = saved(browser, time_zone="Asia/Kathmandu")

    assert response.url == reverse("doctors:availability")
    assert Slot.objects.filter(doctor=doctor).count() == 39
    assert DoctorProfile.objects.get(pk=doctor.pk).time_zone == "Asia/Kathmandu"
    [message] = [str(message) for message in browser.get(response.url).context["messages"]]
    assert message == "Your weekly hours are saved. 39 times are added, 0 times are removed."


@pytest.mark.parametrize("change", [{"length": "30"}, {"buffer": "5"}, {field_name(4, 1, "from"): "14:00"}])
def test_what_was_changed_after_the_last_look_is_shown_again(browser: Client, change: dict[str, str]) -> None:
    digest = send(browser).context["digest"]
    changed = change | ({field_name(4, 1, "to"): "15:00"} if field_name(4, 1, "from") in change else {})

    response = send(browser, "save", previewed=digest, **changed)

    assert "You’ve made changes since the last preview." in words(response)
    assert not WeeklyHours.objects.exists()


def test_monday_is_copied_to_the_working_days_without_a_script(browser: Client) -> None:
    monday = {field_name(0, 0, "from"): "08:00", field_name(0, 0, "to"): "11:30", "length": "15"}

    form = send(browser, "copy_weekdays", **monday).context["form"]

    for weekday in range(5):
        assert form[field_name(weekday, 0, "from")].value() == "08:00"
        assert form[field_name(weekday, 0, "to")].value() == "11:30"
    assert form[field_name(5, 0, "from")].value() == ""
    assert form["length"].value() == "15"
    assert not form.errors


def test_the_other_buttons_beside_the_grid(browser: Client) -> None:
    everywhere = send(browser, "copy_all", **{field_name(0, 1, "from"): "07:00"}).context["form"]
    assert [everywhere[field_name(day, 1, "from")].value() for day in range(7)] == ["07:00"] * 7

    wider = send(browser, "more").context["form"]
    assert wider[field_name(3, 0, "from")].value() == "09:00"
    assert field_name(6, 2, "to") in wider.fields

    empty = send(browser, "clear").context["form"]
    assert empty[field_name(3, 0, "from")].value() is None
    assert empty["length"].value() == "20"


def test_the_hours_that_are_kept_stand_in_the_grid(browser: Client) -> None:
    saved(browser, **{field_name(3, 1, "from"): "14:00", field_name(3, 1, "to"): "15:00", "buffer": "5"})

    form = browser.get(address()).context["form"]

    assert form[field_name(3, 1, "from")].value() == time(14)
    assert (form["buffer"].value(), form["length"].value()) == (5, 20)


def test_hours_for_later_stand_beside_those_of_now(browser: Client, doctor: DoctorProfile) -> None:
    saved(browser, valid_until="2026-08-31")
    saved(browser, key="new", valid_from="2026-09-01", length="30")

    assert {(row.valid_from, row.slot_minutes) for row in doctor.weekly_hours.all()} == {
        (date(2026, 8, 5), 20),
        (date(2026, 9, 1), 30),
    }
    page = words(browser.get(address()))
    assert "From Tuesday 1 September 2026" in page
    assert "until Monday 31 August 2026" in page

    # Changing the second leaves the first.
    saved(browser, key="2026-09-01__1_30_0", valid_from="2026-09-01", length="60")
    assert sorted(row.slot_minutes for row in doctor.weekly_hours.all()) == [20, 60]


def test_what_another_tab_saves_while_this_one_waits_is_not_lost(
    browser: Client, doctor: DoctorProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = WeeklyRange(
        weekday=5,
        starts=time(9),
        ends=time(12),
        length=timedelta(minutes=30),
        buffer=timedelta(0),
        valid_from=clock.hospital_day(NOW) + timedelta(days=100),
    )
    lock = locks.doctor

    def saves_later() -> None:
        schedule.set_weekly_hours(doctor=doctor, ranges=[later], now=NOW)
        connection.close()

    def other_tab_was_first(pk: int) -> DoctorProfile:
        monkeypatch.setattr(locks, "doctor", lock)
        other_tab = Thread(target=saves_later)
        other_tab.start()
        other_tab.join()
        return lock(pk)

    looked = send(browser)
    monkeypatch.setattr(locks, "doctor", other_tab_was_first)
    refused = send(browser, "save", previewed=looked.context["digest"])
    assert refused.status_code == 200
    assert refused.context["form"].errors
    assert weekly_hours_of(doctor) == [later]

    send(browser, "save", previewed=looked.context["digest"])  # it would replace what nobody looked at here
    assert weekly_hours_of(doctor) == [later]


def test_hours_that_overlap_those_kept_elsewhere_are_refused(browser: Client) -> None:
    saved(browser)

    response = send(browser, key="new", length="30")

    assert "Thursday: 09:00 to 10:00 and 09:00 to 10:00 overlap." in words(response)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({field_name(3, 0, "to"): "09:00"}, "Thursday: the end must differ from the start."),
        ({field_name(3, 0, "to"): ""}, "Thursday: enter the end too."),
        ({field_name(3, 0, "from"): ""}, "Thursday: enter the start too."),
        ({field_name(3, 0, "to"): "09:10"}, "Thursday: not even one time fits"),
        ({field_name(3, 0, "to"): "25:00"}, "Thursday: enter a time, like 9:00."),
        ({field_name(3, 1, "from"): "09:30", field_name(3, 1, "to"): "11:00"}, "overlap."),
        ({"length": "4"}, "Enter a whole number of minutes from 5 to 480."),
        ({"buffer": "241"}, "Enter a whole number of minutes from 0 to 240."),
        ({"every_weeks": "53"}, "Enter a whole number of weeks from 1 to 52."),
        ({"valid_until": "2026-08-04"}, "The last day must not be before the first."),
        ({"valid_from": "9999-12-31"}, "Choose a year between 2000 and 2100."),
        ({"valid_from": "1999-12-31"}, "Choose a year between 2000 and 2100."),
        ({"valid_until": "9999-12-31"}, "Choose a year up to 2100."),
        ({"valid_from": ""}, "Enter a date."),
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone from the list."),
    ],
)
def test_what_can_not_be_is_said_beside_the_day_or_the_answer(
    browser: Client, changes: dict[str, str], sentence: str
) -> None:
    response = send(browser, **changes)

    assert sentence in words(response)
    assert response.context["preview"] is None


@pytest.mark.parametrize("columns", ["", "-3", "99999999999999999999", "x", "4"])
def test_strange_numbers_of_columns_do_no_harm(browser: Client, columns: str) -> None:
    form = send(browser, columns=columns).context["form"]

    assert 2 <= form.column_count <= MOST_COLUMNS


@pytest.mark.parametrize("act", ["copy_weekdays", "preview", "save", "nonsense", ""])
def test_hostile_text_comes_back_as_text(browser: Client, act: str) -> None:
    nasty = "'\"><script>alert(1)</script>\u202e"

    response = browser.post(address(), dict.fromkeys(typed(act), nasty) | {"act": act})

    assert response.status_code == 200
    assert "<script>alert(1)" not in response.content.decode()


def test_hours_that_are_not_there_are_not_found(browser: Client) -> None:
    assert browser.get(address("2026-01-01__1_20_0")).status_code == 404
    assert browser.get(address("<script>")).status_code == 404


def test_emptying_the_grid_ends_the_weekly_hours(browser: Client, doctor: DoctorProfile) -> None:
    saved(browser)
    own = make_slot(doctor, starts_at=NOW + timedelta(days=2))

    saved(browser, **{field_name(3, 0, "from"): "", field_name(3, 0, "to"): ""})

    assert list(Slot.objects.all()) == [own]
    assert not WeeklyHours.objects.exists()


def test_the_page_costs_the_same_with_one_range_and_with_many(browser: Client, doctor: DoctorProfile) -> None:
    counts = []
    for days in (1, 7):
        ranges = [
            WeeklyRange(
                weekday=day,
                starts=time(hour),
                ends=time(hour + 1),
                length=timedelta(minutes=20),
                buffer=timedelta(0),
                valid_from=date(2026, 8, 5),
            )
            for day in range(days)
            for hour in (8, 11)
        ]
        schedule.set_weekly_hours(doctor=doctor, ranges=ranges, now=NOW)
        with CaptureQueriesContext(connection) as captured:
            page = browser.get(address())
        assert page.status_code == 200
        assert page.content.decode().count('value="08:00"') >= days
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 4
