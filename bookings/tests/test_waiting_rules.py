"""Who gets a freed time, and for how long (C9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from bookings.waiting_rules import Freed, Waiting, Wish, held_until, share_out

WEDNESDAY = datetime(2026, 8, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WISH = Wish(date(2026, 8, 1), date(2026, 8, 31), frozenset({2, 3}), time(9), time(12))


def freed(starts_at: datetime = WEDNESDAY, key: UUID | None = None) -> Freed:
    return Freed(key or uuid4(), starts_at, starts_at + HOUR / 2, starts_at)


def waiting(**facts: Any) -> Waiting:
    known: dict[str, Any] = {"wish": WISH, "has_offer": False, "had": frozenset(), "busy": [], "booked_at": None}
    return Waiting(key=uuid4(), **{**known, **facts})


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

    assert share_out([time_], [first, second]) == {time_.key: first.key}


def test_who_has_an_offer_already_waits_for_the_answer() -> None:
    time_, first, second = freed(), waiting(has_offer=True), waiting()

    assert share_out([time_], [first, second]) == {time_.key: second.key}


def test_who_had_this_time_before_is_not_asked_again() -> None:
    time_ = freed()
    first, second = waiting(had=frozenset({time_.key})), waiting()

    assert share_out([time_], [first, second]) == {time_.key: second.key}


def test_who_is_elsewhere_then_is_passed_over_touching_ends_aside() -> None:
    time_ = freed()
    busy = waiting(busy=[(WEDNESDAY - HOUR, WEDNESDAY + timedelta(minutes=1))])
    just_done = waiting(busy=[(WEDNESDAY - HOUR, WEDNESDAY)])

    assert share_out([time_], [busy, just_done]) == {time_.key: just_done.key}


@pytest.mark.parametrize(("booked_in", "gets_it"), [(HOUR, True), (timedelta(0), False), (-HOUR, False)])
def test_only_an_earlier_time_than_the_one_booked_is_offered(booked_in: timedelta, gets_it: bool) -> None:
    assert bool(share_out([freed()], [waiting(booked_at=WEDNESDAY + booked_in)])) == gets_it


def test_two_times_go_to_two_the_earlier_one_to_the_first() -> None:
    later, earlier = freed(WEDNESDAY + HOUR), freed()
    first, second = waiting(), waiting()

    assert share_out([later, earlier], [first, second]) == {earlier.key: first.key, later.key: second.key}
    assert share_out([later, earlier], [first]) == {earlier.key: first.key}


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
    until = held_until(starts_at=WEDNESDAY + ahead, min_notice=notice, lasts=HOUR, now=WEDNESDAY)

    assert until == (expected if expected is None else WEDNESDAY + expected)
