"""What may be believed about a patient: pure decisions on plain values."""

from __future__ import annotations

from datetime import date

OLDEST_YEARS = 130


def birth_date_problem(born: date, *, today: date) -> str | None:
    """A sentence when `born` can't be a living person's date of birth, else None."""
    if born > today:
        return "The date of birth must be in the past."
    if today.year - born.year > OLDEST_YEARS:
        return f"The date of birth can't be more than {OLDEST_YEARS} years ago."
    return None
