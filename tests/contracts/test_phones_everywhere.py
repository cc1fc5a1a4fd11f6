"""A phone number is asked in one way, kept in one form, shown and found as people write it: everywhere."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import PASSWORD, follow_link, make_staff, sign_in
from core.fields.phones import PhoneField
from patients.models import PatientProfile
from patients.selectors import find_patients
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db
KEPT = "+442079460100"
WAYS = ["(020) 7946 0100", "\u202a+44 20 7946 0100\u202c", "020\u00a07946\u00a00100", "020.7946.0100", "020/7946 0100"]
SIGN_UP = {
    "full_name": "Ada Byron",
    "email": "ada@example.org",
    "username": "",
    "password": PASSWORD,
    "date_of_birth_0": "10",
    "date_of_birth_1": "12",
    "date_of_birth_2": "1985",
}


def test_every_field_for_a_number_is_of_the_one_kind() -> None:
    import_module("hms_project.urls")
    fields = {
        f"{form.__module__}.{form.__qualname__}.{name}": field
        for form in _subclasses(forms.BaseForm)
        if not form.__module__.startswith(("django", "allauth"))
        for name, field in getattr(form, "base_fields", {}).items()
        if "phone" in name and isinstance(field, forms.CharField)
    }
    assert len(fields) >= 8
    assert [name for name, field in fields.items() if not isinstance(field, PhoneField)] == []


def _subclasses(kind: type) -> set[type]:
    return {found for subclass in kind.__subclasses__() for found in ({subclass} | _subclasses(subclass))}


@pytest.mark.parametrize("way", WAYS)
def test_a_patient_signs_up_and_keeps_an_emergency_contact_with_any_way_of_writing(client: Client, way: str) -> None:
    assert client.post(reverse("patients:signup"), SIGN_UP | {"phone": way}).status_code == 302
    follow_link(client, SIGN_UP["email"])
    patient = PatientProfile.objects.get()
    assert patient.phone == KEPT

    page = client.get(reverse("patients:edit_profile"))
    assert 'value="020 7946 0100"' in page.text
    details = {name: value for name, value in SIGN_UP.items() if name != "password"}
    details |= {"phone": way, "emergency_contact_name": "Bo", "emergency_contact_phone": f"{way} ext 12"}
    assert client.post(reverse("patients:edit_profile"), details).status_code == 302
    patient.refresh_from_db()
    assert patient.emergency_contact_phone == f"{KEPT};ext=12"


def test_a_refusal_stands_beside_the_field_with_what_was_typed(client: Client) -> None:
    page = client.post(reverse("patients:signup"), SIGN_UP | {"phone": "7946 0100"})

    assert page.status_code == 200
    assert page.context["form"].errors["phone"][0].startswith("This number is too short.")
    assert 'value="7946 0100"' in page.text
    assert 'value="Ada Byron"' in page.text


@pytest.mark.parametrize("way", [*WAYS, "020 7946 0100 ext 12", "7946 0100"])
def test_desk_and_admin_find_by_any_way_of_writing(client: Client, way: str) -> None:
    staff = make_staff(StaffRole.ADMINISTRATOR)
    patient = make_patient()
    User.objects.filter(pk=patient.user_id).update(phone=KEPT)
    other = make_patient()
    person = make_person(patient, own_phone="")

    assert set(find_patients(staff, way, limit=9)) == {patient, person}
    client.force_login(staff)
    for called, found, missing in (
        ("patients_patientprofile", patient.pk, other.pk),
        ("accounts_user", patient.user_id, other.user_id),
    ):
        page = client.get(reverse(f"admin:{called}_changelist"), {"q": way})
        assert page.status_code == 200
        keys = {row.pk for row in page.context["cl"].result_list}
        assert found in keys
        assert missing not in keys
        assert "020 7946 0100" in page.text


@pytest.mark.parametrize("way", WAYS)
def test_the_desk_finds_a_number_that_was_written_down_in_another_way_before(way: str) -> None:
    patient, person = make_patient(), make_person(make_patient())
    User.objects.filter(pk=patient.user_id).update(phone="(020) 7946-0100 (Mum)")
    PatientProfile.objects.filter(pk=person.pk).update(own_phone="020.7946.0100 evenings")

    assert set(find_patients(make_staff(StaffRole.RECEPTION), way, limit=9)) == {patient, person}


def test_an_administrator_sees_and_saves_numbers_as_people_write_them(client: Client) -> None:
    account = make_staff(StaffRole.RECEPTION, phone="(020) 7946 0100")
    sign_in(client, make_staff(StaffRole.ADMINISTRATOR))
    url = reverse("admin:accounts_user_change", args=[account.pk])

    page = client.get(url)
    assert account.phone == KEPT
    assert 'value="020 7946 0100"' in page.text

    User.objects.filter(pk=account.pk).update(is_superuser=True)
    shown = client.get(url).text  # only to be looked at
    assert "020 7946 0100" in shown
    assert KEPT not in shown


def test_the_migration_keeps_what_is_no_number() -> None:
    patient, odd = make_patient(), make_patient()
    person = make_person(patient)
    User.objects.filter(pk=patient.user_id).update(phone="(020) 7946-0100")
    User.objects.filter(pk=odd.user_id).update(phone="7946 0100 (Mum)")
    PatientProfile.objects.filter(pk=person.pk).update(own_phone="020 7946 0101", emergency_contact_phone="unknown")

    for name in ("accounts.migrations.0011_phones_as_e164", "patients.migrations.0009_phones_as_e164"):
        for step in import_module(name).Migration.operations:
            if hasattr(step, "code"):
                with connection.schema_editor() as editor:
                    step.code(apps, editor)

    person.refresh_from_db()
    numbers: dict[int, Any] = dict(User.objects.values_list("pk", "phone"))
    assert numbers[patient.user_id] == KEPT
    assert numbers[odd.user_id] == "7946 0100 (Mum)"
    assert (person.own_phone, person.emergency_contact_phone) == ("+442079460101", "unknown")
    assert person.date_of_birth == date(2015, 6, 4)
