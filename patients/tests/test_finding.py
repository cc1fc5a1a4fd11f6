"""Finding a patient as the caller says who they are (C10)."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from patients.rules import date_in
from patients.selectors import find_patients, read_query
from patients.services import register_without_account
from patients.tests.factories import make_patient, make_person

BORN = date(1980, 3, 31)


@pytest.mark.parametrize(
    ("text", "born", "rest"),
    [
        ("31 3 1980", BORN, ""),
        ("31/3/1980", BORN, ""),
        ("31.03.1980", BORN, ""),
        ("31-3-1980", BORN, ""),
        ("1980-03-31", BORN, ""),
        ("31 March 1980", BORN, ""),
        ("31. mar 1980", BORN, ""),
        ("31031980", BORN, ""),
        ("walker 31 3 1980", BORN, "walker "),
        ("31 2 1980", None, "31 2 1980"),
        ("31 3 80", None, "31 3 80"),
        ("31 Murch 1980", None, "31 Murch 1980"),
        ("0 0 0000", None, "0 0 0000"),
        ("020 7946 0999", None, "020 7946 0999"),
        ("٣١ ٣ ١٩٨٠", BORN, ""),
        ("", None, ""),
    ],
)
def test_a_date_is_read_as_people_type_it(text: str, born: date | None, rest: str) -> None:
    assert date_in(text) == (born, rest)


@pytest.mark.parametrize(
    ("typed", "words", "born", "email", "phone"),
    [
        ("Walker 31/3/1980", ("walker",), BORN, "", ""),
        ("wanda@Example.org Wanda", ("wanda",), None, "wanda@example.org", ""),
        ("+44 (0)20 7946-0999", (), None, "", "+44 (0)20 7946-0999"),
        ("Wanda 020 7946 0999", ("wanda",), None, "", "020 7946 0999"),
        ("12", (), None, "", ""),
        ("  ", (), None, "", ""),
    ],
)
def test_a_query_is_taken_apart(typed: str, words: tuple[str, ...], born: date | None, email: str, phone: str) -> None:
    asked = read_query(typed)

    assert (asked.words, asked.born, asked.email, asked.phone) == (words, born, email, phone)


@pytest.fixture
def desk(db: None) -> User:
    return make_staff(StaffRole.RECEPTION)


@pytest.fixture
def people(desk: User) -> None:
    make_patient(full_name="Wanda Walker", date_of_birth=BORN, email="wanda@example.org")
    mother = make_patient(full_name="Paula Parent", email="paula@example.org")
    make_person(mother, full_name="Tom Sprout")
    with transaction.atomic():
        register_without_account(
            full_name="Zoë Zweig", date_of_birth=date(2000, 1, 1), phone="+44 (0)20 7946-0555", email="zoe@example.org"
        )


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("walker", {"Wanda Walker"}),
        ("walker wanda", {"Wanda Walker"}),
        ("walker 31 3 1980", {"Wanda Walker"}),
        ("walker 31 3 1981", set()),
        ("31/3/1980", {"Wanda Walker"}),
        ("zoe", {"Zoë Zweig"}),
        ("79460555", {"Zoë Zweig"}),
        ("020 7946 0555", {"Zoë Zweig"}),
        ("+44 20 7946 0555", {"Zoë Zweig"}),
        ("zoe@example", {"Zoë Zweig"}),
        ("paula", {"Paula Parent", "Tom Sprout"}),
        ("PAULA@example.org", {"Paula Parent", "Tom Sprout"}),
        ("7946 0002", {"Wanda Walker", "Paula Parent", "Tom Sprout"}),
        ("tom sprout", {"Tom Sprout"}),
        ("%", set()),
        ("12", set()),
        ("", set()),
    ],
)
def test_who_fits_all_of_it_is_found(desk: User, typed: str, found: set[str]) -> None:
    assert {patient.full_name for patient in find_patients(desk, typed, limit=10)} == found


def test_who_left_is_not_found(desk: User) -> None:
    gone = make_patient(full_name="Gone Girl")
    gone.user.is_active = False
    gone.user.save()

    assert find_patients(desk, "gone", limit=10) == []


@pytest.mark.usefixtures("people")
def test_only_those_who_look_patients_up_find_any() -> None:
    manager, stranger = make_staff(StaffRole.MANAGER), make_patient(full_name="Somebody Else").user

    assert [find_patients(user, "walker", limit=10) for user in (manager, stranger)] == [[], []]
