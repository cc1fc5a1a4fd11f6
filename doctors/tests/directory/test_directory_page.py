"""The directory as people see it (B2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.choices import Role
from accounts.models import User
from doctors import selectors
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import DepartmentFactory, make_doctor, make_slot
from doctors.tests.people import patient_account

pytestmark = pytest.mark.django_db

MOST_QUERIES = 6


def page(client: Client, **query: str) -> str:
    response = client.get(reverse("doctors:directory"), query)
    assert response.status_code == 200
    return response.content.decode()


def warm_queries(client: Client, **query: str) -> int:
    page(client, **query)  # fills the cache of departments and specializations
    with CaptureQueriesContext(connection) as captured:
        page(client, **query)
    return len(captured)


def test_everybody_may_look_and_each_time_is_a_link_that_says_it_all(client: Client) -> None:
    slot = make_slot(make_doctor(full_name="Ana Álvarez", consultation_fee_cents=12_050))
    body = page(client)
    assert f"{reverse('bookings:new')}?slot={slot.pk}" in body
    assert "with Dr Ana Álvarez on" in body
    assert "£120.50" in body


def test_search_words_stay_in_the_box_and_escape(client: Client) -> None:
    body = page(client, q='<script>alert("x")</script>')
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert" in body
    assert "No doctors found" in body


def test_a_wrong_date_is_said_beside_it_and_the_rest_still_counts(client: Client) -> None:
    make_doctor(full_name="Ana Álvarez")
    make_doctor(full_name="Ben Other")
    body = page(client, q="ana", before="garbage")
    assert "Enter a date, like 6/8/2026." in body
    assert "Error: Find a doctor" in body
    assert "Ana Álvarez" in body
    assert "Ben Other" not in body


def test_a_day_that_has_passed_is_said_beside_it(client: Client) -> None:
    assert "Choose today or a later day." in page(client, before="2020-01-01")


@pytest.mark.parametrize(("name", "words"), [("specialization", "specialty"), ("department", "department")])
def test_a_filter_that_is_not_in_the_list_is_said_beside_it(client: Client, name: str, words: str) -> None:
    assert f"Choose a {words} from the list." in page(client, **{name: "nonsense"})


def test_the_next_page_keeps_the_filters(client: Client) -> None:
    department = DepartmentFactory(slug="heart")
    for _ in range(11):
        make_doctor(department=department)
    body = page(client, department="heart")
    assert "?department=heart&amp;page=2" in body
    assert "Previous" in page(client, department="heart", page="2")


def test_past_the_end_there_is_a_way_back(client: Client) -> None:
    make_doctor()
    assert "Start from the first page" in page(client, page="40")


def test_an_empty_hospital_says_whom_to_call(client: Client) -> None:
    assert "020 7946 0100" in page(client)


@pytest.mark.parametrize("query", [{}, {"q": "doctor"}, {"page": "2"}, {"before": "2099-01-01"}])
@pytest.mark.parametrize("signed_in", [False, True])
def test_the_number_of_queries_stays_with_the_number_of_doctors(
    client: Client, *, signed_in: bool, query: dict[str, str]
) -> None:
    if signed_in:
        client.force_login(patient_account())
    make_slot(make_doctor(full_name="Doctor One"))
    counts = [warm_queries(client, **query)]
    for number in range(19):
        make_slot(make_doctor(full_name=f"Doctor {number}"))
    counts.append(warm_queries(client, **query))
    many_more()
    counts.append(warm_queries(client, **query))
    assert max(counts) <= MOST_QUERIES
    assert counts[2] <= counts[0] + 1  # a page of doctors with times asks for these; none asks for more
    assert counts[2] <= counts[1]


def many_more(doctors: int = 1_000) -> None:
    """A thousand doctors with a free time each, copied rather than registered one by one."""
    department = DepartmentFactory()
    users = User.objects.bulk_create(
        User(
            username=f"many{n}",
            email=f"many{n}@example.org",
            full_name=f"Doctor {n}",
            search_name=f"doctor {n}",
            role=Role.DOCTOR,
        )
        for n in range(doctors)
    )
    profiles = DoctorProfile.objects.bulk_create(
        DoctorProfile(
            user=user,
            slug=f"many-{user.pk}",
            department=department,
            specialization="Cardiology",
            search_specialization="cardiology",
            qualification="MD",
            licence_number=f"MANY-{user.pk}",
            years_of_experience=1,
            consultation_fee_cents=1,
            approved_at=timezone.now(),
        )
        for user in users
    )
    start = timezone.now() + timedelta(days=2)
    Slot.objects.bulk_create(
        Slot(doctor=profile, starts_at=start, ends_at=start + timedelta(minutes=20)) for profile in profiles
    )
    assert selectors.listed_doctors().count() >= doctors


def test_the_form_before_a_search_knows_new_departments_and_no_search(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    before = page(client)
    page(client, q="cough")
    with django_capture_on_commit_callbacks(execute=True):
        make_doctor(department=DepartmentFactory(name="Chronobiology"))

    after = page(client)

    assert 'type="search"' in before
    assert "Chronobiology</option>" not in before
    assert "Chronobiology</option>" in after
    assert "cough" not in after
