"""Accounts and the admin site itself (H1): nobody raises themselves, nobody is deleted."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.choices import Role
from accounts.models import User
from accounts.services import create_account
from accounts.tests.factories import PASSWORD, StaffFactory, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

LIST = "/admin/accounts/user/"


@pytest.fixture
def root() -> User:
    return StaffFactory()


@pytest.fixture
def desk(client: Client, root: User) -> Client:
    sign_in(client, root)
    return client


@pytest.fixture
def clerk() -> User:
    """Staff to whom somebody gave the rights of the admin by hand, which the table of permissions knows nothing of."""
    clerk = StaffFactory(is_superuser=False)
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return clerk


def make_account(username: str = "pat") -> User:
    """Somebody who works here and may not use the admin."""
    return create_account(
        role=Role.STAFF, username=username, email=f"{username}@example.org", password=PASSWORD, full_name="Pat Former"
    )


def change(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def typed(user: User, **facts: Any) -> dict[str, Any]:
    return {"full_name": user.full_name, "email": user.email, "phone": user.phone, **facts}


# The door


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/?next=/admin/", LIST])
def test_who_is_signed_out_goes_to_the_one_sign_in_page(client: Client, path: str) -> None:
    response = client.get(path, follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=/admin/")


def test_staff_who_may_not_use_the_admin_are_kept_out(client: Client) -> None:
    client.force_login(make_account(username="former"))

    assert client.get("/admin/").status_code == 403


@pytest.mark.parametrize(
    ("name", "target"), [("logout", "account_logout"), ("password_change", "account_change_password")]
)
def test_signing_out_and_passwords_have_one_page_each(desk: Client, name: str, target: str) -> None:
    assert desk.post(reverse(f"admin:{name}")).url == reverse(target)


@pytest.mark.parametrize("path", ["account/emailaddress/", "auth/group/", "mfa/authenticator/"])
def test_rows_the_services_keep_in_step_have_no_page_of_their_own(desk: Client, path: str) -> None:
    assert desk.get(f"/admin/{path}").status_code == 404


# Adding


def test_a_superuser_adds_staff_and_nothing_else(desk: Client) -> None:
    form = {"full_name": "Sam New", "email": "Sam@example.org", "username": "sam", "phone": ""}
    forbidden = {"role": "DOCTOR", "is_superuser": "on", "groups": "1", "password": "Three-Unusual-Words"}

    assert desk.post(f"{LIST}add/", {**form, "kinds": ["MANAGER"], **forbidden}).status_code == 302

    sam = User.objects.get(username="sam")
    assert (sam.role, sam.is_staff, sam.is_superuser, sam.email) == (Role.STAFF, True, False, "sam@example.org")
    assert EmailAddress.objects.filter(user=sam, email="sam@example.org", primary=True).exists()
    assert sam.staff_roles == {"MANAGER"}
    assert not sam.has_usable_password()


def test_a_taken_name_or_address_is_refused_beside_the_field(desk: Client) -> None:
    make_account()
    form = {"full_name": "Sam", "phone": "", "password": "Three-Unusual-Words"}

    by_mail = desk.post(f"{LIST}add/", {**form, "email": "PAT@example.org", "username": "sam"})
    by_name = desk.post(f"{LIST}add/", {**form, "email": "sam@example.org", "username": "PAT"})

    assert "email" in by_mail.context["adminform"].form.errors
    assert "username" in by_name.context["adminform"].form.errors
    assert not User.objects.filter(full_name="Sam").exists()


def test_rights_given_by_hand_add_nobody(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    form = {"full_name": "S", "email": "s@example.org", "username": "s", "phone": "", "password": "Three-Unusual-Words"}

    assert client.post(f"{LIST}add/", form).status_code == 403


# Changing


def test_another_address_keeps_the_address_row_in_step(desk: Client) -> None:
    pat = make_account()

    assert desk.post(change(pat), typed(pat, email="New@Example.org")).status_code == 302

    pat.refresh_from_db()
    assert pat.email == "new@example.org"
    assert list(EmailAddress.objects.filter(user=pat).values_list("email", "primary", "verified")) == [
        ("new@example.org", True, False)
    ]


def test_saving_without_a_new_address_leaves_a_verified_one_verified(desk: Client) -> None:
    pat = make_account()
    EmailAddress.objects.filter(user=pat).update(verified=True)

    assert desk.post(change(pat), typed(pat, full_name="Patricia Patient")).status_code == 302

    assert EmailAddress.objects.get(user=pat).verified
    assert User.objects.get(pk=pat.pk).full_name == "Patricia Patient"


def test_a_taken_address_is_refused_beside_the_field_and_nothing_changes(desk: Client) -> None:
    pat, other = make_account(), make_account(username="other")

    response = desk.post(change(pat), typed(pat, full_name="Changed", email=other.email.upper()))

    assert response.context["adminform"].form.errors == {"email": ["There is already an account with this e-mail."]}
    assert User.objects.get(pk=pat.pk).full_name == "Pat Former"


@pytest.mark.parametrize("facts", [{"email": "no address"}, {"full_name": "a\nb"}, {"phone": "x"}, {"full_name": ""}])
def test_what_is_no_name_address_or_phone_is_refused(desk: Client, facts: dict[str, str]) -> None:
    pat = make_account()

    response = desk.post(change(pat), typed(pat, **facts))

    assert set(response.context["adminform"].form.errors) == set(facts)


def test_nobody_changes_their_own_rights(desk: Client, root: User, clerk: User) -> None:
    desk.post(change(root), typed(root))
    assert User.objects.get(pk=root.pk).is_superuser

    desk.force_login(clerk)
    assert desk.post(change(clerk), typed(clerk, is_superuser="on")).status_code == 403
    assert not User.objects.get(pk=clerk.pk).is_superuser


# Leaving


def test_nobody_is_deleted_but_anybody_else_can_be_deactivated_and_back(desk: Client, root: User) -> None:
    pat = make_account()

    assert desk.post(f"{LIST}{pat.pk}/delete/", {"post": "yes"}).status_code == 403
    page = desk.post(LIST, {"action": "deactivate", "_selected_action": [pat.pk, root.pk]}, follow=True)

    assert "1 account deactivated. 1 refused" in str(next(iter(page.context["messages"])))
    assert not User.objects.get(pk=pat.pk).is_active
    assert User.objects.get(pk=root.pk).is_active
    desk.post(LIST, {"action": "activate", "_selected_action": pat.pk})
    assert User.objects.get(pk=pat.pk).is_active


def test_staff_without_superuser_deactivate_no_colleague(client: Client, root: User, clerk: User) -> None:
    client.force_login(clerk)

    client.post(LIST, {"action": "deactivate", "_selected_action": root.pk})

    assert User.objects.get(pk=root.pk).is_active


@pytest.mark.parametrize("path", ["/admin/", f"{LIST}999999/change/", f"{LIST}x/change/"])
def test_pages_open_also_for_addresses_that_lead_nowhere(desk: Client, path: str) -> None:
    assert desk.get(path, follow=True).status_code == 200


def test_the_list_costs_the_same_with_one_row_and_with_twenty(desk: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(LIST).status_code == 200
        return len(queries)

    cost()
    one = cost()
    for number in range(19):
        make_account(username=f"pat{number}")
    assert cost() == one
