"""What each member of staff may do: given by administrators, never by anybody to themselves (H1, A7)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.services import create_account
from accounts.staff.rights import KIND_WORDS, OnlySuperusers, OwnRights, give_rights
from accounts.tests.factories import PASSWORD, StaffFactory, make_staff, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

LIST = "/admin/accounts/user/"


@pytest.fixture
def boss() -> User:
    return make_staff(StaffRole.ADMINISTRATOR)


@pytest.fixture
def office(client: Client, boss: User) -> Client:
    """The administrator's browser, just signed in."""
    sign_in(client, boss)
    return client


@pytest.fixture
def clerk() -> User:
    return make_staff(StaffRole.RECEPTION, full_name="Rea Clerk")


def change(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def typed(user: User, *kinds: str, **facts: Any) -> dict[str, Any]:
    who = {"full_name": user.full_name, "email": user.email, "phone": user.phone}
    return {**who, "is_staff": "on", "kinds": kinds, **facts}


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


# On the pages


def test_an_administrator_makes_an_account_and_says_what_it_is_for(office: Client) -> None:
    form = {"full_name": "Mo New", "email": "mo@example.org", "username": "mo", "phone": "", "is_superuser": "on"}

    assert office.post(f"{LIST}add/", {**form, "kinds": ["RECEPTION", "MANAGER"]}).status_code == 302

    mo = User.objects.get(username="mo")
    assert mo.staff_roles == {StaffRole.RECEPTION, StaffRole.MANAGER}
    assert (mo.role, mo.is_staff, mo.is_superuser) == (Role.STAFF, True, False)


def test_each_kind_is_a_box_with_what_it_may_do_beside_it(office: Client, clerk: User) -> None:
    page = office.get(change(clerk)).content.decode()

    assert all(words.split(":")[0] in page for words in KIND_WORDS.values())
    assert page.count('name="kinds"') == len(StaffRole)
    assert "user_permissions" not in page
    assert 'name="groups"' not in page
    assert 'name="is_superuser"' not in page


def test_an_administrator_changes_what_somebody_works_as(office: Client, clerk: User) -> None:
    others = Group.objects.create(name="Choir")
    clerk.groups.add(others)

    assert office.post(change(clerk), typed(clerk, "MANAGER")).status_code == 302

    assert again(clerk).staff_roles == {StaffRole.MANAGER}
    assert others in again(clerk).groups.all()
    assert office.post(change(clerk), typed(clerk)).status_code == 302
    assert again(clerk).staff_roles == frozenset()


def test_a_kind_nobody_knows_is_refused(office: Client, clerk: User) -> None:
    response = office.post(change(clerk), typed(clerk, "EMPEROR"))

    assert "kinds" in response.context["adminform"].form.errors
    assert again(clerk).staff_roles == {StaffRole.RECEPTION}


def test_a_superuser_is_made_by_superusers_alone(client: Client, office: Client, clerk: User) -> None:
    office.post(change(clerk), typed(clerk, "RECEPTION", is_superuser="on"))
    assert not again(clerk).is_superuser

    sign_in(client, StaffFactory())
    assert client.post(change(clerk), typed(clerk, "RECEPTION", is_superuser="on")).status_code == 302
    assert again(clerk).is_superuser


def test_nobody_raises_themselves(office: Client, boss: User) -> None:
    boss.groups.add(Group.objects.get(name="Reception"))

    page = office.get(change(boss)).content.decode()
    office.post(change(boss), typed(boss, *StaffRole.values, is_superuser="on", full_name="Still Me"))

    assert 'name="full_name"' in page
    assert 'name="kinds"' not in page
    assert again(boss).staff_roles == {StaffRole.ADMINISTRATOR, StaffRole.RECEPTION}
    assert (again(boss).is_superuser, again(boss).full_name) == (False, "Still Me")


def test_an_administrator_can_not_touch_a_superuser(office: Client) -> None:
    root = StaffFactory(email="root@example.org")

    assert office.get(change(root)).status_code == 200
    assert office.post(change(root), typed(root, email="thief@example.org")).status_code == 403
    page = office.post(LIST, {"action": "deactivate", "_selected_action": [root.pk]}, follow=True)

    assert "0 accounts deactivated. 1 refused" in str(next(iter(page.context["messages"])))
    assert (again(root).email, again(root).is_active) == ("root@example.org", True)


def test_an_administrator_can_not_touch_another(client: Client, office: Client) -> None:
    other = make_staff(StaffRole.ADMINISTRATOR, email="other@example.org")

    assert office.post(change(other), typed(other, email="thief@example.org")).status_code == 403
    assert office.post(change(other), typed(other, "RECEPTION")).status_code == 403
    assert office.post(reverse("admin:send_password_link", args=[other.pk])).status_code == 403
    page = office.post(LIST, {"action": "deactivate", "_selected_action": [other.pk]}, follow=True)
    assert "0 accounts deactivated. 1 refused" in str(next(iter(page.context["messages"])))
    assert (again(other).email, again(other).is_active) == ("other@example.org", True)
    assert again(other).staff_roles == {StaffRole.ADMINISTRATOR}

    sign_in(client, StaffFactory())
    assert client.post(change(other), typed(other, "ADMINISTRATOR", email="new@example.org")).status_code == 302
    assert again(other).email == "new@example.org"


def test_an_administrator_keeps_the_accounts_of_reception_and_managers(office: Client, clerk: User) -> None:
    assert office.post(change(clerk), typed(clerk, "RECEPTION", email="rea@example.org")).status_code == 302

    assert again(clerk).email == "rea@example.org"


@pytest.mark.parametrize("kind", [StaffRole.RECEPTION, StaffRole.MANAGER])
def test_other_kinds_see_no_accounts(client: Client, clerk: User, kind: StaffRole) -> None:
    sign_in(client, make_staff(kind))

    assert [client.get(path).status_code for path in (LIST, f"{LIST}add/", change(clerk))] == [403] * 3
    assert client.post(change(clerk), typed(clerk, *StaffRole.values)).status_code == 403
    assert again(clerk).staff_roles == {StaffRole.RECEPTION}


def test_who_gives_rights_shows_first_that_it_is_them(client: Client, boss: User, clerk: User) -> None:
    client.force_login(boss)

    asked = [client.get(f"{LIST}add/"), client.post(change(clerk), typed(clerk, *StaffRole.values))]

    assert all(page["Location"].startswith("/accounts/reauthenticate/") for page in asked)
    assert again(clerk).staff_roles == {StaffRole.RECEPTION}


def test_the_list_says_what_each_works_as_and_filters_by_it(office: Client, clerk: User) -> None:
    page = office.get(LIST, {"groups__id__exact": Group.objects.get(name="Reception").pk})

    assert list(page.context["cl"].result_list) == [clerk]
    assert '<td class="field-works_as">Reception</td>' in page.content.decode()


# The service itself, whichever road leads to it


def test_the_rules_hold_on_every_road(boss: User, clerk: User) -> None:
    with pytest.raises(OwnRights):
        give_rights(user=boss, kinds=StaffRole.values, by=boss)
    with pytest.raises(OnlySuperusers):
        give_rights(user=clerk, kinds=[], is_superuser=True, by=boss)
    for above in (StaffFactory(), make_staff(StaffRole.ADMINISTRATOR)):
        with pytest.raises(OnlySuperusers):
            give_rights(user=above, kinds=[], by=boss)
    with pytest.raises(PermissionDenied):
        give_rights(user=boss, kinds=[], by=clerk)


def test_somebody_without_an_entry_is_let_in_with_the_first_kind(boss: User) -> None:
    former = create_account(
        role=Role.STAFF, username="former", email="f@example.org", password=PASSWORD, full_name="Former"
    )

    assert give_rights(user=former, kinds=["MANAGER"], by=boss).is_staff
    assert again(former).staff_roles == {StaffRole.MANAGER}
