"""Hours that end at midnight or go on after it (B5): what they may be, and which instants they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.intervals import Interval
from doctors.models import WeeklyHours
from doctors.schedule.rules import InvalidHours, check_hours
from doctors.schedule.weekly_rules import WeeklyRange, concrete_times
from doctors.tests.factories import make_doctor

MONDAY, SATURDAY, SUNDAY = 0, 5, 6
FIRST = date(2026, 8, 3)  # a Monday
LONDON, NEW_YORK = "Europe/London", "America/New_York"
HOUR = timedelta(hours=1)


def hours(text: str, weekday: int = MONDAY, **facts: Any) -> WeeklyRange:
    """`text` as it is typed: "22:00-02:00"."""
    starts, ends = (time.fromisoformat(end) for end in text.split("-"))
    given: dict[str, Any] = {"length": HOUR / 2, "buffer": timedelta(0), "valid_from": FIRST}
    return WeeklyRange(weekday=weekday, starts=starts, ends=ends, **(given | facts))


def shown(times: Sequence[Interval], zone: str = LONDON) -> list[str]:
    """Beginnings as the clock on the wall shows them."""
    return [f"{start.astimezone(ZoneInfo(zone)):%a %H:%M}" for start, _ in times]


def made(*ranges: WeeklyRange, first: date, days: int = 1, zone: str = LONDON) -> list[Interval]:
    last = first + timedelta(days=days - 1)
    return concrete_times(ranges, zone=ZoneInfo(zone), first=first, last=last)


# What hours may be


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("20:00-00:00", 4),
        ("22:00-02:00", 4),
        ("23:30-00:30", 1),
        ("00:00-00:00", 24),
        ("00:00-01:00", 1),
        ("12:00-11:00", 23),
        ("09:00-17:00", 8),
    ],
)
def test_hours_end_at_midnight_after_it_or_a_day_later(text: str, length: int) -> None:
    weekly = hours(text)
    check_hours([weekly])
    assert weekly.span == length * HOUR
    times = made(weekly, first=FIRST, days=2)
    assert len(times) == 2 * length
    assert times[-1][1] - times[0][0] == length * HOUR


@pytest.mark.parametrize("text", ["09:00-09:00", "23:59-23:59"])
def test_an_end_equal_to_the_start_means_nothing_but_at_midnight(text: str) -> None:
    with pytest.raises(InvalidHours, match="must differ from the start") as refusal:
        check_hours([hours(text)])
    assert (refusal.value.field, refusal.value.weekday) == ("hours", MONDAY)


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (["22:00-02:00", "01:00-03:00"], "Monday: 22:00 to 02:00 the next day and Tuesday, 01:00 to 03:00, overlap."),
        (["22:00-02:00", "00:00-00:00"], "Monday: 22:00 to 02:00 the next day and Tuesday, 00:00 to 00:00, overlap."),
        (["08:00-07:00", "06:00-09:00"], "Monday: 08:00 to 07:00 the next day and Tuesday, 06:00 to 09:00, overlap."),
        (["22:00-02:00", "02:00-03:00"], ""),
        (["20:00-00:00", "00:00-03:00"], ""),
        (["00:00-00:00", "00:00-00:00"], ""),
    ],
)
def test_a_night_is_compared_with_the_day_after_it(pair: list[str], words: str) -> None:
    for weekday in range(7):
        ranges = [hours(pair[0], weekday), hours(pair[1], (weekday + 1) % 7)]
        for both in (ranges, ranges[::-1]):
            if not words:
                check_hours(both)
                continue
            with pytest.raises(InvalidHours) as refusal:
                check_hours(both)
            assert "overlap" in refusal.value.message
            if weekday == MONDAY:
                assert refusal.value.message == words


@pytest.mark.parametrize(
    ("night", "morning", "meet"),
    [
        ({}, {}, True),
        ({"valid_until": date(2026, 8, 9)}, {"valid_from": date(2026, 8, 10)}, True),  # the last night, the first day
        ({"valid_until": date(2026, 8, 8)}, {"valid_from": date(2026, 8, 10)}, False),
        ({"valid_from": date(2026, 8, 10)}, {"valid_until": date(2026, 8, 16)}, False),
        ({"valid_from": date(2026, 8, 10)}, {"valid_until": date(2026, 8, 17)}, True),
        # Sunday's night is of the week that ends with it, Monday's morning of the one that begins.
        ({"every_weeks": 2}, {"every_weeks": 2}, False),
        ({"every_weeks": 2}, {"every_weeks": 2, "valid_from": date(2026, 8, 10)}, True),
        ({"every_weeks": 2}, {"every_weeks": 3}, True),
        ({"every_weeks": 2}, {"every_weeks": 4}, False),
    ],
)
def test_sundays_night_meets_mondays_morning_where_both_are_valid_and_in_step(
    night: dict[str, Any], morning: dict[str, Any], meet: bool
) -> None:
    pair = [hours("22:00-02:00", SUNDAY, **night), hours("01:00-03:00", MONDAY, **morning)]
    for both in (pair, pair[::-1]):
        if meet:
            with pytest.raises(InvalidHours, match="overlap"):
                check_hours(both)
        else:
            check_hours(both)


@pytest.mark.parametrize(
    ("starts", "ends", "stands"),
    [("22:00", "02:00", True), ("20:00", "00:00", True), ("00:00", "00:00", True), ("09:00", "09:00", False)],
)
@pytest.mark.django_db
def test_the_database_keeps_nights_and_no_empty_hours(starts: str, ends: str, stands: bool) -> None:
    row = WeeklyHours(doctor=make_doctor(), weekday=MONDAY, starts=starts, ends=ends, slot_minutes=20, valid_from=FIRST)
    if stands:
        row.save()
        return
    with pytest.raises(IntegrityError, match="hours_not_empty"), transaction.atomic():
        row.save()


# Which days a night is of


def test_times_belong_to_the_day_on_which_they_begin() -> None:
    night = hours("22:00-02:00", valid_until=FIRST, length=HOUR)
    assert shown(made(night, first=FIRST)) == ["Mon 22:00", "Mon 23:00"]
    assert shown(made(night, first=FIRST + timedelta(days=1))) == ["Tue 00:00", "Tue 01:00"]
    assert made(night, first=FIRST + timedelta(days=2), days=30) == []


def test_a_time_may_itself_go_on_after_midnight() -> None:
    [late] = made(hours("23:30-00:30", length=HOUR), first=FIRST)
    assert late == (datetime(2026, 8, 3, 22, 30, tzinfo=UTC), datetime(2026, 8, 3, 23, 30, tzinfo=UTC))


@pytest.mark.parametrize("days", [1, 2, 7, 13])
def test_day_after_day_makes_what_one_look_makes(days: int) -> None:
    """The night that began before the window is in it; nothing comes twice, nothing is lost at either border."""
    ranges = [hours("22:00-02:00", day, length=HOUR) for day in range(7)]
    at_once = made(*ranges, first=date(2026, 10, 20), days=days)
    one_by_one = [
        times for number in range(days) for times in made(*ranges, first=date(2026, 10, 20) + timedelta(days=number))
    ]
    assert at_once == one_by_one
    assert len(set(at_once)) == len(at_once) >= 4 * days


def test_every_other_week_counts_the_week_in_which_the_night_begins() -> None:
    fortnightly = hours("22:00-02:00", SUNDAY, length=2 * HOUR, every_weeks=2)
    starts = [start.astimezone(ZoneInfo(LONDON)) for start, _ in made(fortnightly, first=FIRST, days=29)]
    assert [f"{start:%d.%m. %H}" for start in starts] == ["09.08. 22", "10.08. 00", "23.08. 22", "24.08. 00"]


# Nights in which the clocks change


@pytest.mark.parametrize(
    ("zone", "saturday", "text", "expected"),
    [
        (LONDON, date(2027, 3, 27), "22:00-03:00", "22 23 00 02"),
        (LONDON, date(2026, 10, 24), "22:00-03:00", "22 23 00 01 01 02"),
        (LONDON, date(2027, 3, 27), "22:00-00:00", "22 23"),
        (LONDON, date(2026, 10, 24), "22:00-01:00", "22 23 00"),
        (NEW_YORK, date(2027, 3, 13), "22:00-04:00", "22 23 00 01 03"),
        (NEW_YORK, date(2026, 10, 31), "22:00-04:00", "22 23 00 01 01 02 03"),
    ],
)
def test_the_clock_on_the_wall_stays_right_through_a_night_of_change(
    zone: str, saturday: date, text: str, expected: str
) -> None:
    night = hours(text, SATURDAY, length=HOUR)
    times = made(night, first=saturday, days=2, zone=zone)
    assert [f"{start.astimezone(ZoneInfo(zone)):%H}" for start, _ in times] == expected.split()
    assert all(end - start == HOUR for start, end in times)
    assert all(one[1] == other[0] for one, other in pairwise(times))  # no hour of the night is lost


@pytest.mark.parametrize(
    ("zone", "sunday", "length"),
    [(LONDON, date(2027, 3, 28), 23), (LONDON, date(2026, 10, 25), 25), (NEW_YORK, date(2026, 11, 1), 25)],
)
def test_a_whole_day_of_change_has_an_hour_less_or_more(zone: str, sunday: date, length: int) -> None:
    times = made(hours("00:00-00:00", SUNDAY, length=HOUR), first=sunday, days=2, zone=zone)
    assert times[-1][1] - times[0][0] == length * HOUR == len(times) * HOUR


# Against the plainest reading of the rules: walk through all instants and look at the wall

STEP = timedelta(minutes=15)
QUARTERS = 96
clocks = st.integers(0, QUARTERS - 1).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def weekly_ranges(draw: st.DrawFn) -> WeeklyRange:
    starts, ends = draw(clocks), draw(clocks)
    valid_from = FIRST + timedelta(days=draw(st.integers(-8, 8)))
    until = draw(st.none() | st.integers(0, 20))
    return WeeklyRange(
        weekday=draw(st.integers(0, 6)),
        starts=starts,
        ends=time(0) if ends == starts else ends,
        length=draw(st.integers(1, 8)) * STEP,
        buffer=draw(st.integers(0, 3)) * STEP,
        valid_from=valid_from,
        valid_until=None if until is None else valid_from + timedelta(days=until),
        every_weeks=draw(st.integers(1, 3)),
    )


def stretches(weekly: WeeklyRange, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Where the range lies on the wall, day by day, said with nothing but the words of its documentation."""
    for day in (first + timedelta(days=number) for number in range(days)):
        weeks = (day - timedelta(days=day.weekday()) - weekly.valid_from).days // 7 + 1
        in_step = (weeks if weekly.valid_from.weekday() else weeks - 1) % weekly.every_weeks == 0
        until = weekly.valid_until or date.max
        if day.weekday() == weekly.weekday and weekly.valid_from <= day <= until and in_step:
            begins = datetime.combine(day, weekly.starts)
            ends = datetime.combine(day, weekly.ends)
            yield begins, ends if ends > begins else ends + timedelta(days=1)


def is_a_time(wall: datetime, weekly: WeeklyRange, begins: datetime, ends: datetime) -> bool:
    since = wall - begins
    return wall >= begins and wall + weekly.length <= ends and not since % (weekly.length + weekly.buffer)


def runs_through(start: datetime, length: timedelta, zone: ZoneInfo) -> bool:
    """Whether the wall counts on from there without a jump until the last quarter is over."""
    wall = start.astimezone(zone).replace(tzinfo=None)
    moments = [start + number * STEP for number in range(length // STEP)]
    return all(moment.astimezone(zone).replace(tzinfo=None) - wall == moment - start for moment in moments)


@settings(max_examples=150, deadline=None)
@given(
    ranges=st.lists(weekly_ranges(), max_size=4),
    zone=st.sampled_from([LONDON, NEW_YORK, "Australia/Lord_Howe"]),
    first=st.sampled_from([FIRST, date(2026, 10, 3), date(2026, 10, 24), date(2026, 10, 31), date(2026, 10, 25)]),
    days=st.integers(1, 3),
)
def test_times_are_what_the_plainest_reading_makes_and_never_overlap(
    ranges: list[WeeklyRange], zone: str, first: date, days: int
) -> None:
    try:
        check_hours(ranges)
    except InvalidHours:
        assume(False)
    clock = ZoneInfo(zone)
    lying = [(weekly, *where) for weekly in ranges for where in stretches(weekly, first - timedelta(days=1), days + 1)]
    expected = []
    moment = datetime.combine(first, time(0), UTC) - timedelta(days=1)
    while moment.astimezone(clock).date() < first + timedelta(days=days):
        wall = moment.astimezone(clock).replace(tzinfo=None)
        expected += [
            (moment, moment + weekly.length)
            for weekly, begins, ends in lying
            if wall.date() >= first
            and is_a_time(wall, weekly, begins, ends)
            and runs_through(moment, weekly.length, clock)
        ]
        moment += STEP

    times = concrete_times(ranges, zone=clock, first=first, last=first + timedelta(days=days - 1))

    assert times == expected
    assert all(one[1] <= other[0] for one, other in pairwise(times))


@settings(max_examples=300, deadline=None)
@given(pair=st.lists(weekly_ranges(), min_size=2, max_size=2))
def test_two_ranges_are_refused_exactly_when_they_meet_on_some_day(pair: list[WeeklyRange]) -> None:
    assume(all(weekly.length <= weekly.span for weekly in pair))
    walls = [list(stretches(weekly, FIRST - timedelta(days=9), 80)) for weekly in pair]
    meet = any(
        begins < other_ends and other_begins < ends
        for one, other in combinations(walls, 2)
        for begins, ends in one
        for other_begins, other_ends in other
    )
    try:
        check_hours(pair)
        refused = False
    except InvalidHours:
        refused = True
    assert refused == meet
