"""Accounts of patients and doctors in the admin (H1): a desk may mend them, and can't make them anything else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.tests.factories import PASSWORD, StaffFactory, make_staff, sign_in
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

LIST = "/admin/accounts/user/"


@pytest.fixture
def root() -> User:
    return StaffFactory()


@pytest.fixture
def clerk() -> User:
    """Staff without superuser who may change accounts."""
    return make_staff(StaffRole.ADMINISTRATOR)


@pytest.fixture
def pat() -> User:
    return make_patient(username="pat", email="pat@example.org").user


def change(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def typed(user: User, **facts: Any) -> dict[str, Any]:
    return {"full_name": user.full_name, "email": user.email, "phone": user.phone, **facts}


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", LIST, "/admin/nowhere/"])
def test_the_admin_is_closed_to_patients(client: Client, pat: User, path: str) -> None:
    client.force_login(pat)
    assert client.get(path).status_code == 403


def test_role_username_and_powers_of_a_patient_can_not_be_posted(client: Client, root: User, pat: User) -> None:
    client.force_login(root)
    forbidden = {"role": "STAFF", "is_staff": "on", "is_superuser": "on", "username": "thief", "is_active": ""}

    assert client.post(change(pat), typed(pat, **forbidden)).status_code == 302

    after = User.objects.get(pk=pat.pk)
    assert (after.role, after.is_staff, after.is_superuser) == (Role.PATIENT, False, False)
    assert (after.username, after.is_active) == ("pat", True)


def test_staff_without_superuser_change_patients_but_no_colleague(
    client: Client, root: User, clerk: User, pat: User
) -> None:
    client.force_login(clerk)

    assert client.post(change(pat), typed(pat, full_name="Patricia Patient", is_superuser="on")).status_code == 302
    assert client.post(change(root), typed(root, email="thief@example.org")).status_code == 403

    assert User.objects.get(pk=pat.pk).full_name == "Patricia Patient"
    assert User.objects.get(pk=root.pk).email == root.email


def test_only_superusers_set_a_password(client: Client, root: User, clerk: User, pat: User) -> None:
    new = {"password1": "Other-Unusual-Words", "password2": "Other-Unusual-Words", "usable_password": "true"}
    path = f"{LIST}{pat.pk}/password/"

    sign_in(client, clerk)
    assert client.post(path, new).status_code == 403
    assert User.objects.get(pk=pat.pk).check_password(PASSWORD)

    sign_in(client, root)
    assert client.get(path).status_code == 200
    assert client.post(path, new).status_code == 302
    assert User.objects.get(pk=pat.pk).check_password("Other-Unusual-Words")
