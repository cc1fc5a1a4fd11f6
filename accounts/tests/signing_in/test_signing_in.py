"""Signing in and out, and what a person may do about how they sign in (A6)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.signing_in.adapter import MISMATCH
from accounts.tests.factories import PASSWORD, StaffFactory

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "http:///evil.example",
    " https://evil.example",
    "ftp://testserver/",
]


@pytest.fixture
def ada() -> User:
    return StaffFactory(username="Ada", email="ada@example.org", full_name="Ada Byron")


def _sign_in(client: Client, login: str = "ada", password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"login": login, "password": password, **more})


def _is_signed_in(client: Client) -> bool:
    return client.get("/accounts/me/").status_code == 200


@pytest.mark.parametrize("login", ["Ada", "ada", "ADA", " Ada ", "ada@example.org", "Ada@Example.ORG"])
def test_either_name_signs_in_whatever_its_capitals(client: Client, ada: User, login: str) -> None:
    assert _sign_in(client, login)["Location"] == "/staff/"
    assert _is_signed_in(client)


@pytest.mark.parametrize(
    ("login", "password"),
    [("ada", "Wrong-Horse-9"), ("ada@example.org", "x"), ("nobody", PASSWORD), ("no@example.org", PASSWORD)],
)
def test_a_wrong_password_and_an_unknown_name_are_told_alike(
    client: Client, ada: User, login: str, password: str
) -> None:
    response = _sign_in(client, login, password)
    assert response.status_code == 200
    assert response.context["form"].non_field_errors() == [MISMATCH]
    assert not _is_signed_in(client)


@pytest.mark.parametrize("field", ["login", "password"])
@pytest.mark.parametrize("value", ["", "x" * 10_000, "🦉" * 300, "\u202eada", "' OR 1=1 --"])
def test_nonsense_gets_a_sentence(client: Client, ada: User, field: str, value: str) -> None:
    typed = {"login": "ada", "password": PASSWORD} | {field: value}
    response = client.post(LOGIN, typed)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert not _is_signed_in(client)


def test_a_safe_next_is_where_one_lands(client: Client, ada: User) -> None:
    assert _sign_in(client, next="/doctors/?q=heart")["Location"] == "/doctors/?q=heart"


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_a_next_on_another_site_is_ignored(client: Client, ada: User, elsewhere: str) -> None:
    assert _sign_in(client, next=elsewhere)["Location"] == "/staff/"
    # And by who is signed in already.
    assert client.get(LOGIN, {"next": elsewhere})["Location"] == "/staff/"


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_link_of_the_page_leads_to_another_site(client: Client, elsewhere: str) -> None:
    response = client.get(LOGIN, {"next": elsewhere})
    page = response.content.decode()
    assert response.status_code == 200
    assert 'name="login"' in page
    assert "evil.example" not in page
    assert "alert(1)" not in page


def test_the_session_gets_a_new_key_at_sign_in(client: Client, ada: User) -> None:
    session = client.session
    session["kept"] = "yes"
    session.save()
    before = session.session_key
    _sign_in(client)
    assert client.session.session_key != before
    assert client.session["kept"] == "yes"
    stolen = Client(headers={"cookie": f"hms_session={before}"})
    assert not _is_signed_in(stolen)


def test_signing_out_takes_a_post(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert client.get("/accounts/logout/").status_code == 200
    assert _is_signed_in(client)
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert not _is_signed_in(client)


def test_a_closed_account_is_told_so_in_words_and_does_not_get_in(client: Client) -> None:
    StaffFactory(username="gone", is_active=False)
    response = client.post(LOGIN, {"login": "gone", "password": PASSWORD}, follow=True)
    assert "This account is closed" in response.content.decode()
    assert not _is_signed_in(client)


def test_a_stranger_does_not_learn_that_an_account_is_closed(client: Client) -> None:
    StaffFactory(username="gone", is_active=False)
    response = _sign_in(client, "gone", "Wrong-Horse-9")
    assert response.status_code == 200
    assert response.context["form"].errors
    assert "closed" not in response.content.decode()


def test_closing_an_account_ends_its_sessions(client: Client, ada: User) -> None:
    client.force_login(ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert not _is_signed_in(client)


def test_the_old_password_is_asked_before_a_new_one_is_taken(client: Client, ada: User) -> None:
    client.force_login(ada)
    new = {"password1": "Quiet-Harbour-42", "password2": "Quiet-Harbour-42"}
    wrong = client.post("/accounts/password/change/", {"oldpassword": "nope", **new})
    assert "oldpassword" in wrong.context["form"].errors
    assert client.post("/accounts/password/change/", {"oldpassword": PASSWORD, **new}).status_code == 302
    assert _is_signed_in(client)
    assert _sign_in(Client(), password="Quiet-Harbour-42").status_code == 302


def test_changing_the_password_ends_the_other_sessions(client: Client, ada: User) -> None:
    other = Client()
    client.force_login(ada)
    other.force_login(ada)
    new = {"oldpassword": PASSWORD, "password1": "Quiet-Harbour-42", "password2": "Quiet-Harbour-42"}
    client.post("/accounts/password/change/", new)
    assert _is_signed_in(client)
    assert not _is_signed_in(other)


def test_the_sign_in_page_carries_the_name_of_the_hospital(client: Client) -> None:
    assert "<title>Sign in – Riverside Hospital</title>" in client.get(LOGIN).content.decode()


def test_the_admin_has_no_sign_in_of_its_own(client: Client) -> None:
    assert client.get("/admin/login/?next=/admin/accounts/")["Location"] == f"{LOGIN}?next=/admin/accounts/"


def test_the_demo_says_on_its_sign_in_page_who_one_can_be(client: Client, settings: Any) -> None:
    assert "This is a demo" not in client.get(LOGIN).content.decode()

    settings.DEMO_LOGINS = (("Reception", "reception", "ReceptionPass123"),)
    page = client.get(LOGIN).content.decode()

    assert "This is a demo" in page
    assert "<code>ReceptionPass123</code>" in page
