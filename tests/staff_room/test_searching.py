"""How lists of the admin are searched and leafed through (H1)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import QueryDict

from accounts.models import User
from accounts.tests.factories import StaffFactory
from core.admin.lists import matching
from core.templatetags.admin_days import days_of
from core.text.phones import sought_digits

NAMES = ("search_name__holds_word", "email__icontains", "phone__digits__contains")


@pytest.mark.parametrize("typed", ["7 Elm Street", "ABCD-2345", "123", "", "31/3"])
def test_what_is_no_phone_number_is_not_sought_as_one(typed: str) -> None:
    assert sought_digits(typed) == ()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("alvarez ana", True),
        ("ÁLVAREZ", True),
        ("lvare", True),
        ("ana@exam", True),
        ("+44 20 7946 0123", True),
        ("0123", True),
        ("ana smith", False),
        ("0124", False),
        ("%", False),
        ("_", False),
    ],
)
def test_every_word_must_be_found_in_any_order_accents_aside(typed: str, found: bool) -> None:
    StaffFactory(full_name="Ana Álvarez", email="ana@example.org", phone="(020) 7946-0123")

    assert User.objects.filter(matching(User, typed, NAMES)).exists() is found


@pytest.mark.django_db
def test_nothing_typed_finds_all() -> None:
    StaffFactory()

    assert User.objects.filter(matching(User, "  ", NAMES)).count() == 1


@pytest.mark.django_db
def test_where_no_field_may_be_searched_nothing_is_found() -> None:
    StaffFactory()

    assert not User.objects.filter(matching(User, "sam", ())).exists()


# The calendar above a list


def calendar(**chosen: int) -> dict[str, Any]:
    params = {f"date_joined__{part}": str(value) for part, value in chosen.items()}

    def query(new: dict[str, str], remove: list[str]) -> str:
        assert remove == ["date_joined__"]
        asked = QueryDict(mutable=True)
        asked.update({**new, "q": "kept"})
        return f"?{asked.urlencode()}"

    return days_of(SimpleNamespace(model=User, date_hierarchy="date_joined", params=params, get_query_string=query))


def titles(shown: dict[str, Any]) -> list[str]:
    return [one["title"] for one in shown["choices"]]


@pytest.fixture
def joined(db: None) -> None:
    for moment in (datetime(2025, 11, 20, 12, tzinfo=UTC), datetime(2026, 2, 3, 9, tzinfo=UTC)):
        StaffFactory(date_joined=moment)


@pytest.mark.usefixtures("joined")
def test_the_calendar_leads_from_years_to_days() -> None:
    assert titles(calendar()) == ["2025", "2026"]
    assert titles(calendar(year=2025)) == ["November 2025", "December 2025"]
    assert titles(calendar(year=2026, month=2)) == ["1 February", "2 February", "3 February"]
    assert titles(calendar(year=2026, month=2, day=3)) == ["3 February"]


@pytest.mark.usefixtures("joined")
def test_the_calendar_leads_back_and_keeps_what_was_asked() -> None:
    assert calendar(year=2026)["back"] == {"link": "?q=kept", "title": "All dates"}
    assert calendar(year=2026, month=2)["back"]["link"] == "?date_joined__year=2026&q=kept"
    assert calendar(year=2026, month=2, day=3)["back"]["title"] == "February 2026"
    assert calendar()["choices"][0]["link"] == "?date_joined__year=2025&q=kept"


@pytest.mark.django_db
def test_a_list_of_one_year_begins_with_its_months_and_an_empty_one_has_no_calendar() -> None:
    assert calendar() == {"show": False}

    StaffFactory(date_joined=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    assert titles(calendar()) == ["December 2026"]


@pytest.mark.django_db
def test_days_are_those_of_the_hospitals_clock(settings: Any) -> None:
    StaffFactory(date_joined=datetime(2026, 7, 31, 23, 30, tzinfo=UTC))

    assert titles(calendar()) == ["August 2026"]
    assert date(2026, 8, 1).strftime("%-d %B") in titles(calendar(year=2026, month=8))
