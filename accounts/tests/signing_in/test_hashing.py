"""How many passwords are hashed at a time (A6). The crowd itself: tests/hardening/test_crowd_of_sign_ins.py."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.test import Client

from accounts.signing_in import hashing
from accounts.signing_in.hashing import HashingLimiter
from accounts.tests.factories import PASSWORD, StaffFactory
from core.errors import Overloaded

HASHERS = ["accounts.signing_in.hashing.BoundedArgon2"]


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As many sign in as can."""
    turnstile = HashingLimiter(at_once=1, waiting=0)
    monkeypatch.setattr(hashing, "turnstile", turnstile)
    monkeypatch.setattr("accounts.middleware.turnstile", turnstile)
    with turnstile.turn():
        yield


def test_so_many_go_through_and_so_many_wait_and_the_next_is_turned_away() -> None:
    turnstile = HashingLimiter(at_once=1, waiting=1, patience=30)
    through = threading.Event()

    def second() -> None:
        with turnstile.turn():
            through.set()

    waiting = threading.Thread(target=second)
    with turnstile.turn():
        waiting.start()
        while not turnstile.is_full:
            pass
        with pytest.raises(Overloaded), turnstile.turn():
            pass
        assert not through.is_set()
    waiting.join(30)

    assert through.is_set()
    assert not turnstile.is_full


def test_who_has_waited_long_enough_is_turned_away_and_leaves_the_place_free() -> None:
    turnstile = HashingLimiter(at_once=1, waiting=1, patience=0.01)
    with turnstile.turn():
        with pytest.raises(Overloaded), turnstile.turn():
            pass
        assert not turnstile.is_full


def test_a_fault_inside_leaves_the_place_free() -> None:
    turnstile = HashingLimiter(at_once=1, waiting=0)
    with pytest.raises(ZeroDivisionError), turnstile.turn():
        1 / 0  # noqa: B018

    assert not turnstile.is_full


def test_a_hash_of_djangos_own_still_fits_and_is_made_anew(settings: Any) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    old = Argon2PasswordHasher().encode(PASSWORD, "salt-salt-salt")
    renewed: list[str] = []

    assert check_password(PASSWORD, old, setter=renewed.append)
    assert renewed == [PASSWORD]
    assert "p=1$" in make_password(PASSWORD)


@pytest.mark.usefixtures("full")
class TestACrowd:
    def test_the_sign_in_page_comes_back_with_what_was_typed(self) -> None:
        typed = {"login": "<Ada>", "password": "secret", "next": "/doctors/?q=1", "remember": "on"}
        answer = Client().post("/accounts/login/", typed)
        page = answer.content.decode()

        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert 'value="&lt;Ada&gt;"' in page
        assert 'name="next" value="/doctors/?q=1"' in page
        assert 'name="remember"' in page
        assert "secret" not in page

    def test_no_query_is_spent_on_it(self, django_assert_num_queries: Any, db: None) -> None:
        with django_assert_num_queries(0):
            Client().post("/accounts/login/", {"login": "ada", "password": "x"})

    def test_reading_pages_goes_on(self, db: None) -> None:
        assert Client().get("/accounts/login/").status_code == 200

    def test_other_forms_with_a_password_are_told_to_come_back_too(self, settings: Any, db: None) -> None:
        ada = StaffFactory()
        settings.PASSWORD_HASHERS = [*HASHERS, "django.contrib.auth.hashers.MD5PasswordHasher"]
        client = Client()
        client.force_login(ada)
        new = {"oldpassword": PASSWORD, "password1": "Quiet-Harbour-42", "password2": "Quiet-Harbour-42"}
        answer = client.post("/accounts/password/change/", new)

        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "Many people are signing in right now" in answer.content.decode()

    def test_a_password_nobody_looked_at_is_no_try(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch, db: None
    ) -> None:
        StaffFactory(username="ada")
        settings.PASSWORD_HASHERS = [*HASHERS, "django.contrib.auth.hashers.MD5PasswordHasher"]
        monkeypatch.setattr("accounts.middleware.turnstile", HashingLimiter(at_once=1, waiting=0))
        typed = {"login": "ada", "password": PASSWORD}
        assert {Client().post("/accounts/login/", typed).status_code for _ in range(12)} == {503}
        monkeypatch.setattr(hashing, "turnstile", HashingLimiter(at_once=1, waiting=0))

        assert Client().post("/accounts/login/", typed).status_code == 302
