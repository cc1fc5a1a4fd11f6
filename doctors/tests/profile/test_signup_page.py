"""A doctor makes their own account (A2, A4, A5)."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import follow_link
from doctors.models import DoctorProfile
from doctors.tests.factories import DepartmentFactory, make_doctor
from doctors.tests.people import patient_account

pytestmark = pytest.mark.django_db

ADDRESS = "/accounts/signup/doctor/"
PASSWORD = "plum-Kettle-orbit"


def answers(**changes: str) -> dict[str, str]:
    facts = {
        "full_name": "Ana  Álvarez",
        "email": "Ana@Example.org",
        "username": "ana",
        "phone": "020 7946 0001",
        "password": PASSWORD,
        "licence_number": "GMC 123",
        "specialization": "Cardiology",
        "department": str(DepartmentFactory().pk) if "department" not in changes else "",
        "qualification": "MD",
        "years_of_experience": "12",
        "consultation_fee_cents": "120.50",
        "biography": "Hello.\nسلام",
    }
    return facts | changes


def test_a_doctor_signs_up_is_signed_in_and_waits_for_approval(client: Client) -> None:
    response = client.post(ADDRESS, answers())
    assert response.status_code == 302
    assert response.url == "/accounts/signup/sent/"
    assert follow_link(client, "ana@example.org")["Location"] == reverse("dashboards:doctor")
    doctor = DoctorProfile.objects.get()
    assert int(client.session["_auth_user_id"]) == doctor.user_id
    assert (doctor.user.full_name, doctor.user.role) == ("Ana Álvarez", "DOCTOR")
    assert (doctor.consultation_fee_cents, doctor.years_of_experience) == (12_050, 12)
    assert not doctor.is_listed
    assert "waiting for approval" in client.get(reverse("doctors:availability")).content.decode()


def test_without_the_need_of_approval_patients_see_the_doctor_at_once(client: Client, settings: object) -> None:
    settings.DOCTORS_NEED_APPROVAL = False  # type: ignore[attr-defined]
    client.post(ADDRESS, answers())
    assert DoctorProfile.objects.get().is_listed


def test_posted_role_approval_and_rights_change_nothing(client: Client) -> None:
    sly = {
        "role": "STAFF",
        "is_staff": "on",
        "is_superuser": "on",
        "approved_at": "2020-01-01",
        "slug": "x",
        "user": "1",
    }
    client.post(ADDRESS, answers(**sly))
    doctor = DoctorProfile.objects.get()
    assert (doctor.user.role, doctor.user.is_staff, doctor.user.is_superuser) == ("DOCTOR", False, False)
    assert doctor.approved_at is None
    assert doctor.slug != "x"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"full_name": ""}, "full_name", "Enter your full name."),
        ({"full_name": "Ana\r\nBcc: x"}, "full_name", "Use one line of ordinary text."),
        ({"full_name": "x" * 10_000}, "full_name", "at most 120 characters"),
        ({"email": "nonsense"}, "email", "Enter an e-mail address in the right form"),
        ({"phone": "call me"}, "phone", "Enter a phone number"),
        ({"password": "password12"}, "password", "too common"),
        ({"password": "short"}, "password", "too short"),
        ({"licence_number": ""}, "licence_number", "Enter your licence number."),
        ({"department": "999999"}, "department", "Choose a department from the list."),
        ({"years_of_experience": "71"}, "years_of_experience", "at most 70 years"),
        ({"years_of_experience": "🩺"}, "years_of_experience", "Enter a whole number."),
        ({"consultation_fee_cents": "-1"}, "consultation_fee_cents", "Enter an amount from 0 to 100000, like 120."),
        ({"consultation_fee_cents": "1e400"}, "consultation_fee_cents", "Enter an amount from 0 to 100000, like 120."),
        ({"consultation_fee_cents": "NaN"}, "consultation_fee_cents", "Enter an amount from 0 to 100000, like 120."),
        ({"consultation_fee_cents": "12.345"}, "consultation_fee_cents", "at most 2 digits after the point"),
        ({"biography": "x" * 10_000}, "biography", "at most 4000 characters"),
    ],
)
def test_bad_input_gets_a_sentence_beside_its_field_and_keeps_the_rest(
    client: Client, changes: dict[str, str], field: str, sentence: str
) -> None:
    response = client.post(ADDRESS, answers(**changes))
    assert response.status_code == 200
    errors = " ".join(response.context["form"][field].errors)
    assert errors
    assert sentence in errors
    page = unescape(response.content.decode())
    assert "Error: Create a doctor’s account" in page
    kept = "ana" if field != "username" else "020 7946 0001"
    assert f'value="{kept}"' in page
    assert PASSWORD not in page
    assert not User.objects.exists()


def test_a_licence_somebody_has_is_said_beside_it(client: Client) -> None:
    other = make_doctor(email="taken@example.org", username="taken", licence_number="GMC 1")
    for email in ("new@example.org", "taken@example.org"):
        response = client.post(ADDRESS, answers(licence_number="GMC 1", email=email))
        errors = " ".join(response.context["form"]["licence_number"].errors)
        assert "There is already a doctor with this licence number." in errors
        assert list(response.context["form"].errors) == ["licence_number"]
    assert list(DoctorProfile.objects.all()) == [other]


def test_a_safe_next_is_kept_and_a_foreign_one_is_not(client: Client) -> None:
    page = client.get(ADDRESS, {"next": "/doctor/profile/"}).content.decode()
    assert 'name="next" value="/doctor/profile/"' in page
    client.post(ADDRESS, answers(next="/doctor/profile/"))
    assert follow_link(client, "ana@example.org")["Location"] == "/doctor/profile/"
    client.logout()
    other = answers(next="//evil.example/", username="b", email="b@example.org", licence_number="2")
    client.post(ADDRESS, other)
    assert follow_link(client, "b@example.org")["Location"] == reverse("dashboards:doctor")


def test_who_is_signed_in_is_sent_on(client: Client) -> None:
    client.force_login(patient_account())
    assert client.get(ADDRESS).status_code == 302
    client.post(ADDRESS, answers())
    assert not DoctorProfile.objects.exists()


def test_signing_up_again_and_again_is_slowed_down(client: Client) -> None:
    statuses = [client.post(ADDRESS, {}).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]


def test_a_specialization_is_spelled_as_colleagues_spell_it(client: Client) -> None:
    make_doctor(specialization="General Surgery")
    client.post(ADDRESS, answers(specialization=" general   surgery"))
    assert DoctorProfile.objects.get(user__username="ana").specialization == "General Surgery"
