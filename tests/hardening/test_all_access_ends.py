"""Whoever takes an account back has it to themselves: nothing from before lets anybody in, or its data out (A6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.account.models import EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client

from accounts import access, services
from accounts.invitations import services as invitations
from accounts.known_browsers import guesses_of
from accounts.models import User
from accounts.second_factor.forms import PasskeyAloneForm
from accounts.tests.browser import is_in, signs_in
from accounts.tests.factories import PASSWORD, sign_in
from bookings.calendars import feeds
from core import clock
from core.errors import Busy
from integrations.models import GoogleConnection, OutgoingMessage
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "Quiet-Harbour-42"
Works = Callable[[], bool]


# One way in for each kind there is: made here, it says whether it still works.


def by_session(user: User) -> Works:
    client = Client()
    sign_in(client, user)
    return lambda: is_in(client)


def by_feed(user: User) -> Works:
    feeds.make_feed(user=user, now=clock.now())
    feed = feeds.feed_of(user)
    assert feed
    path = f"/feeds/{feeds.token_of(feed)}.ics"
    return lambda: Client().get(path).status_code == 200


def by_google(user: User) -> Works:
    GoogleConnection.objects.create(
        user=user, sealed_token=GoogleConnection.seal_token(user.pk, "token"), scopes="events", connected_at=clock.now()
    )
    return lambda: GoogleConnection.objects.live().filter(user=user).exists()


def by_passkey(user: User) -> Works:
    """As the form of the sign-in page judges it; that the browser's answer is right was seen by allauth."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Laptop"})

    def works() -> bool:
        form = PasskeyAloneForm()
        form.cleaned_data = {"credential": {}}
        try:
            form.clean_credential()
        except ValidationError:
            return False
        return True

    return works


def by_proposed_address(user: User) -> Works:
    key = EmailConfirmationHMAC(services.propose_email(user=user, email="thief@example.org")).key
    return lambda: Client().get(f"/accounts/confirm-email/{key}/").context["confirmation"] is not None


def by_invitation(user: User) -> Works:
    with transaction.atomic():
        invitations.invite(user=user, by=None, now=clock.now())
    link = str(OutgoingMessage.objects.filter(action="INVITATION").latest("pk").data["url"])
    token = link.rstrip("/").split("/")[-1]
    return lambda: invitations.open_invitation(token, clock.now()) is not None


def by_known_browser(user: User) -> Works:

    client = signs_in("ada")
    cookies = {name: cookie.value for name, cookie in client.cookies.items()}

    @dataclass
    class Request:
        COOKIES: dict[str, str]
        META: dict[str, str]
        headers: dict[str, str]

    request: Any = Request(cookies, {"REMOTE_ADDR": "203.0.113.77"}, {})
    return lambda: "browser" in guesses_of(request, User.objects.get(pk=user.pk))


WAYS: dict[str, Callable[[User], Works]] = {
    "known browser": by_known_browser,  # before there is a second step
    "session": by_session,
    "calendar address": by_feed,
    "Google Calendar": by_google,
    "passkey": by_passkey,
    "proposed address": by_proposed_address,
    "invitation": by_invitation,
}


@pytest.fixture
def any_passkey(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser whose answer is right: what follows is up to us."""
    monkeypatch.setattr(
        "accounts.second_factor.forms._MadeUpAnswers.clean_credential",
        lambda self: Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN),
    )


@pytest.fixture
def ways(ada: User, any_passkey: None, settings: Any) -> dict[str, Works]:
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = "here", "secret"
    made = {name: make(ada) for name, make in WAYS.items()}
    return made | {"session": by_session(ada)}  # one with the second step: the other is over since there is one


def reset_by_link(user: User) -> None:
    """Through the pages, by whoever reads the mailbox."""
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": user.email})
    link = str(OutgoingMessage.objects.filter(action="PASSWORD_RESET").latest("pk").data["url"])
    form = browser.get("/" + link.split("/", 3)[3], follow=True).redirect_chain[-1][0]
    assert browser.post(form, {"password1": NEW, "password2": NEW}).status_code == 302
    assert User.objects.get(pk=user.pk).check_password(NEW)


def test_each_kind_there_is_has_a_way_here() -> None:
    """A new kind without one fails here, and one that nothing ends below."""
    assert {kind.name for kind in access.kinds()} == set(WAYS)


def test_after_a_reset_by_link_no_earlier_way_works(ada: User, ways: dict[str, Works]) -> None:
    works = {name for name, way in ways.items() if way()}
    assert works == set(WAYS) - {"invitation"}  # the control; hers has long been followed
    reset_by_link(ada)

    assert [name for name, way in ways.items() if way()] == []
    assert access.held_by(User.objects.get(pk=ada.pk)) == []


def test_a_passkey_from_before_a_reset_stays_a_second_step(ada: User, any_passkey: None) -> None:
    """Else whoever reads the owner's mail would be rid of it."""
    by_passkey(ada)
    reset_by_link(ada)
    answer = Client().post("/accounts/login/", {"login": "ada", "password": NEW})

    assert answer["Location"] == "/accounts/2fa/authenticate/"


def test_after_staff_reset_the_second_step_nothing_from_before_works(ada: User, ways: dict[str, Works]) -> None:
    services.reset_second_factor(user=ada)
    Authenticator.objects.filter(user=ada).delete()

    stay = {"known browser"}  # lets nobody in, and the password is still hers
    assert {name for name, way in ways.items() if name != "passkey" and way()} == stay


@pytest.mark.parametrize("ends_all", [False, True])
def test_changing_the_password_ends_other_sessions_and_offers_the_rest(
    ada: User, ways: dict[str, Works], ends_all: bool
) -> None:
    owner = Client()
    sign_in(owner, ada)
    new = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW} | ({"ends_all": "on"} if ends_all else {})
    assert owner.post("/accounts/password/change/", new).status_code == 302

    assert is_in(owner)
    rest = set() if ends_all else {"calendar address", "Google Calendar", "proposed address"}
    assert {name for name, way in ways.items() if way()} == {"passkey", *rest}


@pytest.mark.parametrize("ends_all", [False, True])
def test_signing_out_everywhere_else_does_what_it_says(ada: User, ways: dict[str, Works], ends_all: bool) -> None:
    owner = Client()
    sign_in(owner, ada)
    page = owner.get("/accounts/security/").content.decode()
    listed = [held.title for held in access.held_by(ada)]
    assert len(listed) == 3
    assert all(title in page for title in listed)
    owner.post("/accounts/security/end-others/", {"ends_all": "yes"} if ends_all else {})

    assert is_in(owner)
    rest = set() if ends_all else {"calendar address", "Google Calendar", "proposed address"}
    assert {name for name, way in ways.items() if way()} == {"passkey", "known browser", *rest}


def test_what_is_made_while_the_password_is_set_stops_it(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made after the endings and before the account is locked: looked at again under the lock."""
    lock = services.lock_not_erased

    def meanwhile(user: User) -> None:
        feeds.CalendarFeed.objects.create(user=user, digest="x", sealed_token="x", created_at=clock.now())
        lock(user)

    monkeypatch.setattr("accounts.services.lock_not_erased", meanwhile)
    with pytest.raises(Busy):
        services.set_password_by_link(user=ada, password=NEW, now=clock.now())
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)


def test_what_was_asked_for_under_the_old_password_is_not_made_under_the_new_one(ada: User) -> None:
    seen = User.objects.get(pk=ada.pk)
    services.set_password_by_link(user=ada, password=NEW, now=clock.now())
    with pytest.raises(services.AccountChanged):
        feeds.make_feed(user=seen, now=clock.now())

    assert feeds.feed_of(ada) is None


# Making one


MAKES_ONE = ["/calendar/feed/new/", "/calendar/connect/"]


@pytest.fixture
def google_is_on(settings: Any) -> None:
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = "here", "secret"


@pytest.mark.usefixtures("google_is_on")
@pytest.mark.parametrize("path", MAKES_ONE)
def test_it_asks_for_a_confirmed_address(path: str) -> None:
    client = Client()
    sign_in(client, make_patient(verified=False).user)

    assert client.post(path)["Location"].startswith("/accounts/verify/")
    assert not feeds.CalendarFeed.objects.exists()


@pytest.mark.usefixtures("google_is_on")
@pytest.mark.parametrize("path", MAKES_ONE)
def test_it_asks_who_it_is_and_goes_on(ada: User, path: str) -> None:
    client = Client()
    sign_in(client, ada, ago=3600)

    assert "/accounts/reauthenticate/" in client.post(path)["Location"]
    assert not feeds.CalendarFeed.objects.exists()
    assert client.post(f"/accounts/reauthenticate/?next={path}", {"password": PASSWORD}).status_code == 302


def test_reading_the_address_asks_who_it_is_as_well(ada: User) -> None:
    feeds.make_feed(user=ada, now=clock.now())
    client = Client()
    sign_in(client, ada, ago=3600)

    assert "/accounts/reauthenticate/" in client.get("/calendar/feed/")["Location"]


def test_its_owner_hears_of_it_by_mail(ada: User) -> None:
    feeds.make_feed(user=ada, now=clock.now())
    told = OutgoingMessage.objects.get(action="ACCOUNT_NOTICE")

    assert (told.data["notice"], told.data["to"]["email"]) == ("CALENDAR_ADDRESS_MADE", ada.email)
