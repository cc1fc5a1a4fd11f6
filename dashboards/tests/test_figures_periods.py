"""Which days a figure tells of (H2): pure, so every edge is written out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dashboards.figures.periods import LONGEST, Choice, Period, chosen

TODAY = date(2026, 3, 15)  # a Sunday


@pytest.mark.parametrize(
    ("choice", "first", "last"),
    [
        (Choice.WEEK, date(2026, 3, 9), TODAY),
        (Choice.MONTH, date(2026, 2, 14), TODAY),
        (Choice.QUARTER, date(2025, 12, 16), TODAY),
        (Choice.YEAR, date(2025, 4, 1), TODAY),
        (Choice.THIS_MONTH, date(2026, 3, 1), TODAY),
        (Choice.LAST_MONTH, date(2026, 2, 1), date(2026, 2, 28)),
    ],
)
def test_each_choice_means_these_days(choice: Choice, first: date, last: date) -> None:
    assert chosen(choice, today=TODAY) == Period(first, last)


def test_the_last_seven_days_are_today_and_the_six_before() -> None:
    assert list(chosen(Choice.WEEK, today=TODAY).days()) == [TODAY - timedelta(days=n) for n in range(6, -1, -1)]


def test_last_month_of_january_is_december_and_of_march_in_a_leap_year_has_29_days() -> None:
    assert chosen(Choice.LAST_MONTH, today=date(2026, 1, 31)) == Period(date(2025, 12, 1), date(2025, 12, 31))
    assert chosen(Choice.LAST_MONTH, today=date(2028, 3, 31)).last == date(2028, 2, 29)


def test_this_month_on_its_first_day_is_that_day() -> None:
    assert chosen(Choice.THIS_MONTH, today=date(2026, 3, 1)).length == 1


def test_a_short_period_is_shown_by_day() -> None:
    period = Period(date(2026, 3, 1), date(2026, 4, 14))

    assert period.length == 45
    assert not period.is_by_week
    assert [bucket.first for bucket in period.buckets()] == list(period.days())


def test_a_long_period_is_shown_by_week_from_monday_to_sunday_cut_off_at_its_ends() -> None:
    period = Period(date(2026, 3, 4), date(2026, 4, 18))  # Wednesday to Saturday, 46 days

    buckets = period.buckets()

    assert buckets[0] == Period(date(2026, 3, 4), date(2026, 3, 8))
    assert buckets[1] == Period(date(2026, 3, 9), date(2026, 3, 15))
    assert buckets[-1] == Period(date(2026, 4, 13), date(2026, 4, 18))
    assert [day for bucket in buckets for day in bucket.days()] == list(period.days())


def test_the_last_twelve_months_are_at_most_a_leap_year() -> None:
    assert chosen(Choice.YEAR, today=date(2028, 2, 29)) == Period(date(2027, 3, 1), date(2028, 2, 29))
    assert chosen(Choice.YEAR, today=date(2026, 12, 1)) == Period(date(2026, 1, 1), date(2026, 12, 1))
    assert chosen(Choice.YEAR, today=date(2028, 2, 29)).length <= LONGEST


def test_months_are_cut_off_where_the_period_begins_and_ends() -> None:
    months = Period(date(2026, 1, 31), date(2026, 3, 1)).months()

    assert months == [
        Period(date(2026, 1, 31), date(2026, 1, 31)),
        Period(date(2026, 2, 1), date(2026, 2, 28)),
        Period(date(2026, 3, 1), date(2026, 3, 1)),
    ]
    assert Period(date(2026, 12, 3), date(2026, 12, 9)).months() == [Period(date(2026, 12, 3), date(2026, 12, 9))]


def test_the_part_until_a_day() -> None:
    period = Period(date(2026, 3, 10), date(2026, 3, 20))

    assert period.until(TODAY) == Period(date(2026, 3, 10), TODAY)
    assert period.until(date(2026, 3, 25)) == period
    assert period.until(date(2026, 3, 9)) is None
