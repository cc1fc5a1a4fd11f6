"""What may be believed about a patient: pure decisions on plain values."""

from __future__ import annotations

from datetime import date

from core.errors import DomainError

OLDEST_YEARS = 130
MOST_PEOPLE_CARED_FOR = 20


class AlreadyListed(DomainError):
    message = "This person is already on your list."


class TooManyPeople(DomainError):
    message = f"You can list at most {MOST_PEOPLE_CARED_FOR} people. Please phone the hospital."


def check_can_add_person(*, already_listed: bool, count: int) -> None:
    """Raises AlreadyListed, or TooManyPeople when `count` people are listed already."""
    if already_listed:
        raise AlreadyListed
    if count >= MOST_PEOPLE_CARED_FOR:
        raise TooManyPeople


def birth_date_problem(born: date, *, today: date) -> str | None:
    """A sentence when `born` can't be a living person's date of birth, else None."""
    if born > today:
        return "The date of birth must be in the past."
    if today.year - born.year > OLDEST_YEARS:
        return f"The date of birth can't be more than {OLDEST_YEARS} years ago."
    return None
