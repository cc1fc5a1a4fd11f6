"""What a doctor's times must look like (B4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from doctors import rules
from doctors.rules import InvalidTimes

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 8, 5, 12, 0, tzinfo=UTC)
TODAY = date(2026, 8, 5)
HOUR = timedelta(hours=1)


def refused(start: datetime, end: datetime) -> InvalidTimes:
    with pytest.raises(InvalidTimes) as caught:
        rules.check_times(starts_at=start, ends_at=end, now=NOW)
    return caught.value


def test_a_time_ahead_of_a_sensible_length_is_accepted() -> None:
    rules.check_times(starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR, now=NOW)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (NOW + HOUR, NOW + HOUR, "end"),
        (NOW + HOUR, NOW, "end"),
        (NOW, NOW + HOUR, "start"),
        (NOW - HOUR, NOW + HOUR, "start"),
        (NOW + HOUR, NOW + HOUR + timedelta(minutes=4), "end"),
        (NOW + HOUR, NOW + 9 * HOUR + timedelta(minutes=1), "end"),
        (NOW + timedelta(days=731), NOW + timedelta(days=731, hours=1), "date"),
    ],
)
def test_a_time_that_cant_be_offered_names_the_answer_to_mend(start: datetime, end: datetime, field: str) -> None:
    assert refused(start, end).field == field


@pytest.mark.parametrize("minutes", [5, 480])
def test_the_shortest_and_the_longest_time_are_accepted(minutes: int) -> None:
    rules.check_times(starts_at=NOW + HOUR, ends_at=NOW + HOUR + timedelta(minutes=minutes), now=NOW)


@pytest.mark.parametrize("days", [0, 730])
def test_today_and_two_years_ahead_are_days_to_offer(days: int) -> None:
    rules.check_day(TODAY + timedelta(days=days), today=TODAY)


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TODAY + timedelta(days=731), date.min, date.max])
def test_a_day_that_has_passed_or_is_far_away_is_refused(day: date) -> None:
    with pytest.raises(InvalidTimes) as caught:
        rules.check_day(day, today=TODAY)
    assert caught.value.field == "date"


def test_nine_oclock_is_nine_oclock_in_summer_and_in_winter() -> None:
    assert rules.instant(date(2026, 8, 6), time(9), LONDON, field="start") == datetime(2026, 8, 6, 8, tzinfo=UTC)
    assert rules.instant(date(2026, 12, 6), time(9), LONDON, field="start") == datetime(2026, 12, 6, 9, tzinfo=UTC)


def test_a_time_the_clocks_skip_is_said_in_words() -> None:
    with pytest.raises(InvalidTimes, match="clocks go forward") as caught:
        rules.instant(date(2027, 3, 28), time(1, 30), LONDON, field="start")
    assert caught.value.field == "start"


def test_of_two_half_past_ones_the_first_is_meant() -> None:
    found = rules.instant(date(2026, 10, 25), time(1, 30), LONDON, field="start")
    assert found == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_midnight_as_the_end_is_the_end_of_that_day() -> None:
    start, end = rules.span(date(2026, 8, 6), time(23), time(0), LONDON)
    assert end - start == HOUR


def divided(minutes: int, length: int, pause: int = 0) -> list[tuple[datetime, datetime]]:
    start = NOW + HOUR
    return rules.divide(
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
        length=timedelta(minutes=length),
        pause=timedelta(minutes=pause),
    )


def test_a_morning_is_cut_into_times_with_pauses_and_the_rest_is_left() -> None:
    times = divided(100, 20, 10)
    assert [(start - NOW).total_seconds() / 60 for start, _ in times] == [60, 90, 120]
    assert all(end - start == timedelta(minutes=20) for start, end in times)


def test_a_time_that_just_fits_is_made() -> None:
    assert len(divided(60, 20)) == 3
    assert len(divided(59, 20)) == 2


@pytest.mark.parametrize(("minutes", "length"), [(10, 20), (60, 4), (24 * 60, 5)])
def test_too_few_too_short_or_too_many_times_are_refused_beside_the_length(minutes: int, length: int) -> None:
    with pytest.raises(InvalidTimes) as caught:
        divided(minutes, length)
    assert caught.value.field == "length"
