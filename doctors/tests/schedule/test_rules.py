"""What weekly hours may be, and what they change in a diary: pure decisions (B5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.intervals import overlaps_any
from doctors.schedule.rules import ExistingSlot, InvalidHours, check_hours, plan
from doctors.schedule.weekly_rules import WeeklyRange

BEGIN = datetime(2026, 8, 5, 8, 0, tzinfo=UTC)


def hours(starts: int = 9, ends: int = 12, **facts: Any) -> WeeklyRange:
    given: dict[str, Any] = {
        "weekday": 0,
        "length": timedelta(minutes=20),
        "buffer": timedelta(0),
        "valid_from": date(2026, 8, 3),
    }
    return WeeklyRange(starts=time(starts), ends=time(ends), **(given | facts))


AUTUMN = {"valid_from": date(2026, 9, 1)}
SUMMER = {"valid_until": date(2026, 8, 31)}


@pytest.mark.parametrize(
    "pair",
    [
        [hours(), hours(12, 17)],
        [hours(), hours(weekday=1)],
        [hours(**SUMMER), hours(**AUTUMN)],
        # Every other week, from weeks that never meet.
        [hours(every_weeks=2), hours(every_weeks=2, valid_from=date(2026, 8, 10))],
        [hours(every_weeks=4), hours(every_weeks=6, valid_from=date(2026, 8, 10))],
        # They would meet, but one has ended by then.
        [hours(every_weeks=2, valid_until=date(2026, 8, 10)), hours(every_weeks=3, valid_from=date(2026, 8, 10))],
    ],
)
def test_hours_that_never_meet_may_stand_beside_each_other(pair: list[WeeklyRange]) -> None:
    check_hours(pair)
    check_hours(pair[::-1])


@pytest.mark.parametrize(
    "pair",
    [
        [hours(), hours(11, 13)],
        [hours(), hours()],
        [hours(valid_until=date(2026, 9, 7)), hours(**AUTUMN)],
        [hours(every_weeks=2), hours(every_weeks=3, valid_from=date(2026, 8, 10))],
        [hours(every_weeks=51), hours(every_weeks=52, valid_from=date(2026, 8, 10))],
    ],
)
def test_hours_that_meet_on_some_day_are_refused(pair: list[WeeklyRange]) -> None:
    for both in (pair, pair[::-1]):
        with pytest.raises(InvalidHours, match=r"Monday: .* overlap") as refusal:
            check_hours(both)
        assert (refusal.value.field, refusal.value.weekday) == ("hours", 0)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"starts": 12, "ends": 12}, "hours"),
        ({"length": timedelta(minutes=4)}, "length"),
        ({"length": timedelta(hours=9)}, "length"),
        ({"buffer": timedelta(hours=5)}, "buffer"),
        ({"buffer": timedelta(minutes=-1)}, "buffer"),
        ({"every_weeks": 0}, "every"),
        ({"every_weeks": 53}, "every"),
        ({"valid_until": date(2026, 8, 2)}, "valid_until"),
        ({"valid_until": date(2101, 1, 1)}, "valid_until"),
        ({"valid_from": date(1999, 12, 31)}, "valid_from"),
        ({"length": timedelta(hours=4)}, "hours"),
    ],
)
def test_implausible_hours_are_refused(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidHours) as refusal:
        check_hours([hours(**facts)])
    assert refusal.value.field == field


def test_there_is_an_end_to_how_many_ranges_are_kept() -> None:
    with pytest.raises(InvalidHours, match="at most 80"):
        check_hours([hours(weekday=number % 7) for number in range(81)])


# What changes in a diary


def at(minute: int) -> datetime:
    return BEGIN + timedelta(minutes=5 * minute)


def row(gaps: list[tuple[int, int]]) -> list[tuple[datetime, datetime]]:
    """Times one after the other: each after a gap, of a length."""
    found, now = [], 0
    for gap, length in gaps:
        found.append((at(now + gap), at(now + gap + length)))
        now += gap + length
    return found


rows = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=8).map(row)
flags = st.tuples(st.booleans(), st.sampled_from(["free", "booked", "held", "begun"]))


@st.composite
def diaries(draw: st.DrawFn) -> list[ExistingSlot]:
    return [
        ExistingSlot(
            UUID(int=number),
            start,
            end,
            is_weekly=is_weekly,
            is_booked=state == "booked",
            is_held=state == "held",
            has_begun=state == "begun",
        )
        for number, (start, end) in enumerate(draw(rows))
        for is_weekly, state in [draw(flags)]
    ]


@given(standing=diaries(), wanted=rows, blocked=rows)
def test_the_diary_afterwards_is_what_the_rules_say_around_what_somebody_counts_on(
    standing: list[ExistingSlot], wanted: list[tuple[datetime, datetime]], blocked: list[tuple[datetime, datetime]]
) -> None:
    wanted = [times for times in wanted if not overlaps_any(times, blocked)]

    planned = plan(standing=standing, wanted=wanted, blocked=blocked)

    removed = set(planned.remove)
    left = [slot for slot in standing if slot.id not in removed]
    after = sorted([*(slot.interval for slot in left), *planned.create])
    assert all(one[1] <= other[0] for one, other in pairwise(after))  # nothing overlaps
    assert not any(slot.stays or slot.has_begun for slot in standing if slot.id in removed)  # nobody loses theirs
    for slot in left:
        if not (slot.stays or slot.has_begun):
            assert slot.interval in wanted if slot.is_weekly else not overlaps_any(slot.interval, blocked)
    for times in set(wanted) - set(after):
        assert overlaps_any(times, [slot.interval for slot in left])  # left out only where something stands
    assert len(set(wanted) - set(after)) == planned.in_the_way


@given(standing=diaries(), wanted=rows, blocked=rows)
def test_doing_it_twice_changes_nothing(
    standing: list[ExistingSlot], wanted: list[tuple[datetime, datetime]], blocked: list[tuple[datetime, datetime]]
) -> None:
    wanted = [times for times in wanted if not overlaps_any(times, blocked)]
    first = plan(standing=standing, wanted=wanted, blocked=blocked)
    left = [slot for slot in standing if slot.id not in set(first.remove)]
    made = [
        ExistingSlot(UUID(int=1_000 + number), start, end, is_weekly=True)
        for number, (start, end) in enumerate(first.create)
    ]
    diary = sorted([*left, *made], key=lambda slot: slot.interval)

    again = plan(standing=diary, wanted=wanted, blocked=blocked)

    assert (again.create, again.remove) == ([], [])
