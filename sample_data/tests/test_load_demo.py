"""The sample hospital (J5): in the demo only, once, and alive on every day it is opened."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from bookings.desk.arrival_status import ArrivalStatus, standing_of
from bookings.selectors import desk_day
from core import clock
from doctors.models import Slot
from sample_data import diary, visits
from sample_data.load import load
from sample_data.people import Hours
from sample_data.tests.sample import WEDNESDAY, doctor, everything, free_days

LONDON = ZoneInfo("Europe/London")


@pytest.mark.django_db
def test_outside_the_demo_the_command_refuses_and_makes_nobody(settings: Any) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError, match="demo only"):
        call_command("load_demo")

    assert not User.objects.exists()


@pytest.mark.django_db
def test_settings_that_do_not_speak_of_a_demo_are_none(settings: Any) -> None:
    del settings.DEMO

    with pytest.raises(CommandError, match="demo only"):
        call_command("load_demo")


@pytest.mark.django_db
def test_the_command_tells_what_it_added_and_the_second_time_nothing(
    settings: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    monkeypatch.setattr(clock, "now", lambda: WEDNESDAY)

    call_command("load_demo")
    first = capsys.readouterr().out
    before = everything()
    call_command("load_demo")

    assert "43 people" in first
    assert capsys.readouterr().out == ""
    assert everything() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 8, 5, 0, 5, tzinfo=LONDON),
        datetime(2026, 8, 5, 16, 45, tzinfo=LONDON),
        datetime(2026, 8, 8, 12, 0, tzinfo=LONDON),  # a Saturday
        datetime(2026, 8, 9, 22, 50, tzinfo=LONDON),  # a Sunday night
        datetime(2026, 10, 25, 9, 0, tzinfo=LONDON),  # the clocks went back
    ],
)
def test_dr_smith_has_free_times_today_and_on_the_next_fourteen_working_days(moment: datetime) -> None:
    load(now=moment)

    days = free_days("dr_smith", now=moment)
    assert {moment.date(), *diary.coming_working_days(moment.date())} <= days
    opens = {timezone.localtime(slot.starts_at).hour for slot in Slot.objects.for_doctor(doctor("dr_obrien"))}
    assert min(opens) == 9
    assert load(now=moment) == (0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "hour"),
    [(5, 2.5), (5, 9.2), (5, 13), (5, 23.6), (9, 7), (9, 18.5)],  # a Wednesday, a Sunday
)
def test_the_desk_has_somebody_here_late_done_and_to_come_at_any_hour(day: int, hour: float) -> None:
    moment = datetime(2026, 8, day, tzinfo=LONDON) + timedelta(hours=hour)
    load(now=moment)

    reception = User.objects.get(username="reception")
    standings = {
        standing_of(status=visit.status, starts_at=visit.starts_at, now=moment)
        for visit in desk_day(reception, moment.date(), moment)
    }
    assert standings >= {ArrivalStatus.HERE, ArrivalStatus.LATE, ArrivalStatus.DONE}
    assert standings >= {ArrivalStatus.COMING} or hour > 23


def test_working_days_pass_over_the_weekend() -> None:
    friday = date(2026, 8, 7)

    assert diary.working_day(friday, 1) == date(2026, 8, 10)
    assert diary.working_day(date(2026, 8, 9), -1) == friday
    assert len(set(diary.coming_working_days(friday))) == diary.WORKING_DAYS_AHEAD


def test_a_day_of_times_keeps_the_wall_clock_in_summer_and_winter() -> None:
    hours = Hours(ranges=(("09:00", "10:00"),))

    summer = diary.times_of_day(hours, date(2026, 8, 5), LONDON)
    winter = diary.times_of_day(hours, date(2026, 12, 2), LONDON)

    assert [start.hour for start, _ in summer] == [8, 8]
    assert [start.hour for start, _ in winter] == [9, 9]


@pytest.mark.parametrize("ahead", range(15))
def test_enough_of_today_stays_free(ahead: int) -> None:
    starts = [WEDNESDAY + timedelta(minutes=30 * (number + 1)) for number in range(-2, ahead)]

    places = visits.todays_places(starts, now=WEDNESDAY)

    assert len({start for start, _ in places}) == len(places)
    still_free = [start for start in starts if start > WEDNESDAY and start not in dict(places)]
    assert len(still_free) >= min(ahead, visits.FREE_LEFT)
