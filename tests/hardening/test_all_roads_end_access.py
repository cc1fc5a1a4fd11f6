"""Every service that promises to end access ends also what is made in that very moment (A6)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from accounts import access, services
from accounts.models import Session, User
from accounts.second_factor import views as security_views
from accounts.tests.browser import is_in
from accounts.tests.factories import PASSWORD, StaffFactory, sign_in
from bookings.account_closure import services as account_closure
from bookings.calendars import feeds
from core import clock
from core.errors import Busy
from integrations.models import GoogleConnection
from tests.architecture.source import calls, python_files, tree_of

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "Quiet-Harbour-42"
OWN = "o" * 32  # the key of the session the owner ends the rest from


def resets_second_factor(user: User) -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    services.reset_second_factor(user=user)


ROADS: dict[str, Callable[[User], Any]] = {
    "change_password": lambda user: services.change_password(
        user=user, password=NEW, besides=OWN, ends_all=True, now=clock.now()
    ),
    "set_password_by_link": lambda user: services.set_password_by_link(user=user, password=NEW, now=clock.now()),
    "end_all_access": lambda user: services.end_all_access(user=user, besides=OWN, now=clock.now()),
    "reset_second_factor": resets_second_factor,
    "close_account": lambda user: account_closure.close_patient(user=user, decisions={}, by=user, now=clock.now()),
}
FROM_OWN_SESSION = {"change_password", "end_all_access"}


def session(user: User, key: str = "s" * 32) -> Session:
    until = clock.now() + timedelta(days=1)
    return Session.objects.create(session_key=key, session_data="", expire_date=until, user=user)


MADE: dict[str, Callable[[User], Any]] = {
    "session": session,
    "calendar address": lambda user: feeds.CalendarFeed.objects.create(
        user=user, digest="x", sealed_token="x", created_at=clock.now()
    ),
    "Google Calendar": lambda user: GoogleConnection.objects.create(
        user=user, sealed_token="x", scopes="events", connected_at=clock.now()
    ),
    "proposed address": lambda user: services.propose_email(user=user, email="thief@example.org"),
    "passkey": lambda user: Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={}),
}
NEVER_LEFT = {"invitation", "known browser"}  # an invitation works without a password only, a browser lets nobody in


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[User], Any]) -> None:
    """`act` is done once all is ended, before the account is locked."""
    change = services._change_stamp

    def act_and_change(user: User) -> None:
        act(user)
        change(user)

    monkeypatch.setattr(services, "_change_stamp", act_and_change)


def test_each_kind_there_is_is_made_here() -> None:
    assert {kind.name for kind in access.kinds()} == set(MADE) | NEVER_LEFT


PAIRS = [(road, kind) for road in ROADS for kind in MADE if not (road in FROM_OWN_SESSION and kind == "passkey")]


@pytest.mark.parametrize(("road", "kind"), PAIRS)
def test_what_is_made_meanwhile_stops_it(ada: User, monkeypatch: pytest.MonkeyPatch, road: str, kind: str) -> None:
    meanwhile(monkeypatch, MADE[kind])
    with pytest.raises(Busy):
        ROADS[road](ada)

    after = User.objects.get(pk=ada.pk)
    assert after.check_password(PASSWORD)
    assert (after.is_active, after.security_stamp) == (True, 0)


@pytest.mark.parametrize("road", sorted(FROM_OWN_SESSION))
def test_the_owners_own_session_and_passkeys_stay(ada: User, road: str) -> None:
    passkey = MADE["passkey"](ada)  # first: it ends sessions as well
    session(ada, OWN)
    session(ada)
    ROADS[road](ada)

    assert [row.pk for row in Session.objects.filter(user=ada)] == [OWN]
    assert Authenticator.objects.get(pk=passkey.pk).data == {}


def test_a_second_step_made_meanwhile_stops_its_reset(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    app = {"type": Authenticator.Type.TOTP, "data": {"secret": "y"}}
    meanwhile(monkeypatch, lambda user: Authenticator.objects.create(user=user, **app))
    with pytest.raises(Busy):
        ROADS["reset_second_factor"](ada)


# What was begun before and arrives after


OTHERS: dict[str, Callable[[User], Any]] = {
    "end_other_sessions": lambda user: services.end_other_sessions(user=user, besides=OWN),
    "change of the password alone": lambda user: services.change_password(
        user=user, password=NEW, besides=OWN, now=clock.now()
    ),
}


@pytest.mark.parametrize("road", ROADS | OTHERS)
def test_what_was_asked_for_before_does_not_come_to_be(ada: User, road: str) -> None:
    """A calendar address, another password, the end of the owner's own session: all by a copy read before."""
    seen = [User.objects.get(pk=ada.pk) for _ in range(4)]
    (ROADS | OTHERS)[road](ada)
    now = clock.now()
    late: list[Callable[[], Any]] = [
        lambda: feeds.make_feed(user=seen[0], now=now),
        lambda: services.change_password(user=seen[1], password="Thief-Harbour-42", besides="t", now=now),
        lambda: services.end_all_access(user=seen[2], besides="t", now=now),
        lambda: services.end_other_sessions(user=seen[3], besides="t"),
    ]
    for act in late:
        with pytest.raises(services.AccountChanged):
            act()
    assert feeds.feed_of(ada) is None
    assert not User.objects.get(pk=ada.pk).check_password("Thief-Harbour-42")


@pytest.mark.parametrize("road", ROADS | OTHERS)
def test_a_session_that_is_written_after_does_not_last(ada: User, road: str) -> None:
    """A request that was under way writes its session once all is over: under a new key, as Django changes it."""
    thief = Client()
    sign_in(thief, ada)
    row = Session.objects.get(user=ada)
    assert is_in(thief)
    (ROADS | OTHERS)[road](ada)
    User.objects.filter(pk=ada.pk).update(is_active=True)  # and opened again, where it was closed
    assert not Session.objects.filter(pk=row.pk).exists()
    row.save(force_insert=True)

    assert not is_in(thief)


def test_a_member_of_staff_who_may_sign_in_again_does_so_anew() -> None:
    boss, thief = StaffFactory(), Client()
    sign_in(thief, boss)
    row = Session.objects.get(user=boss)
    services.set_active(user=boss, is_active=False)
    row.save(force_insert=True)
    services.set_active(user=boss, is_active=True)

    assert not is_in(thief)


MAKES_A_SECOND_STEP = ["mfa_add_webauthn", "mfa_activate_totp", "mfa_generate_recovery_codes"]


@pytest.mark.parametrize("page", MAKES_A_SECOND_STEP)
def test_pages_that_make_a_second_step_look_again(page: str) -> None:
    view = resolve(reverse(page)).func
    assert view.__code__ is security_views.add_passkey.__code__  # type: ignore[attr-defined]


def test_a_second_step_asked_for_before_is_not_made_after(ada: User) -> None:
    def adds(request: HttpRequest) -> HttpResponse:
        Authenticator.objects.create(user=request.user, type=Authenticator.Type.WEBAUTHN, data={})
        return HttpResponse()

    request = RequestFactory().post("/accounts/2fa/webauthn/add/")
    request.user = User.objects.get(pk=ada.pk)
    assert security_views.made_as_seen(adds)(request).status_code == 200
    services.end_all_access(user=User.objects.get(pk=ada.pk), besides=OWN, now=clock.now())
    with pytest.raises(services.AccountChanged):
        security_views.made_as_seen(adds)(request)

    assert Authenticator.objects.count() == 1


def test_a_page_overtaken_says_so_calmly(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password is set by a mailed link while it is changed by whoever knew the old one."""
    thief = Client()
    sign_in(thief, ada)
    set_password, copy = User.set_password, User.objects.get(pk=ada.pk)

    def slowly(user: User, password: str) -> None:
        monkeypatch.setattr(User, "set_password", set_password)
        services.set_password_by_link(user=copy, password=NEW, now=clock.now())
        user.set_password(password)

    monkeypatch.setattr(User, "set_password", slowly)
    typed = {"oldpassword": PASSWORD, "password1": "Thief-Harbour-42", "password2": "Thief-Harbour-42"}
    answer = thief.post("/accounts/password/change/", typed, follow=True)

    assert answer.redirect_chain[-1][0] == "/accounts/login/"
    assert "Your account has changed since you started" in answer.content.decode()
    assert User.objects.get(pk=ada.pk).check_password(NEW)
    assert not is_in(thief)


# That no road is forgotten


def test_whoever_ends_all_access_changes_the_stamp_and_looks_again() -> None:
    found = set()
    for path in python_files(tests=False):
        for function in ast.walk(tree_of(path)):
            if isinstance(function, ast.FunctionDef):
                said = {name.rsplit(".", 1)[-1] for _call, name in calls(function)}
                if "end_all" in said and path.name != "access.py":
                    found.add(function.name)
                    assert "check_all_ended" in said, (path, function.name)
                    assert said & {"_change_stamp", "close_account"}, (path, function.name)
                if "_end_all" in said:
                    found.add(function.name)
    assert found == set(ROADS) | {"_end_all"}
