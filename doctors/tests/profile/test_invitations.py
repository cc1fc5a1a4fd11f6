"""Accounts made for somebody else (H3): nobody but the owner ever types the password."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client

from accounts.choices import StaffRole
from accounts.invitations.services import (
    InvitationGone,
    NotInvited,
    accept,
    invite,
    invite_again,
    invite_staff,
    open_invitation,
)
from accounts.models import Invitation, User
from accounts.tests.factories import PASSWORD as OLD_PASSWORD
from accounts.tests.factories import StaffFactory, make_staff, sign_in, verify
from core import clock
from integrations.models import OutgoingMessage

pytestmark = pytest.mark.django_db
PASSWORD = "three-unusual-words"


@pytest.fixture
def root() -> User:
    return StaffFactory()


@pytest.fixture
def sam(root: User) -> User:
    """Invited, and has not come yet."""
    now = clock.now()
    return invite_staff(username="sam", email="sam@example.org", full_name="Sam New", by=root, now=now)


def link() -> str:
    """The path in the newest invitation."""
    url = OutgoingMessage.objects.filter(action="INVITATION").latest("pk").data["url"]
    return str(url).removeprefix("http://testserver")


def token(path: str) -> str:
    return path.split("/")[-2]


def signs_in(client: Client) -> bool:
    return client.post("/accounts/login/", {"login": "sam", "password": PASSWORD}).status_code == 302


def test_who_is_invited_sets_the_password_and_is_signed_in(client: Client, sam: User) -> None:
    assert "Welcome, Sam New" in client.get(link()).content.decode()

    answer = client.post(link(), {"password": PASSWORD})

    assert answer.status_code == 302
    assert answer.url == "/admin/"
    sam.refresh_from_db()
    assert sam.email_verified
    assert client.get("/accounts/me/").status_code == 200
    assert signs_in(Client())


def test_nobody_can_sign_in_before(sam: User) -> None:
    assert not sam.has_usable_password()
    assert not Client().login(username="sam", password="")


def test_looking_uses_nothing_up(client: Client, sam: User) -> None:
    for _ in range(3):
        assert client.get(link()).status_code == 200
    assert Invitation.objects.filter(user=sam).exists()


def test_the_link_works_once(sam: User) -> None:
    path = link()
    assert Client().post(path, {"password": PASSWORD}).status_code == 302

    answer = Client().post(path, {"password": "another-unusual-word"})

    assert answer.status_code == 404
    assert "no longer works" in answer.content.decode()
    assert signs_in(Client())


def test_of_two_who_follow_it_at_once_the_second_is_refused(sam: User) -> None:
    accept(token=token(link()), password=PASSWORD, now=clock.now())
    with pytest.raises(InvitationGone):
        accept(token=token(link()), password="another-unusual-word", now=clock.now())


def test_it_runs_out(sam: User, settings: Any) -> None:
    sent = Invitation.objects.get(user=sam).sent_at
    last = sent + timedelta(days=settings.INVITATION_DAYS)

    assert open_invitation(token(link()), last - timedelta(seconds=1)) is not None
    assert open_invitation(token(link()), last) is None
    with pytest.raises(InvitationGone):
        accept(token=token(link()), password=PASSWORD, now=last)


def test_the_mail_says_how_long_and_is_thrown_away_when_it_is_dead(sam: User) -> None:
    message = OutgoingMessage.objects.get(action="INVITATION")

    assert message.data["to"] == {"email": "sam@example.org", "name": "Sam New"}
    assert message.data["role"] == "STAFF"
    assert message.data["expires_minutes"] == 7 * 24 * 60
    assert message.expires_at == message.created_at + timedelta(days=7)


def test_the_table_knows_no_link(sam: User) -> None:
    assert token(link()) not in str(Invitation.objects.filter(user=sam).values().get())


def test_a_new_link_ends_the_one_before(client: Client, sam: User, root: User) -> None:
    old = link()
    sign_in(client, root)

    answer = client.post(f"/staff/people/{sam.pk}/invitation/", {"email": "sam@example.org"})

    assert answer.status_code == 302
    assert link() != old
    assert Client().get(old).status_code == 404
    assert Client().get(link()).status_code == 200


def test_a_mistyped_address_is_mended_and_who_got_the_first_mail_gets_nothing_more(
    client: Client, sam: User, root: User
) -> None:
    old = link()
    sign_in(client, root)

    client.post(f"/staff/people/{sam.pk}/invitation/", {"email": "samantha@example.org"})

    assert Client().get(old).status_code == 404
    told = [row.data["to"]["email"] for row in OutgoingMessage.objects.order_by("pk")]
    assert told == ["sam@example.org", "samantha@example.org"]
    Client().post(link(), {"password": PASSWORD})
    sam.refresh_from_db()
    assert (sam.email, sam.email_verified) == ("samantha@example.org", True)


def test_an_address_somebody_else_has_is_refused_beside_the_field(client: Client, sam: User, root: User) -> None:
    StaffFactory(email="taken@example.org")
    sign_in(client, root)
    answer = client.post(f"/staff/people/{sam.pk}/invitation/", {"email": "Taken@example.org"})
    assert answer.context["form"].errors == {"email": ["There is already an account with this e-mail."]}


def test_an_address_changed_elsewhere_ends_the_link_but_not_the_invitation(sam: User, root: User) -> None:
    from accounts.services import change_email  # noqa: PLC0415

    change_email(user=sam, email="other@example.org")

    assert open_invitation(token(link()), clock.now()) is None
    invite_again(user=sam, email="other@example.org", by=root, now=clock.now())
    assert open_invitation(token(link()), clock.now()) is not None


def test_who_has_a_password_is_not_invited_again(client: Client, sam: User, root: User) -> None:
    Client().post(link(), {"password": PASSWORD})
    sent = OutgoingMessage.objects.count()
    client.force_login(root)

    answer = client.post(f"/staff/people/{sam.pk}/invitation/", {"email": "sam@example.org"})

    assert "There’s nothing to send" in answer.content.decode()
    assert OutgoingMessage.objects.count() == sent


def test_a_closed_account_takes_nobody_in(sam: User) -> None:
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert Client().get(link()).status_code == 404


def test_one_that_is_opened_again_needs_a_new_link(sam: User, root: User) -> None:
    from accounts.services import close_account, reopen_account  # noqa: PLC0415

    close_account(user=sam)
    reopen_account(user=sam)

    assert Client().get(link()).status_code == 404
    invite_again(user=sam, email=sam.email, by=root, now=clock.now())
    assert Client().get(link()).status_code == 200


def test_a_weak_password_is_refused_in_words(client: Client, sam: User) -> None:
    answer = client.post(link(), {"password": "short"})
    assert answer.status_code == 200
    assert "10 characters" in str(answer.context["form"].errors["password"])


def test_who_is_signed_in_as_somebody_else_is_asked_to_sign_out(client: Client, sam: User, root: User) -> None:
    client.force_login(root)
    answer = client.post(link(), {"password": PASSWORD})
    assert "Sign out first" in answer.content.decode()
    sam.refresh_from_db()
    assert not sam.has_usable_password()


def test_the_link_is_made_with_the_account_or_not_at_all(sam: User, root: User) -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"), transaction_free():
        invite(user=sam, by=root, now=clock.now())


class transaction_free:  # noqa: N801
    """Outside of any transaction, although the test itself runs in one."""

    def __enter__(self) -> None:
        self.connection = transaction.get_connection()
        self.before, self.connection.in_atomic_block = self.connection.in_atomic_block, False

    def __exit__(self, *_: object) -> None:
        self.connection.in_atomic_block = self.before


def test_reception_keeps_no_accounts_of_staff(client: Client, sam: User) -> None:
    client.force_login(make_staff(StaffRole.RECEPTION))
    assert client.get(f"/staff/people/{sam.pk}/invitation/").status_code == 404


def test_nothing_is_sent_when_the_address_is_taken(sam: User, root: User) -> None:
    from accounts.rules import EmailTaken  # noqa: PLC0415

    with pytest.raises(EmailTaken):
        invite_again(user=sam, email=root.email, by=root, now=clock.now())
    assert OutgoingMessage.objects.filter(action="INVITATION").count() == 1
    assert open_invitation(token(link()), clock.now()) is not None


# Whose account nobody gets by it


def page_of(user: User) -> str:
    return f"/staff/people/{user.pk}/invitation/"


@pytest.fixture
def boss() -> User:
    return make_staff(StaffRole.ADMINISTRATOR)


def superuser_without_password() -> User:
    """As the command line makes one."""
    return User.objects.create_superuser("chief", "chief@example.org")


def invited_administrator(root: User) -> User:
    kit = invite_staff(username="kit", email="kit@example.org", full_name="Kit", by=root, now=clock.now())
    kit.groups.add(Group.objects.get(name=StaffRole.ADMINISTRATOR.group_name))
    return kit


@pytest.mark.parametrize("invited", [False, True])
def test_an_administrator_becomes_no_superuser_by_an_invitation(client: Client, boss: User, invited: bool) -> None:
    chief = superuser_without_password()
    if invited:
        with transaction.atomic():
            invite(user=chief, by=None, now=clock.now())
    sent = OutgoingMessage.objects.count()
    sign_in(client, boss)

    assert client.get(page_of(chief)).status_code == 404
    assert client.post(page_of(chief), {"email": "thief@example.org"}).status_code == 404
    with pytest.raises(PermissionDenied):
        invite_again(user=chief, email="thief@example.org", by=boss, now=clock.now())

    chief.refresh_from_db()
    assert (chief.email, OutgoingMessage.objects.count()) == ("chief@example.org", sent)


def test_nor_another_administrator(client: Client, root: User, boss: User) -> None:
    kit = invited_administrator(root)
    sign_in(client, boss)

    assert client.post(page_of(kit), {"email": "thief@example.org"}).status_code == 404
    with pytest.raises(PermissionDenied):
        invite_again(user=kit, email="thief@example.org", by=boss, now=clock.now())

    sign_in(client, root)
    assert client.post(page_of(kit), {"email": "kit@example.com"}).status_code == 302


def test_an_administrator_sends_the_invitations_of_others_again(client: Client, sam: User, boss: User) -> None:
    sign_in(client, boss)

    assert client.post(page_of(sam), {"email": "samantha@example.org"}).status_code == 302

    assert Client().get(link()).status_code == 200


def test_who_was_never_invited_is_not_invited_again(client: Client, root: User) -> None:
    chief = superuser_without_password()
    sign_in(client, root)

    answer = client.post(page_of(chief), {"email": "thief@example.org"})

    assert "wasn’t created by an invitation" in answer.content.decode()
    with pytest.raises(NotInvited):
        invite_again(user=chief, email="thief@example.org", by=root, now=clock.now())
    assert not OutgoingMessage.objects.exists()


def test_who_sends_one_again_shows_first_that_it_is_them(client: Client, sam: User, root: User) -> None:
    old = link()
    client.force_login(root)

    asked = client.post(page_of(sam), {"email": "thief@example.org"})["Location"]

    assert asked.startswith("/accounts/reauthenticate/")
    sam.refresh_from_db()
    assert (sam.email, link()) == ("sam@example.org", old)
    assert client.post(asked, {"password": OLD_PASSWORD}).status_code == 302
    assert OutgoingMessage.objects.latest("pk").data["to"]["email"] == "thief@example.org"


def test_an_address_that_was_confirmed_hears_of_the_new_one(client: Client, sam: User, root: User) -> None:
    verify(sam)
    sign_in(client, root)

    client.post(page_of(sam), {"email": "samantha@example.org"})

    told = [(row.data["to"]["email"], row.action) for row in OutgoingMessage.objects.order_by("pk")]
    assert told[1:] == [("sam@example.org", "ACCOUNT_NOTICE"), ("samantha@example.org", "INVITATION")]


@pytest.mark.ignore_template_errors
def test_staff_are_added_in_the_admin_without_a_password(client: Client, root: User) -> None:
    client.post("/accounts/login/", {"login": root.username, "password": OLD_PASSWORD})
    facts = {"full_name": "Nia New", "email": "nia@example.org", "username": "nia", "phone": ""}

    page = client.get("/admin/accounts/user/add/").content.decode()
    answer = client.post("/admin/accounts/user/add/", facts)

    assert 'name="full_name"' in page
    assert 'name="password"' not in page
    assert answer.status_code == 302
    nia = User.objects.get(username="nia")
    assert (nia.is_staff, nia.has_usable_password()) == (True, False)
    assert Client().get(link()).status_code == 200
