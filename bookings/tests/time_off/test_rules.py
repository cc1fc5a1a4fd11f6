"""Time off: when it may be, and what can be offered instead (B6). Pure decisions."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.choices import Status
from bookings.time_off.rules import (
    AffectedBooking,
    InvalidTimeOff,
    TimeOffDecision,
    assign_alternatives,
    choices_for,
    stretch,
)
from core.intervals import overlaps

NOW = datetime(2026, 8, 5, 8, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)


def off(**facts: Any) -> tuple[datetime, datetime]:
    asked: dict[str, Any] = {"first_day": date(2026, 8, 12), "start": None, "last_day": date(2026, 8, 12), "end": None}
    return stretch(**(asked | facts), zone=LONDON, now=NOW)


def local(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, (local(8, 12), local(8, 13))),
        ({"last_day": date(2026, 8, 14)}, (local(8, 12), local(8, 15))),
        ({"start": time(9), "end": time(12)}, (local(8, 12, 9), local(8, 12, 12))),
        ({"start": time(14)}, (local(8, 12, 14), local(8, 13))),
        ({"end": time(0), "last_day": date(2026, 8, 13)}, (local(8, 12), local(8, 14))),
        # The clocks go back on 25 October: that day has 25 hours.
        ({"first_day": date(2026, 10, 25), "last_day": date(2026, 10, 25)}, (local(10, 25), local(10, 26))),
    ],
)
def test_days_and_hours_become_instants(facts: dict[str, Any], expected: tuple[datetime, datetime]) -> None:
    assert off(**facts) == expected


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"last_day": date(2026, 8, 11)}, "last_day"),
        ({"start": time(12), "end": time(12)}, "end"),
        ({"first_day": date(2026, 8, 1), "last_day": date(2026, 8, 4)}, "last_day"),
        ({"first_day": date(2029, 1, 1), "last_day": date(2029, 1, 1)}, "first_day"),
        ({"last_day": date(2027, 8, 14)}, "last_day"),
    ],
)
def test_impossible_time_off_is_refused(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidTimeOff) as refusal:
        off(**facts)
    assert refusal.value.field == field


def test_time_off_may_have_begun() -> None:
    assert off(first_day=date(2026, 8, 5), last_day=date(2026, 8, 5))[0] < NOW


@given(st.lists(st.integers(0, 9), min_size=4, max_size=4))
def test_two_stretches_overlap_when_they_share_a_moment(hours: list[int]) -> None:
    one, other = (
        (NOW + hours[0] * HOUR, NOW + (hours[0] + hours[1]) * HOUR),
        (
            NOW + hours[2] * HOUR,
            NOW + (hours[2] + hours[3]) * HOUR,
        ),
    )
    shared = set(range(hours[0], hours[0] + hours[1])) & set(range(hours[2], hours[2] + hours[3]))

    assert (overlaps(one, other) and hours[1] > 0 and hours[3] > 0) == bool(shared)


def test_who_is_here_is_kept_and_times_are_offered_only_where_there_are_any() -> None:
    assert choices_for(Status.CHECKED_IN, can_offer=True) == [TimeOffDecision.KEEP]
    assert choices_for(Status.CONFIRMED, can_offer=True) == [
        TimeOffDecision.KEEP,
        TimeOffDecision.CANCEL,
        TimeOffDecision.OFFER,
    ]
    assert choices_for(Status.PENDING, can_offer=False) == [TimeOffDecision.KEEP, TimeOffDecision.CANCEL]


def hour(number: int) -> tuple[datetime, datetime]:
    return NOW + number * HOUR, NOW + (number + 1) * HOUR


def test_the_next_times_come_first_and_none_is_offered_twice() -> None:
    free = [hour(number) for number in (1, 2, 11, 12, 13, 14)]

    shares = assign_alternatives({"late": AffectedBooking(hour(10)), "early": AffectedBooking(hour(9))}, free)

    assert shares == {"early": [hour(11), hour(12), hour(13)], "late": [hour(1), hour(2), hour(14)]}


def test_nobody_is_offered_a_time_at_which_they_are_elsewhere() -> None:
    assert assign_alternatives({"one": AffectedBooking(hour(10), [hour(11)])}, [hour(11), hour(12)]) == {
        "one": [hour(12)]
    }
    assert assign_alternatives({"one": AffectedBooking(hour(10), [hour(11)])}, [hour(11)]) == {"one": []}


@pytest.mark.parametrize(
    ("start", "end", "begins", "ends"),
    [
        (time(0), time(1, 30), -60, 90),
        (time(1), time(1, 30), 0, 90),
        (time(1, 30), time(2), 30, 120),
        (time(1, 30), time(1), 30, 25 * 60),
    ],
)
def test_an_hour_that_comes_twice_is_off_both_times(start: time, end: time, begins: int, ends: int) -> None:
    """The clocks go back at 1:00 UTC on 25 October."""
    day, midnight = date(2026, 10, 25), datetime(2026, 10, 25, tzinfo=UTC)
    found = off(first_day=day, start=start, last_day=day, end=end)
    assert found == (midnight + timedelta(minutes=begins), midnight + timedelta(minutes=ends))
