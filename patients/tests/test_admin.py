"""Patients in the admin (H1): no edit breaks a rule, nothing clinical is shown."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.tests.factories import StaffFactory, make_staff
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

ADD = "/admin/patients/patientprofile/add/"


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(StaffFactory())
    return client


def change(patient: PatientProfile) -> str:
    return reverse("admin:patients_patientprofile_change", args=[patient.pk])


def new_patient(**facts: Any) -> dict[str, Any]:
    typed = {
        "full_name": "Nia Neu",
        "email": "nia@example.org",
        "username": "",
        "phone": "020 7946 0999",
        "date_of_birth": "17/05/1990",
        "address": "",
        "emergency_contact_name": "",
        "emergency_contact_phone": "",
    }
    return typed | facts


def test_staff_add_a_patient_with_account_and_profile_together(desk: Client) -> None:
    response = desk.post(ADD, new_patient(role="STAFF", is_staff="on", blood_group="A-", allergies="Latex"))

    assert response.status_code == 302
    patient = PatientProfile.objects.get()
    assert (patient.user.full_name, patient.user.role, patient.user.is_staff) == ("Nia Neu", Role.PATIENT, False)
    assert patient.user.username.startswith("nia-")
    assert (patient.blood_group, patient.allergies) == ("", "")


def test_a_taken_address_is_refused_beside_the_field_and_no_half_account_stays(desk: Client) -> None:
    make_patient(email="nia@example.org")
    before = User.objects.count()

    response = desk.post(ADD, new_patient(email="NIA@example.org"))

    assert "email" in response.context["adminform"].form.errors
    assert (User.objects.count(), PatientProfile.objects.count()) == (before, 1)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("date_of_birth", {"date_of_birth": f"{timezone.now() + timedelta(days=2):%d/%m/%Y}"}),
        ("date_of_birth", {"date_of_birth": "01/01/1800"}),
        ("phone", {"phone": "call me"}),
        ("emergency_contact_phone", {"emergency_contact_phone": "x"}),
    ],
)
def test_details_that_break_a_rule_are_refused_beside_the_field(
    desk: Client, field: str, typed: dict[str, str]
) -> None:
    patient = make_patient()

    added = desk.post(ADD, new_patient(**typed))
    changed = desk.post(change(patient), new_patient(**typed))

    assert field in added.context["adminform"].form.errors
    assert field in changed.context["adminform"].form.errors
    assert PatientProfile.objects.get().user.full_name == "Pat Patient"


def test_an_edit_changes_what_it_shows_and_nothing_else(desk: Client) -> None:
    patient = make_patient(allergies="Latex", medical_history="Migraine", email="pat@example.org")
    forbidden = {"allergies": "", "medical_history": "", "user": "1", "email": "thief@example.org", "role": "STAFF"}

    assert desk.post(change(patient), new_patient(full_name="Pat Núñez", **forbidden)).status_code == 302

    after = PatientProfile.objects.get(pk=patient.pk)
    assert (after.user.full_name, after.user.search_name) == ("Pat Núñez", "pat nunez")
    assert (after.allergies, after.medical_history) == ("Latex", "Migraine")
    assert (after.user_id, after.user.email, after.user.role) == (patient.user_id, "pat@example.org", Role.PATIENT)


@pytest.mark.parametrize(("kind", "shown"), [(StaffRole.RECEPTION, False), (StaffRole.ADMINISTRATOR, True)])
def test_what_is_clinical_is_read_by_those_who_may_and_changed_by_nobody_here(
    client: Client, kind: StaffRole, shown: bool
) -> None:
    patient = make_patient(allergies="Penicillin-secret", medical_history="History-secret", blood_group="AB-")
    client.force_login(make_staff(kind))

    page = client.get(change(patient)).content.decode()

    assert "Pat Patient" in page
    assert [word in page for word in ("Penicillin-secret", "History-secret", "AB−")] == [shown] * 3
    assert "blood_group" not in re.findall(r'name="([^"]+)"', page)


def test_a_patient_is_never_deleted(desk: Client) -> None:
    patient = make_patient()

    assert desk.post(f"/admin/patients/patientprofile/{patient.pk}/delete/", {"post": "yes"}).status_code == 403
    assert PatientProfile.objects.filter(pk=patient.pk).exists()


@pytest.mark.parametrize("query", ["nunez pat", "Núñez", "pat@example", "0123"])
def test_a_patient_is_found_by_name_mail_or_phone(desk: Client, query: str) -> None:
    make_patient(full_name="Zed Other")
    found = make_patient(full_name="Pat Núñez", email="pat@example.org")
    User.objects.filter(pk=found.user_id).update(phone="020 7946 0123")

    page = desk.get("/admin/patients/patientprofile/", {"q": query})

    assert list(page.context["cl"].result_list) == [found]


def test_the_choice_of_a_patient_tells_two_of_one_name_apart(desk: Client) -> None:
    make_patient(full_name="Pat Twin", date_of_birth=timezone.now().date().replace(year=1980, month=1, day=2))
    make_patient(full_name="Pat Twin")
    asked = {"term": "twin", "app_label": "bookings", "model_name": "booking", "field_name": "patient"}

    told = [found["text"] for found in desk.get("/admin/autocomplete/", asked).json()["results"]]

    assert len(told) == len(set(told)) == 2
    assert any("2 January 1980" in text for text in told)


def test_the_list_costs_the_same_with_one_row_and_with_twenty(desk: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get("/admin/patients/patientprofile/").status_code == 200
        return len(queries)

    make_patient()
    cost()
    one = cost()
    for _ in range(19):
        make_patient()
    assert cost() == one
