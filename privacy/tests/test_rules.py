"""Until when a record is kept."""

from __future__ import annotations

from datetime import date

import pytest

from privacy.rules import in_years, kept_until

BORN = date(1980, 1, 1)


@pytest.mark.parametrize(
    ("last", "born", "due"),
    [
        (None, BORN, None),
        (date(2026, 5, 1), BORN, date(2034, 5, 1)),
        (date(2026, 5, 1), None, date(2034, 5, 1)),
        (date(2026, 5, 1), date(2020, 5, 1), date(2045, 5, 1)),  # six years old: until 25
        (date(2026, 5, 1), date(2009, 4, 1), date(2035, 4, 1)),  # 17: until 26
        (date(2026, 5, 1), date(2008, 5, 1), date(2034, 5, 1)),  # 18 that very day
        (date(2026, 5, 1), date(2008, 5, 2), date(2034, 5, 2)),  # 17 by a day
        (date(2024, 2, 29), BORN, date(2032, 2, 29)),
    ],
)
def test_eight_years_and_children_longer(last: date | None, born: date | None, due: date | None) -> None:
    assert kept_until(last_contact=last, born=born, years=8) == due


def test_the_29th_of_february_becomes_the_first_of_march() -> None:
    assert in_years(date(2024, 2, 29), 1) == date(2025, 3, 1)
