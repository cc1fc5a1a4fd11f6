"""The second step belongs to the session: whoever waits in one by the password alone waits in vain (A6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.test import Client

from accounts.invitations import services as invitations
from accounts.models import Session, User
from accounts.tests.browser import is_in, signs_in
from accounts.tests.factories import PASSWORD, StaffFactory, sign_in, verify
from accounts.tests.second_factor.test_second_factor import after_password, code_of, turns_on
from accounts.tests.signing_in.test_password_reset import link
from core import clock
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"
PEOPLE: dict[str, Callable[[], User]] = {
    "staff": lambda: StaffFactory(username="ada"),
    "doctor": lambda: make_doctor(username="ada").user,
    "patient": lambda: make_patient(username="ada").user,
}
# Each way to another second step, or to new recovery codes.
FACTORS: dict[str, Callable[[User], Any]] = {
    "app": lambda user: TOTP.activate(user, SECRET),
    "passkey": lambda user: Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={}),
    "codes": RecoveryCodes.activate,
}
# One page of each, that only a signed-in person sees.
OWN_PAGES = {"staff": "/accounts/me/", "doctor": "/doctor/", "patient": "/patient/"}


@pytest.fixture(params=PEOPLE)
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ada(role: str) -> User:
    user = verify(PEOPLE[role]())
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


@pytest.fixture(params=[True, False], ids=["needed of staff", "of one's own will"])
def needed(request: pytest.FixtureRequest, settings: Any) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = request.param


def by_password(user: User) -> Client:
    return signs_in(user.username)


def by_invitation(user: User) -> Client:
    """A link that was read by somebody else as well, who was faster."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    with transaction.atomic():
        invitations.invite(user=user, by=None, now=clock.now())
    link = OutgoingMessage.objects.get(action="INVITATION").data["url"]
    client = Client()
    assert client.post("/" + link.split("/", 3)[3], {"password": PASSWORD}).status_code == 302
    return client


BEGUN = {"the sign-in page": by_password, "an invitation": by_invitation}


@pytest.mark.usefixtures("needed")
@pytest.mark.parametrize("begun", BEGUN)
@pytest.mark.parametrize("factor", FACTORS)
def test_a_session_from_before_is_over_when_a_second_step_is_made(ada: User, begun: str, factor: str) -> None:
    thief = BEGUN[begun](ada)
    assert is_in(thief)
    FACTORS[factor](ada)

    assert not is_in(thief)
    assert not Session.objects.filter(user=ada).exists()


@pytest.mark.usefixtures("needed")
@pytest.mark.parametrize("factor", ["app", "passkey"])
def test_one_that_slipped_through_is_no_full_one_anywhere(
    ada: User, role: str, factor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun in the very moment in which the second step was made: nobody has ended it."""
    monkeypatch.setattr("accounts.second_factor.services.end_sessions", lambda **_: 0)
    for path in (
        OWN_PAGES[role],
        "/",
        "/accounts/security/",
        "/accounts/reauthenticate/",
        "/accounts/2fa/totp/activate/",
    ):
        Authenticator.objects.filter(user=ada).delete()
        thief = by_password(ada)
        assert is_in(thief)
        FACTORS[factor](ada)

        assert thief.get(path)["Location"] == f"/accounts/login/?next={path}"
        assert not is_in(thief)


@pytest.mark.usefixtures("needed")
def test_the_session_that_made_it_goes_on_and_all_others_are_over(ada: User, client: Client, role: str) -> None:
    thief, owner = by_password(ada), by_password(ada)
    turns_on(owner)

    assert owner.get(OWN_PAGES[role]).status_code == 200
    assert not is_in(thief)


def test_new_recovery_codes_end_the_others_and_leave_the_one_that_made_them(ada: User, role: str) -> None:
    TOTP.activate(ada, SECRET)
    thief, owner = Client(), Client()
    sign_in(thief, ada)
    sign_in(owner, ada)
    assert is_in(thief)
    owner.post("/accounts/2fa/recovery-codes/generate/")

    assert owner.get(OWN_PAGES[role]).status_code == 200
    assert not is_in(thief)


@pytest.mark.usefixtures("needed")
def test_signing_in_with_the_second_step_is_a_full_session(ada: User, role: str) -> None:
    TOTP.activate(ada, SECRET)
    owner = after_password()
    owner.post("/accounts/2fa/authenticate/", {"code": code_of(SECRET)})

    assert owner.get(OWN_PAGES[role]).status_code == 200


def test_part_of_a_page_takes_the_whole_window_to_the_sign_in(
    ada: User, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.second_factor.services.end_sessions", lambda **_: 0)
    thief = by_password(ada)
    TOTP.activate(ada, SECRET)

    assert thief.get(OWN_PAGES[role], HTTP_HX_REQUEST="true")["HX-Redirect"].startswith("/accounts/login/")


# A password was given, and the second step is still to come

OWN = "Quiet-Harbour-42"


def test_a_browser_that_waits_itself_still_takes_the_account_back(ada: User) -> None:
    TOTP.activate(ada, SECRET)
    owner = after_password()
    form = owner.get(link(ada), follow=True).redirect_chain[-1][0]
    done = owner.post(form, {"password1": OWN, "password2": OWN}, follow=True)

    assert "Password changed" in done.content.decode()
    assert not is_in(owner)


def test_whose_password_was_given_is_known_until_they_are_in(ada: User) -> None:
    TOTP.activate(ada, SECRET)
    owner = after_password()
    assert [(row.user, row.pending_user) for row in Session.objects.all()] == [(None, ada)]
    owner.post("/accounts/2fa/authenticate/", {"code": code_of(SECRET)})
    assert [(row.user, row.pending_user) for row in Session.objects.all()] == [(ada, None)]
