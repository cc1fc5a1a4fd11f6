"""A person's own account pages: e-mail address, staff details, the choice of a sign-up page."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from django.test import Client

from accounts.models import User
from accounts.selectors import proposed_addresses
from accounts.services import propose_email
from accounts.tests.factories import PASSWORD, StaffFactory, follow_link, verify
from accounts.views import SENT_JUST_NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    user = StaffFactory(username="ada", email="ada@example.org", full_name="Ada Byron")
    client.force_login(user)
    return user


def _give_password(client: Client) -> None:
    asked = client.get("/accounts/email/")
    assert asked["Location"] == "/accounts/reauthenticate/?next=%2Faccounts%2Femail%2F"
    assert client.post(asked["Location"], {"password": PASSWORD})["Location"] == "/accounts/email/"


def test_a_new_address_waits_for_the_password(client: Client, ada: User) -> None:
    asked = client.post("/accounts/email/", {"email": "new@example.org"})["Location"]
    assert client.post(asked, {"password": "Wrong-Horse-9"}).context["form"].errors["password"]
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"
    assert client.post(asked, {"password": PASSWORD})["Location"] == "/accounts/profile/"
    assert [address.email for address in proposed_addresses(ada)] == ["new@example.org"]


def test_a_new_address_signs_in_and_the_old_one_does_not(client: Client, ada: User) -> None:
    _give_password(client)
    assert client.post("/accounts/email/", {"email": "New@example.org"})["Location"] == "/accounts/profile/"
    follow_link(client, "new@example.org")
    login = {"login": "new@example.org", "password": PASSWORD}
    assert Client().post("/accounts/login/", login)["Location"] == "/staff/"
    assert Client().post("/accounts/login/", login | {"login": "ada@example.org"}).status_code == 200


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("ada@example.org", "This is already your address."),
        ("not an address", "Enter an e-mail address in the right format, like name@example.org."),
    ],
)
def test_an_address_that_will_not_do_gets_a_sentence(client: Client, ada: User, typed: str, sentence: str) -> None:
    _give_password(client)
    response = client.post("/accounts/email/", {"email": typed})
    assert sentence in response.context["form"].errors["email"]
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"


def test_a_confirmed_address_stays_until_the_new_one_is_confirmed(client: Client, ada: User) -> None:
    verify(ada)
    _give_password(client)
    client.post("/accounts/email/", {"email": "New@example.org"})
    ada.refresh_from_db()
    assert (ada.email, ada.email_verified) == ("ada@example.org", True)
    page = client.get("/accounts/email/").content.decode()
    assert "hasn’t been confirmed yet" in page
    assert "new@example.org" in page


def test_a_proposed_address_can_be_taken_back(client: Client, ada: User) -> None:
    verify(ada)
    _give_password(client)
    client.post("/accounts/email/", {"email": "new@example.org"})
    assert client.post("/accounts/email/proposed/", {"keep": "yes"})["Location"] == "/accounts/email/"
    assert "hasn’t been confirmed yet" not in client.get("/accounts/email/").content.decode()
    assert list(proposed_addresses(ada)) == []


def test_the_link_of_a_proposed_address_is_sent_again_but_not_at_once(client: Client, ada: User) -> None:
    verify(ada)
    _give_password(client)
    client.post("/accounts/email/", {"email": "new@example.org"})
    page = client.post("/accounts/email/proposed/", follow=True).content.decode()
    assert str(SENT_JUST_NOW) in page


def test_a_proposed_address_resets_no_password(client: Client, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be mistyped, and a stranger's."""
    verify(ada)
    propose_email(user=ada, email="stranger@example.org")
    asked: list[str] = []
    monkeypatch.setattr(
        DefaultAccountAdapter, "send_password_reset_mail", lambda _adapter, user, email, _context: asked.append(email)
    )
    for typed in ("stranger@example.org", "ADA@example.org"):
        Client().post("/accounts/password/reset/", {"email": typed})
    assert asked == ["ada@example.org"]


def test_changing_the_address_leads_back_to_a_safe_next(client: Client, ada: User) -> None:
    _give_password(client)
    page = client.get("/accounts/email/?next=/accounts/verify/").content.decode()
    assert '<input type="hidden" name="next" value="/accounts/verify/">' in page
    typed = {"email": "new@example.org", "next": "/accounts/verify/"}
    assert client.post("/accounts/email/", typed)["Location"] == "/accounts/verify/"
    typed = {"email": "newer@example.org", "next": "//evil.example/"}
    assert client.post("/accounts/email/", typed)["Location"] == "/accounts/profile/"


def test_changing_addresses_is_limited(client: Client, ada: User, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"manage_email": "2/h/user"}
    _give_password(client)
    answers = [client.post("/accounts/email/", {"email": f"{n}@example.org"}).status_code for n in range(3)]
    assert answers == [302, 302, 429]


def test_staff_change_their_name_and_phone_and_nothing_else(client: Client, ada: User) -> None:
    typed = {"full_name": " Ada  Lovelace ", "phone": "", "role": "PATIENT", "email": "x@example.org", "username": "x"}
    assert client.post("/accounts/me/", typed)["Location"] == "/accounts/me/"
    ada.refresh_from_db()
    assert (ada.full_name, ada.phone, ada.role) == ("Ada Lovelace", "", "STAFF")
    assert (ada.email, ada.username) == ("ada@example.org", "ada")


@pytest.mark.parametrize("typed", [{"full_name": ""}, {"full_name": "x" * 121}, {"phone": "abc"}])
def test_details_that_will_not_do_get_a_sentence_and_the_rest_is_kept(
    client: Client, ada: User, typed: dict[str, str]
) -> None:
    response = client.post("/accounts/me/", {"full_name": "Kept Name", "phone": "020 7946 0009"} | typed)
    assert response.status_code == 200
    assert set(response.context["form"].errors) == set(typed)
    kept = "020 7946 0009" if "full_name" in typed else "Kept Name"
    assert kept in response.content.decode()


@pytest.mark.parametrize("path", ["/accounts/me/", "/accounts/email/", "/accounts/profile/"])
def test_signed_out_goes_to_sign_in(path: str) -> None:
    assert Client().get(path)["Location"] == f"/accounts/login/?next={path}"


def _links(response: Any) -> str:
    return str(response.content.decode())


def test_the_chosen_time_travels_from_page_to_page(client: Client) -> None:
    wanted = "/bookings/new/?slot=6b1f2a34-0000-4000-8000-000000000000"
    carried = "next=%2Fbookings%2Fnew%2F%3Fslot%3D6b1f2a34-0000-4000-8000-000000000000"
    at_login = client.get(wanted)["Location"]
    assert at_login.startswith("/accounts/login/?next=")
    login = _links(client.get(at_login))
    choice = _links(client.get("/accounts/signup/", {"next": wanted}))
    assert f"/accounts/signup/patient/?{carried}" in login
    assert f"/accounts/signup/patient/?{carried}" in choice
    assert f"/accounts/signup/doctor/?{carried}" in choice
    assert f"/accounts/login/?{carried}" in choice
    assert f"/accounts/login/?{carried}" in _links(client.get("/accounts/signup/patient/", {"next": wanted}))


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/signup/patient/"])
def test_who_is_signed_in_is_sent_on(client: Client, ada: User, path: str) -> None:
    assert client.get(path)["Location"] == "/staff/"
    assert client.get(path, {"next": "/doctors/"})["Location"] == "/doctors/"
    assert client.get(path, {"next": "//evil.example/"})["Location"] == "/staff/"
