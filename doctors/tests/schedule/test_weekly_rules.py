"""Weekly hours keep local time through every change of the clocks (B5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doctors.schedule.weekly_rules import WeeklyRange, concrete_times

ZONES = [
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Pacific/Chatham",
    "America/St_Johns",
    "Asia/Jerusalem",
]
FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)


@cache
def changes(name: str) -> tuple[datetime, ...]:
    """The instants in 2026–2027 from which on the zone has another offset, to the minute."""
    zone = ZoneInfo(name)
    found = []
    hour = datetime(2026, 1, 1, tzinfo=UTC)
    while hour < datetime(2028, 1, 1, tzinfo=UTC):
        following = hour + timedelta(hours=1)
        if hour.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            minute = hour
            while minute.astimezone(zone).utcoffset() == hour.astimezone(zone).utcoffset():
                minute += timedelta(minutes=1)
            found.append(minute)
        hour = following
    return tuple(found)


def every_day(starts: time, ends: time, minutes: int, buffer: int = 0) -> list[WeeklyRange]:
    return [
        WeeklyRange(
            weekday=weekday,
            starts=starts,
            ends=ends,
            length=timedelta(minutes=minutes),
            buffer=timedelta(minutes=buffer),
            valid_from=FIRST,
        )
        for weekday in range(7)
    ]


def local(moment: datetime, name: str) -> datetime:
    return moment.astimezone(ZoneInfo(name)).replace(tzinfo=None)


def test_the_zones_under_test_do_change_their_clocks() -> None:
    assert sum(len(changes(name)) for name in ZONES) >= 30
    assert not changes("Asia/Kathmandu")
    assert len(changes("Australia/Lord_Howe")) == 4


@pytest.mark.parametrize("name", ZONES)
def test_nine_oclock_stays_nine_oclock_on_every_day_of_two_years(name: str) -> None:
    ranges = every_day(time(9), time(12), 20, 5)
    times = concrete_times(ranges, zone=ZoneInfo(name), first=FIRST, last=LAST)
    by_day: dict[date, list[time]] = {}
    for start, _ in times:
        by_day.setdefault(local(start, name).date(), []).append(local(start, name).time())
    expected = [time(9), time(9, 25), time(9, 50), time(10, 15), time(10, 40), time(11, 5), time(11, 30)]
    assert len(by_day) == 730
    assert all(day == expected for day in by_day.values())


@pytest.mark.parametrize("name", [name for name in ZONES if changes(name)])
def test_around_each_change_no_time_lies_in_the_gap_none_comes_twice_and_local_time_is_kept(name: str) -> None:
    zone = ZoneInfo(name)
    found = changes(name)
    assert len(found) > 0
    for change in found:
        day = local(change, name).date()
        first, last = day - timedelta(days=1), day + timedelta(days=1)
        times = concrete_times(every_day(time(0), time(23, 30), 15), zone=zone, first=first, last=last)
        before, after = (change - timedelta(minutes=1)).astimezone(zone), change.astimezone(zone)
        shift = (after.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
        assert all(start.astimezone(zone).minute in {0, 15, 30, 45} for start, _ in times)
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(times))
        assert len(times) == 3 * 94 - shift // timedelta(minutes=15)
        # Nothing that the wall never shows: each start is what the wall shows at that instant, and in a gap is none.
        gap_from, gap_to = before.replace(tzinfo=None) + timedelta(minutes=1), after.replace(tzinfo=None)
        if shift > timedelta(0):
            assert not [start for start, _ in times if gap_from <= local(start, name) < gap_to]


def test_of_an_hour_that_comes_twice_both_half_past_twos_are_offered_and_are_two() -> None:
    night = date(2026, 10, 25)
    times = concrete_times(every_day(time(2), time(3), 30), zone=ZoneInfo("Europe/Berlin"), first=night, last=night)
    starts = [start for start, _ in times]
    assert starts == [datetime(2026, 10, 25, hour, minute, tzinfo=UTC) for hour in (0, 1) for minute in (0, 30)]
    assert [local(start, "Europe/Berlin").time() for start in starts] == [time(2), time(2, 30)] * 2


def test_in_the_night_the_clocks_skip_an_hour_its_times_are_left_out() -> None:
    night = date(2027, 3, 28)
    zone = ZoneInfo("Europe/Berlin")
    times = concrete_times(every_day(time(1), time(4), 40), zone=zone, first=night, last=night)
    # 1:00–1:40 stands; 1:40–2:20 reaches into the gap, 2:20–3:00 lies in it; 3:00–3:40 stands.
    assert [local(start, "Europe/Berlin").time() for start, _ in times] == [time(1), time(3)]
    assert all(end - start == timedelta(minutes=40) for start, end in times)


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(ZONES),
    day=st.dates(FIRST, LAST),
    hours=st.tuples(st.integers(0, 23 * 4), st.integers(1, 40)),
    minutes=st.integers(5, 120),
    buffer=st.integers(0, 30),
)
def test_times_are_of_the_asked_length_apart_and_within_the_range(
    name: str, day: date, hours: tuple[int, int], minutes: int, buffer: int
) -> None:
    start, end = hours[0], min(sum(hours), 24 * 4 - 1)
    starts, ends = time(start // 4, start % 4 * 15), time(end // 4, end % 4 * 15)
    times = concrete_times(every_day(starts, ends, minutes, buffer), zone=ZoneInfo(name), first=day, last=day)
    for begin, finish in times:
        assert finish - begin == timedelta(minutes=minutes)
        assert starts <= local(begin, name).time()
        assert local(finish - timedelta(microseconds=1), name).time() <= ends
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(times))


def test_every_other_week_counts_from_the_week_of_the_first_day_whatever_its_weekday() -> None:
    fortnightly = WeeklyRange(
        weekday=0,
        starts=time(9),
        ends=time(9, 30),
        length=timedelta(minutes=30),
        buffer=timedelta(0),
        valid_from=date(2026, 12, 31),  # a Thursday: the Mondays of this very week and of every second one count
        valid_until=date(2027, 2, 1),
        every_weeks=2,
    )
    zone = ZoneInfo("Europe/London")
    times = concrete_times([fortnightly], zone=zone, first=date(2026, 12, 1), last=date(2027, 12, 1))
    assert [start.date() for start, _ in times] == [date(2027, 1, 11), date(2027, 1, 25)]


def test_time_off_takes_out_what_it_touches_and_leaves_what_it_only_meets() -> None:
    zone, day = ZoneInfo("UTC"), date(2026, 6, 1)

    def at(hour: int, minute: int = 0) -> datetime:
        return datetime(2026, 6, 1, hour, minute, tzinfo=UTC)

    blocked = [(at(9, 30), at(10)), (at(11), at(11, 1)), (at(11, 30), at(14)), (at(12), at(12, 5))]
    times = concrete_times(every_day(time(9), time(15), 30), zone=zone, first=day, last=day, blocked=blocked)
    assert [start for start, _ in times] == [at(9), at(10), at(10, 30), at(14), at(14, 30)]


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 200)), max_size=12))
def test_no_time_touches_a_blocked_interval_and_none_is_lost_without_one(spans: list[tuple[int, int]]) -> None:
    zone, day = ZoneInfo("UTC"), date(2026, 6, 1)
    midnight = datetime(2026, 6, 1, tzinfo=UTC)
    blocked = [
        (midnight + timedelta(minutes=start), midnight + timedelta(minutes=start + length)) for start, length in spans
    ]
    ranges = every_day(time(0), time(13), 25, 5)
    everything = concrete_times(ranges, zone=zone, first=day, last=day)
    kept = concrete_times(ranges, zone=zone, first=day, last=day, blocked=blocked)
    assert kept == [
        (start, end) for start, end in everything if not any(since < end and start < until for since, until in blocked)
    ]
