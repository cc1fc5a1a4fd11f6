"""Who has given the password and waits at the second step gets no further once what let them so far is over (A6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts import services
from accounts.models import User
from accounts.tests.factories import PASSWORD, verify
from accounts.tests.second_factor.test_second_factor import code_of, set_up
from bookings.account_closure import services as account_closure
from core import clock
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "Quiet-Harbour-42"
OWN = "o" * 32  # the key of the session the owner acts from
STEP, SIGN_IN = "/accounts/2fa/authenticate/", "/accounts/login/"


def set_password(user: User) -> None:
    user.set_password(NEW)
    user.save(update_fields=["password"])


ENDS: dict[str, Callable[[User], Any]] = {
    "another password": lambda user: services.change_password(user=user, password=NEW, besides=OWN, now=clock.now()),
    "a mailed link": lambda user: services.set_password_by_link(user=user, password=NEW, now=clock.now()),
    "end of all access": lambda user: services.end_all_access(user=user, besides=OWN, now=clock.now()),
    "end of other sessions": lambda user: services.end_other_sessions(user=user, besides=OWN),
    "a reset of the second step": lambda user: services.reset_second_factor(user=user),
    "a closed account": lambda user: account_closure.close_patient(user=user, decisions={}, by=user, now=clock.now()),
    "a password set from a shell": set_password,
    "an account not active": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "a second step taken away": lambda user: Authenticator.objects.filter(user=user).delete(),
}
PAGES = (STEP, SIGN_IN, "/accounts/security/", "/patient/", "/accounts/reauthenticate/")


@pytest.fixture
def ada() -> User:
    return verify(make_patient(username="ada").user)


def waiting() -> Client:
    client = Client()
    assert client.post(SIGN_IN, {"login": "ada", "password": PASSWORD})["Location"] == STEP
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("end", ENDS)
def test_the_right_code_comes_too_late(ada: User, end: str) -> None:
    secret = set_up(ada)
    in_time, late = waiting(), waiting()
    in_time.post(STEP, {"code": code_of(secret, periods=-1)})
    assert is_in(in_time)  # the control

    ENDS[end](User.objects.get(pk=ada.pk))
    answer = late.post(STEP, {"code": code_of(secret)})

    assert answer["Location"] == SIGN_IN
    assert not is_in(late)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("end", ENDS)
def test_nobody_is_led_round_in_a_circle(ada: User, end: str, page: str) -> None:
    """The owner, too, may stand there: having rung up because the phone is lost."""
    set_up(ada)
    owner = waiting()
    ENDS[end](User.objects.get(pk=ada.pk))

    answer = owner.get(page, follow=True)

    assert answer.status_code == 200
    assert 'name="password"' in answer.content.decode()
    assert ("Please sign in again." in answer.content.decode()) is (page == STEP)


def test_after_a_reset_by_staff_who_waited_signs_in_with_the_password_alone(ada: User) -> None:
    set_up(ada)
    owner = waiting()
    services.reset_second_factor(user=User.objects.get(pk=ada.pk))
    owner.get(STEP, follow=True)

    owner.post(SIGN_IN, {"login": "ada", "password": PASSWORD})

    assert is_in(owner)


def test_what_was_remembered_is_gone_once_somebody_is_in(ada: User) -> None:
    secret = set_up(ada)
    client = waiting()
    assert "pending_sign_in" in client.session
    client.post(STEP, {"code": code_of(secret)})
    assert is_in(client)
    assert "pending_sign_in" not in client.session
