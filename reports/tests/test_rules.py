"""Which months are due when: by the hospital's clock, and also when the hour was missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reports.rules import due_at, due_months, is_mailed, month_after, month_before

LONDON = ZoneInfo("Europe/London")
AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (8, 9, 10, 11))


def due(now: datetime) -> list[date]:
    return due_months(now=now, hour=9, zone=LONDON)


def test_months_follow_one_another_over_the_year() -> None:
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)
    assert month_before(date(2027, 1, 1)) == date(2026, 12, 1)
    assert [month_after(date(2028, month, 1)).month for month in range(1, 13)] == [*range(2, 13), 1]


def test_a_month_is_due_on_the_first_of_the_next_at_its_hour_and_not_a_moment_before() -> None:
    nine = datetime(2026, 11, 1, 9, tzinfo=LONDON)

    assert due(nine) == [AUGUST, SEPTEMBER, OCTOBER]
    assert due(nine - timedelta(microseconds=1))[-1] == SEPTEMBER


@pytest.mark.parametrize("days", [0, 1, 12, 29])
def test_an_hour_that_was_missed_is_made_up_for_until_the_next(days: int) -> None:
    assert due(datetime(2026, 11, 1, 17, tzinfo=LONDON) + timedelta(days=days))[-1] == OCTOBER


def test_the_hour_is_that_of_the_hospital_in_summer_and_in_winter() -> None:
    assert due_at(SEPTEMBER, hour=9, zone=LONDON) == datetime(2026, 10, 1, 8, tzinfo=UTC)
    assert due_at(OCTOBER, hour=9, zone=LONDON) == datetime(2026, 11, 1, 9, tzinfo=UTC)


def test_where_the_hospital_is_a_month_ahead_of_greenwich_its_own_month_counts() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    nine_there = datetime(2026, 10, 31, 20, tzinfo=UTC)  # 1 November, 9:00am in Auckland

    assert due_months(now=nine_there, hour=9, zone=auckland)[-1] == OCTOBER
    assert due(nine_there)[-1] == SEPTEMBER


def test_midnight_is_an_hour_like_any_other() -> None:
    midnight = datetime(2026, 11, 1, tzinfo=LONDON)

    assert due_months(now=midnight, hour=0, zone=LONDON)[-1] == OCTOBER


def test_only_the_last_month_is_mailed() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    assert [is_mailed(month, now=now, hour=9, zone=LONDON) for month in (SEPTEMBER, OCTOBER, NOVEMBER)] == [
        False,
        True,
        False,
    ]
