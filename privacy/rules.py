"""How long a record is kept: a pure decision.

NHS England, Records Management Code of Practice (2021, updated 2023), appendix II: eight years after the last contact;
of children until their 25th birthday, or their 26th when they were 17 at the last contact, if that is later.
https://transform.england.nhs.uk/information-governance/guidance/records-management-code/
GDPR Art. 17(3)(b) and (c) allow to keep for that long what a law or public health asks for.
"""

from __future__ import annotations

from datetime import date

ADULT = 18
CHILDREN_UNTIL = 25
NEARLY_ADULT_UNTIL = 26


def kept_until(*, last_contact: date | None, born: date | None, years: int) -> date | None:
    """The day from which a record need not be kept; None when there never was a contact to record."""
    if last_contact is None:
        return None
    due = in_years(last_contact, years)
    if born is None:
        return due
    age = _age(born, last_contact)
    if age >= ADULT:
        return due
    return max(due, in_years(born, NEARLY_ADULT_UNTIL if age == ADULT - 1 else CHILDREN_UNTIL))


def in_years(day: date, years: int) -> date:
    """The same day so many years on; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
