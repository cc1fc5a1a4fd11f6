"""A new password for who has forgotten the old one: allauth's pages in our words (A6)."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import PASSWORD, StaffFactory

pytestmark = pytest.mark.django_db
ASK = "/accounts/password/reset/"
DONE = "/accounts/password/reset/done/"
NEW = {"password1": "Quiet-Harbour-42", "password2": "Quiet-Harbour-42"}


def link(user: User) -> str:
    """As it stands in the mail."""
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})


def signs_in(password: str) -> bool:
    return Client().post("/accounts/login/", {"login": "ada", "password": password}).status_code == 302


@pytest.mark.parametrize("page", ["/accounts/login/", "/accounts/password/change/", "/accounts/reauthenticate/"])
def test_where_a_password_is_asked_the_way_is_shown(client: Client, ada: User, page: str) -> None:
    if page != "/accounts/login/":
        client.force_login(ada)
    assert f'<a href="{ASK}">Forgotten your password?</a>' in client.get(page).content.decode()


def test_an_unknown_address_a_closed_account_and_a_known_one_are_answered_alike(client: Client, ada: User) -> None:
    StaffFactory(email="gone@example.org", is_active=False)
    answers = [
        Client().post(ASK, {"email": email}, follow=True)
        for email in ("ada@example.org", "ADA@example.org", "nobody@example.org", "gone@example.org")
    ]
    assert {str(answer.redirect_chain) for answer in answers} == {str([(DONE, 302)])}
    assert len({answer.content for answer in answers}) == 1
    assert "If there is an account" in answers[0].content.decode()


@pytest.mark.parametrize("typed", ["", "ada", "x" * 300 + "@example.org", "a@b@c", "ada@example.org\nx"])
def test_what_is_no_address_gets_a_sentence(client: Client, typed: str) -> None:
    answer = client.post(ASK, {"email": typed})
    assert answer.status_code == 200
    assert answer.context["form"].errors["email"]


def test_the_link_leads_to_the_form_and_a_new_password(client: Client, ada: User) -> None:
    form = client.get(link(ada), follow=True)
    here = form.redirect_chain[-1][0]
    assert "token" not in here
    assert link(ada).rsplit("-", 1)[-1] not in form.content.decode()
    done = client.post(here, NEW, follow=True)
    assert "Password changed" in done.content.decode()
    assert (signs_in(PASSWORD), signs_in(NEW["password1"])) == (False, True)
    assert client.get("/accounts/me/").status_code == 302  # who only has the link is not signed in by it


@pytest.mark.parametrize(
    ("first", "second"),
    [("short", "short"), ("Quiet-Harbour-42", "Other-Harbour-42"), ("", ""), ("ada@example.org",) * 2],
)
def test_a_password_that_will_not_do_gets_a_sentence(client: Client, ada: User, first: str, second: str) -> None:
    here = client.get(link(ada), follow=True).redirect_chain[-1][0]
    answer = client.post(here, {"password1": first, "password2": second})
    assert answer.context["form"].errors
    assert signs_in(PASSWORD)


def test_every_session_ends(client: Client, ada: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(ada)
    assert elsewhere.get("/accounts/me/").status_code == 200
    client.post(client.get(link(ada), follow=True).redirect_chain[-1][0], NEW)
    assert elsewhere.get("/accounts/me/").status_code == 302


def test_a_link_works_once(client: Client, ada: User) -> None:
    url = link(ada)
    client.post(client.get(url, follow=True).redirect_chain[-1][0], NEW)
    assert "This link no longer works" in Client().get(url, follow=True).content.decode()


@pytest.mark.parametrize("change", [{"email": "other@example.org"}, {"is_active": False}])
def test_a_link_is_of_no_use_after(client: Client, ada: User, change: dict[str, Any]) -> None:
    url = link(ada)
    User.objects.filter(pk=ada.pk).update(**change)
    assert "This link no longer works" in client.get(url, follow=True).content.decode()


def test_a_link_is_too_old_after_three_hours(client: Client, ada: User, settings: Any) -> None:
    assert settings.PASSWORD_RESET_TIMEOUT == 3 * 60 * 60
    url = link(ada)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "This link no longer works" in client.get(url, follow=True).content.decode()


@pytest.mark.parametrize("key", ["1-abc", "zzzzzzzzzzzzz-abc-def", "zzzzzzzzzzzzzzzzzzzz-a-b", "0-set-password"])
def test_a_garbled_link_is_told_so(client: Client, key: str) -> None:
    assert "This link no longer works" in client.get(f"{ASK}key/{key}/", follow=True).content.decode()


def test_asking_is_limited_for_an_address_and_for_a_browser(client: Client, ada: User) -> None:
    one = [Client().post(ASK, {"email": "ada@example.org"}).status_code for _ in range(6)]
    assert one == [302] * 5 + [429]
    others = [Client().post(ASK, {"email": f"{number}@example.org"}).status_code for number in range(20)]
    assert others[-1] == 429
