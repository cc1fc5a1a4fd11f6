"""Confirming an e-mail address by the link that is mailed, and the page that waits for it (A6)."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.core import signing
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from accounts.services import address_of, propose_email
from accounts.signing_in.confirmation import requires_confirmed_email
from accounts.tests.factories import StaffFactory, verify
from accounts.views import SENT_JUST_NOW

pytestmark = pytest.mark.django_db
WAITING = "/accounts/verify/"
WANTED = "/doctors/?q=heart"
HERE = f"{WAITING}?next=%2Fdoctors%2F%3Fq%3Dheart"
HTMX = {"hx-request": "true"}


@pytest.fixture
def browser(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def link(address: EmailAddress) -> str:
    """As it stands in the mail."""
    return reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key])


def is_verified(user: User) -> bool:
    return User.objects.get(pk=user.pk).email_verified


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# The page that waits


def test_the_page_names_the_address_the_phone_and_a_way_to_change_it(browser: Client) -> None:
    page = browser.get(HERE).content.decode()
    assert "<title>Confirm your e-mail address first" in page
    for words in (
        "ada@example.org",
        "020 7946 0100",
        "/accounts/email/?next=",
        "Send it again",
        "I’ve confirmed it – continue",
    ):
        assert words in page


def test_asking_too_early_is_told_so(browser: Client) -> None:
    assert "Not confirmed yet" not in browser.get(HERE).content.decode()
    assert "Not confirmed yet" in browser.get(f"{HERE}&asked=yes").content.decode()


def test_once_confirmed_it_goes_on(browser: Client, ada: User) -> None:
    verify(ada)
    assert browser.get(HERE)["Location"] == WANTED
    assert browser.get(WAITING)["Location"] == "/staff/"
    assert browser.post(HERE)["Location"] == WANTED


def test_the_open_page_asks_again_and_goes_on_by_itself(browser: Client, ada: User) -> None:
    waiting = browser.get(HERE, headers=HTMX)
    assert (waiting.status_code, waiting.content) == (204, b"")
    verify(ada)
    assert browser.get(HERE, headers=HTMX)["HX-Redirect"] == WANTED


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_it_leads_to_no_other_site(browser: Client, ada: User, elsewhere: str) -> None:
    page = browser.get(WAITING, {"next": elsewhere}).content.decode()
    assert "evil.example" not in page
    assert "alert(1)" not in page
    verify(ada)
    assert browser.get(WAITING, {"next": elsewhere})["Location"] == "/staff/"
    assert browser.get(WAITING, {"next": elsewhere}, headers=HTMX)["HX-Redirect"] == "/staff/"


def test_the_link_is_sent_again_but_not_at_once(browser: Client) -> None:
    first = browser.post(HERE, follow=True)
    second = browser.post(HERE, follow=True)
    assert first.redirect_chain == [(HERE, 302)]
    assert said(first) == ["We’ve sent a link to ada@example.org. Follow it to confirm the address."]
    assert said(second) == [SENT_JUST_NOW]


def test_nobody_has_more_than_eight_links_sent_in_an_hour(browser: Client, settings: Any) -> None:
    hourly = settings.ACCOUNT_RATE_LIMITS["confirm_email"].split(",")[1]
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"confirm_email": hourly}
    answers = [said(browser.post(HERE, follow=True)) for _ in range(9)]
    assert [answer == [SENT_JUST_NOW] for answer in answers] == [False] * 8 + [True]


# The link


def test_looking_at_the_link_confirms_nothing_and_one_button_does(browser: Client, ada: User) -> None:
    url = link(address_of(ada))
    page = browser.get(url).content.decode()
    browser.head(url)
    assert "ada@example.org" in page
    assert page.count("Yes, confirm") == 1
    assert not is_verified(ada)
    assert browser.post(url)["Location"] == "/staff/"
    assert is_verified(ada)


def test_another_browser_confirms_as_well_and_is_not_signed_in_by_it(client: Client, ada: User) -> None:
    done = client.post(link(address_of(ada)), follow=True)
    assert is_verified(ada)
    assert done.redirect_chain[-1][0] == "/accounts/login/"
    assert said(done) == ["Your e-mail address ada@example.org is confirmed."]
    assert client.get("/accounts/me/").status_code == 302


def test_a_link_works_once_and_a_garbled_one_never(browser: Client, ada: User) -> None:
    url = link(address_of(ada))
    browser.post(url)
    for dead in (url, "/accounts/confirm-email/abc/", "/accounts/confirm-email/1:2:3/"):
        assert "This link no longer works" in browser.get(dead).content.decode()
        assert browser.post(dead).status_code == 404


def test_a_link_is_too_old_after_three_days(browser: Client, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing.time, "time", lambda: 1_800_000_000)
    url = link(address_of(ada))
    monkeypatch.setattr(signing.time, "time", lambda: 1_800_000_000 + 3 * 86_400 + 1)
    assert browser.post(url).status_code == 404
    assert not is_verified(ada)


def test_the_link_of_an_address_that_was_replaced_is_dead(browser: Client, ada: User) -> None:
    url = link(propose_email(user=ada, email="first@example.org"))
    propose_email(user=ada, email="second@example.org")
    assert browser.post(url).status_code == 404
    assert not EmailAddress.objects.filter(email="first@example.org").exists()


# A new address in place of a confirmed one


def test_a_new_address_takes_over_when_it_is_confirmed(browser: Client, ada: User) -> None:
    verify(ada)
    url = link(propose_email(user=ada, email="New@example.org"))
    assert User.objects.get(pk=ada.pk).email == "ada@example.org"
    browser.post(url)
    changed = User.objects.get(pk=ada.pk)
    assert (changed.email, changed.email_verified) == ("new@example.org", True)
    assert list(EmailAddress.objects.values_list("email", "primary", "verified")) == [("new@example.org", True, True)]


def test_an_address_somebody_else_took_meanwhile_is_refused_in_words(browser: Client, ada: User) -> None:
    verify(ada)
    url = link(propose_email(user=ada, email="new@example.org"))
    StaffFactory(email="new@example.org")
    browser.post(url)
    assert User.objects.get(pk=ada.pk).email == "ada@example.org"
    assert is_verified(ada)


def test_an_address_somebody_else_confirmed_meanwhile_can_not_be_confirmed(browser: Client, ada: User) -> None:
    url = link(propose_email(user=ada, email="new@example.org"))
    verify(StaffFactory(email="new@example.org"))
    assert "This address belongs to another account" in browser.get(url).content.decode()
    browser.post(url)
    assert User.objects.get(pk=ada.pk).email == "ada@example.org"


# The guard of pages that need it


def _guarded(user: User, path: str = WANTED) -> Any:
    request = RequestFactory().get(path)
    request.user, request.session = user, {}
    view = requires_confirmed_email(lambda request: f"the page, {request.get_full_path()}")
    return view(request), request.session


def test_the_guard_asks_who_has_not_confirmed_and_keeps_the_way(ada: User) -> None:
    answer, session = _guarded(ada)
    assert (answer.status_code, answer["Location"]) == (302, HERE)
    assert session == {"after_confirming": WANTED}


def test_the_guard_lets_pass_who_has_confirmed_and_writes_nothing(ada: User) -> None:
    assert _guarded(verify(ada)) == ("the page, /doctors/?q=heart", {})


def test_the_guard_can_be_switched_off(ada: User, settings: Any) -> None:
    settings.EMAIL_VERIFICATION_REQUIRED = False
    assert _guarded(ada)[0] == "the page, /doctors/?q=heart"
