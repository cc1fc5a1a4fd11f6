"""Staff need a second step, and staff who have lost theirs are helped (A6)."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.choices import StaffRole
from accounts.models import User
from accounts.second_factor.services import NEEDED
from accounts.tests.browser import is_in
from accounts.tests.factories import StaffFactory, make_staff, sign_in, verify
from accounts.tests.second_factor.test_second_factor import code_of
from audit.choices import Kind
from audit.models import Entry

pytestmark = pytest.mark.django_db
SECURITY = "/accounts/security/"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def needed(settings: Any) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True


@pytest.fixture
def ada() -> User:
    return verify(StaffFactory(username="ada"))


def with_app(user: User) -> User:
    TOTP.activate(user, SECRET)
    return user


@pytest.mark.usefixtures("needed")
class TestTheGate:
    @pytest.mark.parametrize(
        "path",
        ["/", "/admin/", "/admin/accounts/user/", "/accounts/me/", "/accounts/profile/", "/doctors/"],
    )
    def test_staff_without_one_are_led_to_the_page_that_sets_one_up(self, client: Client, ada: User, path: str) -> None:
        client.force_login(ada)

        assert client.get(path)["Location"] == SECURITY

    def test_nothing_is_written_either(self, client: Client, ada: User) -> None:
        client.force_login(ada)
        client.post("/accounts/me/", {"full_name": "Somebody Else", "phone": ""})

        assert User.objects.get(pk=ada.pk).full_name != "Somebody Else"

    def test_the_way_out_and_the_way_there_are_open(self, client: Client, ada: User) -> None:
        sign_in(client, ada)
        assert "Set up a second step before you continue" in client.get(SECURITY).content.decode()
        assert client.get("/accounts/2fa/totp/activate/").status_code == 200
        assert client.get("/accounts/2fa/webauthn/add/").status_code == 200
        assert client.get("/accounts/password/change/").status_code == 200
        assert client.post("/accounts/logout/")["Location"] == "/"

    def test_once_it_is_set_up_everything_opens(self, client: Client, ada: User) -> None:
        sign_in(client, ada)
        secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
        client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})

        assert client.get("/admin/").status_code == 200

    def test_recovery_codes_alone_do_not_count(self, client: Client, ada: User) -> None:
        Authenticator.objects.create(
            user=ada, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "", "used_mask": 0}
        )
        client.force_login(ada)

        assert client.get("/admin/")["Location"] == SECURITY

    def test_the_last_one_is_not_taken_off(self, client: Client, ada: User) -> None:
        sign_in(client, with_app(ada))
        assert str(NEEDED) in client.get("/accounts/2fa/totp/deactivate/").content.decode()
        client.post("/accounts/2fa/totp/deactivate/")

        assert Authenticator.objects.filter(user=ada).exists()

    def test_nor_is_the_last_passkey(self, client: Client, ada: User) -> None:
        key = Authenticator.objects.create(user=ada, type=Authenticator.Type.WEBAUTHN, data={"name": "Laptop"})
        sign_in(client, ada)
        client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/")
        assert Authenticator.objects.filter(pk=key.pk).exists()
        sign_in(client, with_app(ada))
        client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/")

        assert not Authenticator.objects.filter(pk=key.pk).exists()

    def test_asking_costs_no_query(self, client: Client, ada: User, settings: Any) -> None:
        sign_in(client, with_app(ada))
        with CaptureQueriesContext(connection) as needed:
            client.get("/accounts/me/")
        settings.STAFF_NEED_SECOND_FACTOR = False
        with CaptureQueriesContext(connection) as free:
            client.get("/accounts/me/")

        assert len(needed) == len(free)

    def test_a_page_in_place_is_left_as_a_whole(self, client: Client, ada: User) -> None:
        client.force_login(ada)

        assert client.get("/accounts/me/", HTTP_HX_REQUEST="true")["HX-Redirect"] == SECURITY


def test_where_it_is_not_needed_staff_go_on(client: Client, ada: User) -> None:
    client.force_login(ada)

    assert client.get("/admin/").status_code == 200


def test_the_demo_says_that_its_staff_are_excused(client: Client, ada: User, settings: Any) -> None:
    settings.DEMO = True
    client.force_login(ada)

    assert "This is the demo" in client.get(SECURITY).content.decode()


def test_where_it_is_not_needed_it_may_be_taken_off(client: Client, ada: User) -> None:
    sign_in(client, with_app(ada))
    client.post("/accounts/2fa/totp/deactivate/")

    assert not Authenticator.objects.filter(user=ada).exists()


# Lost


def reset(user: User) -> str:
    return f"/admin/accounts/user/{user.pk}/second-factor/"


@pytest.fixture
def root(client: Client) -> User:
    root = StaffFactory(username="root")
    sign_in(client, root)
    return root


def test_a_superuser_resets_it_and_the_person_is_signed_out(client: Client, root: User, ada: User) -> None:
    there = Client()
    sign_in(there, with_app(ada))
    assert is_in(there)
    assert "First make sure" in client.get(reset(ada)).content.decode()
    assert client.post(reset(ada)).status_code == 302

    assert not Authenticator.objects.filter(user=ada).exists()
    assert not is_in(there)
    entry = Entry.objects.get(pgh_label=Kind.SECOND_FACTOR_REMOVED)
    assert (entry.actor_id, entry.object_id) == (root.pk, str(ada.pk))


def test_looking_at_the_page_changes_nothing(client: Client, root: User, ada: User) -> None:
    with_app(ada)
    client.get(reset(ada))

    assert Authenticator.objects.filter(user=ada).exists()


def test_nobody_resets_their_own(client: Client, root: User) -> None:
    sign_in(client, with_app(root))

    assert client.post(reset(root)).status_code == 403
    assert Authenticator.objects.filter(user=root).exists()


@pytest.mark.parametrize("kind", StaffRole)
def test_of_staff_only_superusers_reset_it(client: Client, ada: User, kind: StaffRole) -> None:
    colleague = with_app(make_staff(StaffRole.RECEPTION))
    with_app(ada)
    sign_in(client, make_staff(kind))

    for user in (ada, colleague):
        assert client.post(reset(user)).status_code == 403
        assert Authenticator.objects.filter(user=user).exists()


@pytest.fixture
def long_ago(root: User) -> Client:
    """The superuser, who signed in long ago as far as the session knows."""
    client = Client()
    client.force_login(root)
    return client


def test_resetting_asks_again_who_it_is(long_ago: Client, ada: User) -> None:

    assert "/accounts/reauthenticate/" in long_ago.get(reset(ada))["Location"]


def test_giving_rights_asks_again_who_it_is(long_ago: Client, ada: User) -> None:
    for page in (
        f"/admin/accounts/user/{ada.pk}/change/",
        "/admin/accounts/user/add/",
        f"/admin/accounts/user/{ada.pk}/password-link/",
    ):
        assert "/accounts/reauthenticate/" in long_ago.get(page)["Location"]


def test_the_rows_of_second_factors_have_no_page_in_the_admin(client: Client, root: User) -> None:
    assert client.get("/admin/mfa/authenticator/").status_code == 404


def test_on_the_server_it_is_reset_by_command(ada: User) -> None:
    said = StringIO()
    call_command("reset_second_factor", with_app(ada).email, stdout=said)

    assert not Authenticator.objects.filter(user=ada).exists()
    assert "can now sign in with just their password" in said.getvalue()
    assert Entry.objects.filter(pgh_label=Kind.SECOND_FACTOR_REMOVED, place="reset_second_factor").count() == 1


def test_the_command_says_when_there_is_nobody_of_that_name() -> None:
    with pytest.raises(CommandError, match="There is no account nobody"):
        call_command("reset_second_factor", "nobody")
