"""What may be believed about a patient: pure decisions on plain values."""

from __future__ import annotations

import re
from datetime import date

from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

OLDEST_YEARS = 130
MOST_PEOPLE_CARED_FOR = 20


class AlreadyListed(DomainError):
    message = _("This person is already on your list.")
    code = "person_already_listed"


class TooManyPeople(DomainError):
    message = format_lazy(
        _("You can list at most {most} people. Please phone the hospital."), most=MOST_PEOPLE_CARED_FOR
    )
    code = "too_many_people_cared_for"


def check_can_add_person(*, already_listed: bool, count: int) -> None:
    """Raises AlreadyListed, or TooManyPeople when `count` people are listed already."""
    if already_listed:
        raise AlreadyListed
    if count >= MOST_PEOPLE_CARED_FOR:
        raise TooManyPeople


def birth_date_problem(born: date, *, today: date) -> str | None:
    """A sentence when `born` can't be a living person's date of birth, else None."""
    if born > today:
        return gettext("The date of birth must be in the past.")
    if today.year - born.year > OLDEST_YEARS:
        return gettext("The date of birth can’t be more than %(years)s years ago.") % {"years": OLDEST_YEARS}
    return None


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TYPED_DATES = (
    re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})[ ./-](?P<month>\d{1,2})[ ./-](?P<year>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})[ .]{1,2}(?P<month>[a-z]{3,9})[ .]{1,2}(?P<year>\d{4})(?!\d)", re.IGNORECASE),
    re.compile(r"(?<!\d)(?P<day>\d{2})(?P<month>\d{2})(?P<year>(?:19|20)\d{2})(?!\d)"),
)


def date_in(text: str) -> tuple[date | None, str]:
    """A date as people type it on one line, day first ("31 3 1980", "31/3/1980", "31 March 1980", "31031980") or as
    ISO 8601, and the text without it; None and the whole text when there is none, or no such day."""
    for pattern in _TYPED_DATES:
        found = pattern.search(text)
        if found is None:
            continue
        month = found["month"][:3].casefold()
        number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month) if month.isdigit() else 0
        try:
            return date(int(found["year"]), number, int(found["day"])), text[: found.start()] + text[found.end() :]
        except ValueError:
            continue
    return None, text
