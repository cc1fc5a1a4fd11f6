"""Guessing passwords: ten wrong ones an account are judged in fifteen minutes, all processes counted together (A6)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier
from typing import Any

import pytest
from django.core import signing
from django.core.cache import caches
from django.core.management import call_command
from django.db import connections
from django.test import Client

from accounts.models import User
from accounts.signing_in.adapter import MISMATCH as MISMATCH_LAZY
from accounts.signing_in.adapter import TOO_MANY_TRIES
from accounts.tests.factories import PASSWORD, StaffFactory
from hms_project import env

LOGIN = "/accounts/login/"
MISMATCH = str(MISMATCH_LAZY)
REFUSED = str(TOO_MANY_TRIES)
NAMES = ("ada", "ADA", "ada@example.org", "Ada@Example.org")


@pytest.fixture
def ada(shared_cache: None) -> User:
    return StaffFactory(username="ada", email="ada@example.org")


@pytest.fixture
def shared_cache(settings: Any, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The cache of production: a table, which every process reads through its own connection."""
    monkeypatch.delenv("REDIS_URL", raising=False)
    settings.CACHES = {"default": env.cache()}
    call_command("createcachetable")
    caches["default"].clear()
    yield
    caches["default"].clear()


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that was compared with the account's."""
    seen: list[str] = []
    check = User.check_password

    def remember(self: User, raw: str) -> bool:
        seen.append(raw)
        return check(self, raw)

    monkeypatch.setattr(User, "check_password", remember)
    return seen


def _guess(login: str, password: str, **headers: Any) -> str:
    """The sentence a guess is answered with; "" when it got in.

    Read from the page: the test client's `context` mixes up what several threads render.
    """
    response = Client(**headers).post(LOGIN, {"login": login, "password": password})
    if response.status_code == 302:
        return ""
    page = unescape(response.content.decode())
    return next(sentence for sentence in (REFUSED, MISMATCH) if sentence in page)


def _elsewhere(login: str, password: str, **headers: Any) -> str:
    """The same from another thread, which has a connection of its own, as another process has."""

    def guess() -> str:
        try:
            return _guess(login, password, **headers)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(guess).result()


def test_the_eleventh_wrong_password_is_not_judged_whichever_process_is_asked(ada: User, judged: list[str]) -> None:
    wrong = [f"Wrong-Horse-{number}" for number in range(11)]
    answers = [(_elsewhere if number % 2 else _guess)("ada", guess) for number, guess in enumerate(wrong)]
    assert set(answers[:10]) == {MISMATCH}
    assert answers[10] == REFUSED
    assert sorted(judged) == sorted(wrong[:10])


def test_other_names_and_addresses_of_the_account_are_counted_together(ada: User, judged: list[str]) -> None:
    for number in range(12):
        _guess(NAMES[number % 4], f"Wrong-Horse-{number}", SERVER_NAME=("localhost", "testserver")[number % 2])
    assert len(set(judged)) == 10


def test_rivals_together_are_not_judged_more_often(ada: User, judged: list[str]) -> None:
    start = Barrier(16)

    def rush(number: int) -> str:
        start.wait()
        return _elsewhere("ada", f"Wrong-Horse-{number}", REMOTE_ADDR=f"10.0.0.{number}")

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(rush, range(16)))
    assert 0 < len(judged) <= 10
    assert answers.count(REFUSED) == 16 - len(judged)


def test_from_outside_even_the_right_password_then_waits(ada: User) -> None:
    for number in range(10):
        _guess("ada", f"Wrong-Horse-{number}")
    assert _guess("ada", PASSWORD) == REFUSED
    assert _guess(StaffFactory().username, PASSWORD) == ""


def test_the_owner_who_is_signed_in_notices_nothing(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = Client()
    owner.post(LOGIN, {"login": "ada", "password": PASSWORD})
    for number in range(12):
        _guess("ada", f"Wrong-Horse-{number}", REMOTE_ADDR="10.0.0.9")
    assert owner.get("/accounts/me/").status_code == 200
    monkeypatch.setattr("accounts.signing_in.adapter.signed_in_lately", lambda request: False)
    asked = owner.get("/accounts/email/")["Location"]
    assert owner.post(asked, {"password": PASSWORD})["Location"] == "/accounts/email/"
    new = {"oldpassword": PASSWORD, "password1": "Quiet-Harbour-42", "password2": "Quiet-Harbour-42"}
    assert owner.post("/accounts/password/change/", new).status_code == 302


def test_right_passwords_do_not_use_up_the_tries(ada: User) -> None:
    assert [_guess("ada", PASSWORD) for _ in range(12)] == [""] * 12


def test_one_address_that_tries_many_accounts_is_stopped(ada: User, judged: list[str], settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_failed": "10/15m/key,3/15m/ip"}
    answers = [_guess(StaffFactory().username, "Wrong-Horse-1") for _ in range(5)]
    assert answers[3:] == [REFUSED, REFUSED]
    assert len(judged) == 3


def test_a_stolen_session_may_not_guess_the_password_without_end(ada: User, judged: list[str]) -> None:
    thief = Client()
    thief.force_login(ada)
    answers = [thief.post("/accounts/reauthenticate/", {"password": f"Wrong-Horse-{n}"}).status_code for n in range(11)]
    assert len(judged) == 10
    assert answers[10] == 429


def test_sign_ups_are_limited_too(settings: Any, shared_cache: None) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"signup": "2/m/ip"}
    answers = [Client().post("/accounts/signup/patient/", {}).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_a_flood_of_names_does_not_push_the_counts_out(ada: User, judged: list[str]) -> None:
    """Django's DatabaseCache forgets a third of its rows beyond 300, unless told to keep more."""
    for number in range(10):
        _guess("ada", f"Wrong-Horse-{number}")
    cache = caches["default"]
    for number in range(400):
        cache.set(f"flood:{number}", 1)
    assert _guess("ada", "Wrong-Horse-10") == REFUSED
    assert len(judged) == 10


# The owner's own browser, while strangers guess


def _strangers_use_up_the_tries(judged: list[str]) -> None:
    judged.clear()
    for number in range(12):
        _guess("ada", f"Wrong-Horse-{number}", REMOTE_ADDR=f"198.51.100.{number}")
    assert len(judged) == 10  # all of them together


def _says(browser: Client, password: str, **where: Any) -> str:
    answer = browser.post(LOGIN, {"login": "ada", "password": password}, **where)
    page = unescape(answer.content.decode())
    return "" if answer.status_code == 302 else next(said for said in (REFUSED, MISMATCH) if said in page)


def _known_to_ada(**where: Any) -> Client:
    """A browser she has signed in with, and out again."""
    browser = Client(**where)
    assert _says(browser, PASSWORD) == ""
    browser.post("/accounts/logout/")
    return browser


def test_strangers_never_keep_the_owner_out_of_a_browser_that_is_known(ada: User, judged: list[str]) -> None:
    owner = _known_to_ada(REMOTE_ADDR="192.0.2.1")
    _strangers_use_up_the_tries(judged)

    assert _says(owner, PASSWORD, REMOTE_ADDR="203.0.113.5") == ""  # wherever she is now
    assert _says(Client(), PASSWORD) == REFUSED  # the control: an unknown browser elsewhere


def test_nor_at_an_address_she_has_signed_in_from(ada: User, judged: list[str]) -> None:
    _known_to_ada(REMOTE_ADDR="192.0.2.1")
    _strangers_use_up_the_tries(judged)

    assert _says(Client(), PASSWORD, REMOTE_ADDR="192.0.2.1") == ""


@pytest.mark.parametrize("known_by", ["browser", "address"])
def test_what_is_known_may_not_guess_without_end_either(ada: User, judged: list[str], known_by: str) -> None:
    owner = _known_to_ada(REMOTE_ADDR="192.0.2.1")
    thief, where = (owner, "203.0.113.5") if known_by == "browser" else (Client(), "192.0.2.1")
    judged.clear()
    answers = [_says(thief, f"Wrong-Horse-{number}", REMOTE_ADDR=where) for number in range(11)]

    assert answers == [MISMATCH] * 10 + [REFUSED]
    assert len(judged) == 10


def test_a_browser_known_to_somebody_else_is_a_stranger(ada: User, judged: list[str]) -> None:
    other, browser = StaffFactory(username="bob"), Client(REMOTE_ADDR="192.0.2.9")
    assert browser.post(LOGIN, {"login": other.username, "password": PASSWORD}).status_code == 302
    browser.post("/accounts/logout/")
    _strangers_use_up_the_tries(judged)

    assert _says(browser, PASSWORD) == REFUSED


def test_a_browser_is_no_longer_known_once_there_is_another_password(ada: User, judged: list[str]) -> None:
    owner = _known_to_ada(REMOTE_ADDR="192.0.2.1")
    ada.set_password("Quiet-Harbour-42")
    ada.save(update_fields=["password"])
    _strangers_use_up_the_tries(judged)

    assert _says(owner, "Quiet-Harbour-42", REMOTE_ADDR="203.0.113.5") == REFUSED


def test_several_people_are_known_in_one_browser_and_its_cookie_is_not_forged(ada: User, settings: Any) -> None:
    desk = _known_to_ada()
    bob = StaffFactory(username="bob")
    desk.post(LOGIN, {"login": "bob", "password": PASSWORD})
    cookie = desk.cookies[settings.KNOWN_BROWSER_COOKIE_NAME]
    known = signing.loads(cookie.value, salt="accounts.known_browsers")

    assert set(known) == {str(ada.pk), str(bob.pk)}
    assert cookie["httponly"]
    desk.cookies[settings.KNOWN_BROWSER_COOKIE_NAME] = "made up"
    assert desk.get("/accounts/me/").status_code == 200
