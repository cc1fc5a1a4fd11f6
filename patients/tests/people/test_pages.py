"""People a patient cares for (C11): listed, added, changed; nobody else's are ever seen."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.tests.factories import StaffFactory
from patients.models import PatientProfile
from patients.rules import MOST_PEOPLE_CARED_FOR, AlreadyListed, TooManyPeople
from patients.selectors import people_cared_for, people_to_book_for
from patients.services import add_dependent
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db

LIST, NEW = "/patient/people/", "/patient/people/new/"


@pytest.fixture
def parent() -> PatientProfile:
    return make_patient(full_name="Paula Parent")


@pytest.fixture
def browser(parent: PatientProfile) -> Client:
    client = Client()
    client.force_login(parent.user)
    return client


def typed(**answers: str) -> dict[str, str]:
    facts = {
        "full_name": "Tom Parent",
        "relationship": "my son",
        "phone": "",
        "blood_group": "",
        "allergies": "Peanuts",
        "medical_history": "",
    }
    born = {"date_of_birth_0": "4", "date_of_birth_1": "6", "date_of_birth_2": "2015"}
    return facts | born | answers


def edit(person: PatientProfile) -> str:
    return reverse("patients:person_edit", args=[person.pk])


def test_somebody_is_added_and_listed(browser: Client, parent: PatientProfile) -> None:
    response = browser.post(NEW, typed(), follow=True)
    page = response.content.decode()
    person = PatientProfile.objects.get(guardian=parent.user)
    assert (person.full_name, person.date_of_birth, person.relationship) == ("Tom Parent", date(2015, 6, 4), "my son")
    assert (person.allergies, person.user, person.email) == ("Peanuts", None, parent.email)
    for words in ["Tom Parent", "my son", "Born Thursday 4 June 2015", "Peanuts"]:
        assert words in page


def test_adding_comes_back_to_where_it_was_needed(browser: Client) -> None:
    back = browser.post(f"{NEW}?next=/doctors/", typed())["Location"]
    assert back == f"/doctors/?person={PatientProfile.objects.get(own_name='Tom Parent').pk}"
    assert browser.post(f"{NEW}?next=//evil.example/", typed(full_name="Other"))["Location"] == LIST


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("full_name", "", "Enter their full name."),
        ("full_name", "two\nlines", "Use one line of ordinary text."),
        ("full_name", "x" * 121, "at most 120"),
        ("date_of_birth_2", "", "needs a day, a month and a year"),
        ("date_of_birth_0", "31", "real date"),
        ("date_of_birth_2", "2999", "must be in the past"),
        ("phone", "call me", "Enter a phone number"),
        ("relationship", "x" * 61, "at most 60"),
        ("blood_group", "Z", "Select a valid choice"),
        ("allergies", "x" * 2_001, "at most 2000"),
    ],
)
def test_a_bad_answer_gets_a_sentence_and_the_others_are_kept(
    browser: Client, field: str, value: str, sentence: str
) -> None:
    response = browser.post(NEW, typed(medical_history="Kept as it is") | {field: value})
    page = response.content.decode()
    assert response.status_code == 200
    assert sentence in page
    assert "Kept as it is" in page
    assert not people_cared_for(PatientProfile.objects.get().user).exists()


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "Ælfgifu Ünlü", "عمر", "{{ 7|add:7 }}", "'; DROP TABLE x;--", "ﷺ" * 100]
)
def test_whatever_a_name_is_it_is_kept_and_shown_harmlessly(browser: Client, name: str) -> None:
    page = browser.post(NEW, typed(full_name=name, relationship=name[:60]), follow=True).content.decode()
    assert escape(name) in page
    assert "<script>alert" not in page


def test_nobody_is_listed_twice(browser: Client, parent: PatientProfile) -> None:
    make_person(parent, full_name="Tom Parent", date_of_birth=date(2015, 6, 4))
    page = browser.post(NEW, typed(full_name="  tom   PARENT ")).content.decode()
    assert str(AlreadyListed.message) in page
    assert people_cared_for(parent.user).count() == 1


def test_the_list_has_an_end(parent: PatientProfile) -> None:
    for number in range(MOST_PEOPLE_CARED_FOR):
        make_person(parent, full_name=f"Child {number}")
    with pytest.raises(TooManyPeople):
        make_person(parent, full_name="One More")


def test_who_was_removed_comes_back_as_the_same_person(parent: PatientProfile) -> None:
    tom = make_person(parent, full_name="Tom Parent", date_of_birth=date(2015, 6, 4))
    PatientProfile.objects.filter(pk=tom.pk).update(removed_at="2026-01-01T00:00Z")
    assert not people_cared_for(parent.user).exists()
    again = add_dependent(guardian=parent.user, full_name="Tom Parent", date_of_birth=date(2015, 6, 4))
    assert again == tom
    assert list(people_cared_for(parent.user)) == [tom]


def test_their_details_are_changed(browser: Client, parent: PatientProfile) -> None:
    tom = make_person(parent, full_name="Tom Parent", allergies="Peanuts")
    assert "Peanuts" in browser.get(edit(tom)).content.decode()
    browser.post(edit(tom), typed(full_name="Thomas Parent", allergies="", phone="020 7946 0123"))
    tom.refresh_from_db()
    assert (tom.full_name, tom.allergies, tom.phone, tom.date_of_birth) == (
        "Thomas Parent",
        "",
        "+442079460123",
        date(2015, 6, 4),
    )


def test_nobody_sees_or_changes_anothers_people(browser: Client, parent: PatientProfile) -> None:
    other = make_person(make_patient(), full_name="Hidden Child")
    make_person(parent, full_name="Own Child")
    page = browser.get(LIST).content.decode()
    assert "Own Child" in page
    assert "Hidden Child" not in page
    assert [browser.get(edit(other)).status_code, browser.post(edit(other), typed()).status_code] == [404, 404]
    assert browser.get("/patient/people/99999999999999999999/edit/").status_code == 404
    other.refresh_from_db()
    assert other.full_name == "Hidden Child"


def test_one_edits_oneself_on_ones_own_page_only(browser: Client, parent: PatientProfile) -> None:
    assert browser.get(edit(parent)).status_code == 404
    assert browser.get(edit(make_person(parent))).status_code == 200


def test_only_patients_have_such_a_list() -> None:
    client = Client()
    client.force_login(StaffFactory())
    assert [client.get(path).status_code for path in (LIST, NEW)] == [403, 403]


def test_one_is_first_among_those_one_books_for(parent: PatientProfile) -> None:
    zoe, adam = (make_person(parent, full_name=name) for name in ("Zoe Parent", "Adam Parent"))
    make_person(make_patient(), full_name="Another's")
    assert people_to_book_for(parent.user) == [parent, adam, zoe]


def test_the_list_costs_the_same_with_one_and_with_twenty(
    browser: Client, parent: PatientProfile, django_assert_num_queries: object
) -> None:
    for count in (1, 19):
        for number in range(count):
            make_person(parent, full_name=f"Child {count} {number}")
        with django_assert_num_queries(2):  # type: ignore[operator]
            page = browser.get(LIST).content.decode()
        assert page.count(f"Child {count} ") >= count
