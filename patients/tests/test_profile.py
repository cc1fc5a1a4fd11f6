"""A patient's own details (A8), and who sees patients (A7)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.test import Client

from accounts.choices import Role, StaffRole
from accounts.permissions import TABLE, Can, may
from accounts.tests.factories import StaffFactory, make_staff
from patients.models import PatientProfile
from patients.selectors import own_patient, patients_visible_to
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
PAGE = "/patient/profile/"
TYPED = {
    "full_name": "Ada Lovelace",
    "phone": "020 7946 0004",
    "date_of_birth_0": "10",
    "date_of_birth_1": "12",
    "date_of_birth_2": "1985",
    "address": "1 Riverside Walk\r\nLondon",
    "emergency_contact_name": "Annabella Byron",
    "emergency_contact_phone": "020 7946 0005",
    "blood_group": "AB-",
    "allergies": "Penicillin",
    "medical_history": "None",
}


@pytest.fixture
def patient(client: Client) -> PatientProfile:
    patient = make_patient(full_name="Ada Byron", email="ada@example.org")
    client.force_login(patient.user)
    return patient


def test_everything_can_be_filled_in_later(client: Client, patient: PatientProfile) -> None:
    assert client.post(PAGE, TYPED)["Location"] == PAGE
    patient = PatientProfile.objects.get()
    assert (patient.user.full_name, patient.user.phone) == ("Ada Lovelace", "+442079460004")
    assert (patient.date_of_birth, patient.blood_group, patient.allergies) == (date(1985, 12, 10), "AB-", "Penicillin")
    assert patient.address.split() == ["1", "Riverside", "Walk", "London"]
    assert patient.emergency_contact_name == "Annabella Byron"
    page = client.get(PAGE).content.decode()
    assert all(value in page for value in ("Annabella Byron", "Penicillin", 'value="1985"', "Your details are saved."))


def test_the_page_leads_to_e_mail_and_password(client: Client, patient: PatientProfile) -> None:
    page = client.get(PAGE).content.decode()
    assert 'href="/accounts/email/"' in page
    assert 'href="/accounts/password/change/"' in page
    assert "ada@example.org" in page


def test_nothing_else_can_be_changed_here(client: Client, patient: PatientProfile) -> None:
    other = make_patient(full_name="Other")
    client.post(PAGE, TYPED | {"user": str(other.user_id), "pk": str(other.pk), "role": "STAFF", "email": "x@y.org"})
    other.user.refresh_from_db()
    patient.user.refresh_from_db()
    assert other.user.full_name == "Other"
    assert (patient.user.role, patient.user.email) == ("PATIENT", "ada@example.org")


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"full_name": ""}, "full_name", "Enter your full name."),
        ({"blood_group": "Z+"}, "blood_group", "Select a valid choice. Z+ is not one of the available choices."),
        ({"date_of_birth_2": "2999"}, "date_of_birth", "The date of birth must be in the past."),
        ({"emergency_contact_name": ""}, "emergency_contact_name", "Enter the name of your emergency contact."),
        (
            {"emergency_contact_phone": ""},
            "emergency_contact_phone",
            "Enter a phone number for your emergency contact.",
        ),
    ],
)
def test_what_will_not_do_gets_a_sentence_and_the_rest_is_kept(
    client: Client, patient: PatientProfile, change: dict[str, str], field: str, sentence: str
) -> None:
    response = client.post(PAGE, TYPED | change)
    assert response.context["form"].errors == {field: [sentence]}
    assert "Penicillin" in response.content.decode()
    patient.refresh_from_db()
    assert patient.allergies == ""


HOSTILE = ["x" * 10_000, "🦉" * 9_000, "\u202eevil", "<script>alert(1)</script>", "{{ 7*7 }}", "محمد"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("field", TYPED)
def test_hostile_text_never_breaks_the_page(client: Client, patient: PatientProfile, field: str, text: str) -> None:
    response = client.post(PAGE, TYPED | {field: text})
    if response.status_code == 302:
        response = client.get(PAGE)
    else:
        assert response.context["form"].errors
    assert response.status_code == 200
    assert "<script>alert(1)" not in response.content.decode()


def test_only_patients_have_this_page(client: Client) -> None:
    client.force_login(StaffFactory())
    assert client.get(PAGE).status_code == 403
    assert Client().get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"


def test_a_patient_sees_themselves_staff_see_everybody() -> None:
    mine, other, staff = make_patient(), make_patient(), StaffFactory()
    assert list(patients_visible_to(mine.user)) == [mine]
    assert set(patients_visible_to(staff)) == {mine, other}
    assert not patients_visible_to(AnonymousUser()).exists()
    mine.user.is_active = False
    assert not patients_visible_to(mine.user).exists()


def test_only_a_patient_is_a_patient(django_assert_num_queries: Any) -> None:
    patient, staff = make_patient(), StaffFactory()
    assert own_patient(patient.user) == patient
    assert own_patient(staff) is None
    with django_assert_num_queries(0):
        assert own_patient(AnonymousUser()) is None


def test_the_desk_sees_patients_and_a_manager_does_not() -> None:
    patient = make_patient()

    assert set(patients_visible_to(make_staff(StaffRole.RECEPTION))) == {patient}
    assert set(patients_visible_to(make_staff(StaffRole.MANAGER))) == set()


def test_a_group_of_staff_makes_no_staff_of_a_patient() -> None:
    user = make_patient().user
    user.groups.add(Group.objects.get(name=StaffRole.ADMINISTRATOR.group_name))

    assert {permission for permission in Can if may(user, permission)} == TABLE[Role.PATIENT]
