"""Who gets a freed time, and for how long (C9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.holds.rules import FreedSlot, TimePreference, WaitingPatient, WakingHours, assign_slots, held_until

WEDNESDAY = datetime(2026, 8, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONDON = WakingHours(8, 21, ZoneInfo("Europe/London"))
WISH = TimePreference(date(2026, 8, 1), date(2026, 8, 31), frozenset({2, 3}), time(9), time(12))


def freed(starts_at: datetime = WEDNESDAY, key: UUID | None = None) -> FreedSlot:
    return FreedSlot(key or uuid4(), starts_at, starts_at + HOUR / 2, starts_at)


def waiting(**facts: Any) -> WaitingPatient:
    known: dict[str, Any] = {"wish": WISH, "has_offer": False, "had": frozenset(), "busy": [], "booked_at": None}
    return WaitingPatient(key=uuid4(), **{**known, **facts})


@pytest.mark.parametrize(
    ("begins", "suits"),
    [
        (WEDNESDAY, True),
        (WEDNESDAY.replace(hour=12), True),
        (WEDNESDAY.replace(hour=12, minute=1), False),
        (WEDNESDAY.replace(hour=8, minute=59), False),
        (WEDNESDAY + timedelta(days=1), True),
        (WEDNESDAY + timedelta(days=2), False),
        (WEDNESDAY - timedelta(days=7), False),
        (WEDNESDAY.replace(month=9, day=2), False),
    ],
)
def test_a_wish_is_of_days_weekdays_and_hours(begins: datetime, suits: bool) -> None:
    assert WISH.suits(begins) == suits


def test_the_first_in_the_queue_comes_first() -> None:
    time_, first, second = freed(), waiting(), waiting()

    assert assign_slots([time_], [first, second]) == {time_.key: first.key}


def test_who_has_an_offer_already_waits_for_the_answer() -> None:
    time_, first, second = freed(), waiting(has_offer=True), waiting()

    assert assign_slots([time_], [first, second]) == {time_.key: second.key}


def test_who_had_this_time_before_is_not_asked_again() -> None:
    time_ = freed()
    first, second = waiting(had=frozenset({time_.key})), waiting()

    assert assign_slots([time_], [first, second]) == {time_.key: second.key}


def test_who_is_elsewhere_then_is_passed_over_touching_ends_aside() -> None:
    time_ = freed()
    busy = waiting(busy=[(WEDNESDAY - HOUR, WEDNESDAY + timedelta(minutes=1))])
    just_done = waiting(busy=[(WEDNESDAY - HOUR, WEDNESDAY)])

    assert assign_slots([time_], [busy, just_done]) == {time_.key: just_done.key}


@pytest.mark.parametrize(("booked_in", "gets_it"), [(HOUR, True), (timedelta(0), False), (-HOUR, False)])
def test_only_an_earlier_time_than_the_one_booked_is_offered(booked_in: timedelta, gets_it: bool) -> None:
    assert bool(assign_slots([freed()], [waiting(booked_at=WEDNESDAY + booked_in)])) == gets_it


def test_two_times_go_to_two_the_earlier_one_to_the_first() -> None:
    later, earlier = freed(WEDNESDAY + HOUR), freed()
    first, second = waiting(), waiting()

    assert assign_slots([later, earlier], [first, second]) == {earlier.key: first.key, later.key: second.key}
    assert assign_slots([later, earlier], [first]) == {earlier.key: first.key}


@pytest.mark.parametrize(
    ("ahead", "notice", "expected"),
    [
        (timedelta(days=2), timedelta(0), HOUR),
        (timedelta(minutes=30), timedelta(0), timedelta(minutes=30)),
        (timedelta(hours=3), timedelta(hours=2, minutes=30), timedelta(minutes=30)),
        (timedelta(minutes=4), timedelta(0), None),
        (timedelta(hours=2), timedelta(hours=2), None),
        (-HOUR, timedelta(0), None),
    ],
)
def test_a_time_is_held_an_hour_and_never_longer_than_it_can_be_booked(
    ahead: timedelta, notice: timedelta, expected: timedelta | None
) -> None:
    until = held_until(starts_at=WEDNESDAY + ahead, min_notice=notice, lasts=HOUR, waking=LONDON, now=WEDNESDAY)

    assert until == (expected if expected is None else WEDNESDAY + expected)


@pytest.mark.parametrize(
    ("freed_at", "lasts", "until"),
    [
        ("2026-08-05T02:00", HOUR, "2026-08-05T09:00"),  # nobody loses it asleep
        ("2026-08-05T08:00", HOUR, "2026-08-05T09:00"),
        ("2026-08-05T20:30", HOUR, "2026-08-06T08:30"),  # half of it in the evening, half in the morning
        ("2026-08-05T20:00", HOUR, "2026-08-05T21:00"),
        ("2026-08-05T21:00", HOUR, "2026-08-06T09:00"),
        ("2026-08-05T23:59", 27 * HOUR, "2026-08-08T09:00"),  # two whole days of 13 hours, and one hour
        ("2026-10-24T22:00", HOUR, "2026-10-25T09:00"),  # the clocks go back in that night
        ("2026-03-28T22:00", HOUR, "2026-03-29T09:00"),  # and forward in this one
    ],
)
def test_the_clock_of_an_offer_stands_at_night(freed_at: str, lasts: timedelta, until: str) -> None:
    now, expected = (datetime.fromisoformat(text).replace(tzinfo=LONDON.zone) for text in (freed_at, until))

    held = held_until(starts_at=now + 40 * 24 * HOUR, min_notice=HOUR * 0, lasts=lasts, waking=LONDON, now=now)

    assert held is not None
    assert held.astimezone(UTC) == expected.astimezone(UTC)


@pytest.mark.parametrize("freed_at", ["2026-10-24T23:00", "2026-03-28T23:00", "2026-08-05T23:00"])
def test_where_people_wake_all_day_an_offer_lasts_what_it_says_whatever_clocks_do(freed_at: str) -> None:
    """In two of these nights the clocks change while it runs."""
    now = datetime.fromisoformat(freed_at).replace(tzinfo=LONDON.zone).astimezone(UTC)

    assert WakingHours(0, 24, LONDON.zone).after(5 * HOUR, now) == now + 5 * HOUR


def test_a_time_that_is_near_is_offered_at_night_as_well() -> None:
    """Until the morning it would be lost for everybody."""
    night = datetime(2026, 8, 5, 2, 0, tzinfo=LONDON.zone)

    until = held_until(starts_at=night + 7 * HOUR, min_notice=2 * HOUR, lasts=HOUR, waking=LONDON, now=night)

    assert until == night + HOUR


@given(
    st.integers(0, 2 * 366 * 24 * 60).map(lambda minutes: WEDNESDAY + timedelta(minutes=minutes)),
    st.integers(5, 2_880),
    st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
)
def test_an_offer_runs_for_its_minutes_in_waking_hours_and_ends_in_them(now: datetime, minutes: int, zone: str) -> None:
    waking = WakingHours(8, 21, ZoneInfo(zone))

    until = waking.after(timedelta(minutes=minutes), now)

    clock = until.astimezone(waking.zone)
    assert until >= now + timedelta(minutes=minutes)
    assert time(8) < clock.time() <= time(21)
