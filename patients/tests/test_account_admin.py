"""Accounts of patients and doctors in the admin (H1): a desk may mend them, and can't make them anything else."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.tests.factories import PASSWORD, StaffFactory, make_staff, sign_in
from audit.choices import Kind
from audit.models import Entry
from integrations.models import OutgoingMessage
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
    sign_in(client, root)
    forbidden = {"role": "STAFF", "is_staff": "on", "is_superuser": "on", "username": "thief", "is_active": ""}

    assert client.post(change(pat), typed(pat, **forbidden)).status_code == 302

    after = User.objects.get(pk=pat.pk)
    assert (after.role, after.is_staff, after.is_superuser) == (Role.PATIENT, False, False)
    assert (after.username, after.is_active) == ("pat", True)


def test_staff_without_superuser_change_patients_but_no_colleague(
    client: Client, root: User, clerk: User, pat: User
) -> None:
    sign_in(client, clerk)

    assert client.post(change(pat), typed(pat, full_name="Patricia Patient", is_superuser="on")).status_code == 302
    assert client.post(change(root), typed(root, email="thief@example.org")).status_code == 403

    assert User.objects.get(pk=pat.pk).full_name == "Patricia Patient"
    assert User.objects.get(pk=root.pk).email == root.email


def test_who_changes_the_address_of_a_patient_shows_first_that_it_is_them(
    client: Client, clerk: User, pat: User
) -> None:
    client.force_login(clerk)

    answer = client.post(change(pat), typed(pat, email="thief@example.org"))

    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert User.objects.get(pk=pat.pk).email == "pat@example.org"
    assert client.get(change(pat))["Location"].startswith("/accounts/reauthenticate/")


def test_administrators_reset_the_second_step_of_patients(client: Client, clerk: User, pat: User) -> None:
    TOTP.activate(pat, "JBSWY3DPEHPK3PXP")
    sign_in(client, clerk)

    assert client.post(reverse("admin:reset_second_factor", args=[pat.pk])).status_code == 302

    assert not Authenticator.objects.filter(user=pat).exists()


def password_link(user: User) -> str:
    return reverse("admin:send_password_link", args=[user.pk])


@pytest.mark.parametrize("who", ["root", "clerk"])
def test_staff_mail_a_link_by_which_only_the_owner_chooses_a_password(
    client: Client, pat: User, who: str, request: pytest.FixtureRequest
) -> None:
    staff = request.getfixturevalue(who)
    sign_in(client, staff)
    assert password_link(pat) in client.get(change(pat)).content.decode()
    assert "pat@example.org" in client.get(password_link(pat)).content.decode()
    assert not OutgoingMessage.objects.filter(action="PASSWORD_RESET").exists()

    said = client.post(password_link(pat), {"password1": "Thief-Words-77", "email": "thief@example.org"}, follow=True)

    assert "A link is on its way to pat@example.org." in said.content.decode()
    mail = OutgoingMessage.objects.get(action="PASSWORD_RESET")
    assert mail.data["to"]["email"] == "pat@example.org"
    entry = Entry.objects.get(pgh_label=Kind.PASSWORD_LINK_SENT)
    assert (entry.actor_id, entry.object_id) == (staff.pk, str(pat.pk))
    assert User.objects.get(pk=pat.pk).check_password(PASSWORD)
    new = {"password1": "Quiet-Harbour-42", "password2": "Quiet-Harbour-42"}
    owner = Client()
    owner.post(owner.get(urlsplit(mail.data["url"]).path, follow=True).redirect_chain[-1][0], new)
    assert User.objects.get(pk=pat.pk).check_password("Quiet-Harbour-42")


def test_a_link_goes_to_nobody_closed_invited_oneself_or_above(client: Client, root: User, clerk: User) -> None:
    sign_in(client, clerk)
    closed = StaffFactory(is_active=False, is_superuser=False)
    invited = StaffFactory(is_superuser=False)
    invited.set_unusable_password()
    invited.save()
    for user in (root, clerk, closed, invited):
        assert password_link(user) not in client.get(change(user)).content.decode()
        assert client.post(password_link(user)).status_code == 403
    assert client.post(f"{LIST}0/password-link/").status_code == 404
    assert not OutgoingMessage.objects.exists()


def test_nobody_types_the_password_of_another(client: Client, root: User, pat: User) -> None:
    sign_in(client, root)
    new = {"password1": "Other-Unusual-Words", "password2": "Other-Unusual-Words", "usable_password": "true"}

    client.post(f"{LIST}{pat.pk}/password/", new)

    assert User.objects.get(pk=pat.pk).check_password(PASSWORD)
