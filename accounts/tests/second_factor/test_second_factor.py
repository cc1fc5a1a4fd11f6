"""The second step of signing in: an app's codes and recovery codes (A6). Passkeys: tests/journeys."""

from __future__ import annotations

import base64
import html
import json
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from accounts.models import User
from accounts.presenters import home_path
from accounts.second_factor.forms import (
    LONGEST_CREDENTIAL,
    TOO_MANY_CODES,
    CredentialField,
    NewPasskeyForm,
    PasskeyAgainForm,
    PasskeyAloneForm,
    PasskeyForm,
)
from accounts.tests.factories import PASSWORD, StaffFactory, sign_in, verify
from core.crypto import unseal

pytestmark = pytest.mark.django_db
PERIOD = 30
LONG = 3600.0  # seconds: a sign-in that is no recent one
SECRET = "JBSWY3DPEHPK3PXP"
INCORRECT = "This code isn’t right, or it’s already been used. Wait for the next one and try again."


@pytest.fixture
def ada() -> User:
    return verify(StaffFactory(username="ada", email="ada@example.org", full_name="Ada Byron"))


def code_of(secret: str, *, periods: int = 0) -> str:
    """What an app that knows the secret shows, `periods` half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD + periods))


def give_password(client: Client) -> None:
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def set_up(user: User) -> str:
    """The secret of an app they have, with recovery codes."""
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    return SECRET


def turns_on(client: Client) -> tuple[str, str]:
    """Through the page, by somebody known: the secret it shows, and the code they typed."""
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    code = code_of(secret)
    assert client.post("/accounts/2fa/totp/activate/", {"code": code})["Location"] == "/accounts/2fa/recovery-codes/"
    return secret, code


def recovery_codes(user: User) -> list[str]:
    factor = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    codes: list[str] = factor.wrap().get_unused_codes()
    return codes


def after_password(**how: Any) -> Client:
    """Somebody who knows the password, and stands before the second step."""
    client = Client(**how)
    answer = client.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_password_alone_no_longer_signs_in(ada: User) -> None:
    set_up(ada)
    client = after_password()

    assert not is_in(client)
    assert client.get("/admin/").status_code == 302


def test_the_code_the_app_shows_signs_in(ada: User) -> None:
    secret = set_up(ada)
    client = after_password()

    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})["Location"] == home_path(ada)
    assert is_in(client)


def test_a_code_typed_as_it_changes_still_counts(ada: User) -> None:
    secret = set_up(ada)
    client = after_password()
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, periods=1)})

    assert is_in(client)


@pytest.mark.parametrize("periods", [-3, 3])
def test_an_old_or_a_coming_code_does_not(ada: User, periods: int) -> None:
    secret = set_up(ada)
    client = after_password()
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, periods=periods)})

    assert answer.context["form"].errors == {"code": [INCORRECT]}
    assert not is_in(client)


def test_a_code_works_once_even_as_long_as_it_counts(ada: User) -> None:
    secret = set_up(ada)
    code = code_of(secret)
    assert after_password().post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    again = after_password()

    assert again.post("/accounts/2fa/authenticate/", {"code": code}).context["form"].errors == {"code": [INCORRECT]}
    assert not is_in(again)


def test_the_code_that_turned_the_app_on_does_not_sign_in(client: Client, ada: User) -> None:
    sign_in(client, ada)
    _, code = turns_on(client)
    seen = after_password()

    assert seen.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 200
    assert not is_in(seen)


def test_a_recovery_code_signs_in_once(ada: User) -> None:
    set_up(ada)
    code = recovery_codes(ada)[0]
    first, second = after_password(), after_password()
    first.post("/accounts/2fa/authenticate/", {"code": code})
    second.post("/accounts/2fa/authenticate/", {"code": code})

    assert (is_in(first), is_in(second)) == (True, False)


def test_a_recovery_code_may_be_typed_as_it_is_printed(ada: User) -> None:
    set_up(ada)
    code = recovery_codes(ada)[0]
    client = after_password()
    client.post("/accounts/2fa/authenticate/", {"code": f"{code[:4]} {code[4:]}"})

    assert is_in(client)


def test_what_is_secret_is_sealed_in_the_database(client: Client, ada: User) -> None:
    sign_in(client, ada)
    secret, _ = turns_on(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        rows = " ".join(row for (row,) in cursor.fetchall())
    kept = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]

    assert secret not in rows
    assert [code in rows for code in recovery_codes(ada)] == [False] * 10
    assert unseal(kept) == secret


def test_a_secret_that_waits_for_its_first_code_is_sealed_too(client: Client, ada: User) -> None:
    client.force_login(ada)
    give_password(client)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM accounts_session")
        kept = [row for (row,) in cursor.fetchall()]

    assert client.session["mfa.totp.secret"] == secret
    assert [row.startswith("gAAAA") for row in kept] == [True]  # a Fernet token, from which nothing can be read


def test_ten_wrong_codes_and_no_more_are_judged(ada: User) -> None:
    secret = set_up(ada)
    for _ in range(10):
        after_password().post("/accounts/2fa/authenticate/", {"code": "000000"})
    late = after_password()
    late.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

    assert not is_in(late)


def test_a_stranger_who_knows_the_password_does_not_lock_the_owner_out(ada: User) -> None:
    secret = set_up(ada)
    owner = after_password()
    owner.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    for _ in range(12):
        after_password().post("/accounts/2fa/authenticate/", {"code": "000000"})

    again = owner.post("/accounts/2fa/reauthenticate/?next=/accounts/email/", {"code": code_of(secret, periods=1)})
    assert again["Location"] == "/accounts/email/"
    assert owner.get("/accounts/email/").status_code == 200


def tries_up(**where: Any) -> None:
    """Somebody who knows the password, from many addresses, with codes made up; the last try was not judged."""
    for number in range(11):
        thief = after_password(REMOTE_ADDR=f"198.51.100.{number}", **where)
        said = thief.post("/accounts/2fa/authenticate/", {"code": f"{number:06}"}).content.decode()
    assert str(TOO_MANY_CODES) in said


def known_to_ada(**where: Any) -> Client:
    """A browser she has signed in with, both steps, and out again."""
    browser = after_password(**where)
    browser.post("/accounts/2fa/authenticate/", {"code": recovery_codes(User.objects.get(username="ada"))[0]})
    assert is_in(browser)
    browser.post("/accounts/logout/")
    return browser


@pytest.mark.parametrize("known_by", ["browser", "address", "nothing"])
def test_wrong_codes_of_others_keep_the_owner_out_of_no_place_that_is_known(ada: User, known_by: str) -> None:
    secret = set_up(ada)
    owner, elsewhere = known_to_ada(REMOTE_ADDR="192.0.2.1"), {"REMOTE_ADDR": "203.0.113.5"}
    tries_up()

    if known_by == "browser":
        owner.post("/accounts/login/", {"login": "ada", "password": PASSWORD}, **elsewhere)
    else:
        owner = after_password(**{"REMOTE_ADDR": "192.0.2.1"} if known_by == "address" else elsewhere)
    owner.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}, **elsewhere if known_by == "browser" else {})

    assert is_in(owner) is (known_by != "nothing")


def test_a_known_browser_may_not_try_codes_without_end_either(ada: User) -> None:
    secret = set_up(ada)
    thief = known_to_ada()
    thief.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    for number in range(10):
        assert INCORRECT in thief.post("/accounts/2fa/authenticate/", {"code": f"{number:06}"}).content.decode()

    said = thief.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).content.decode()

    assert str(TOO_MANY_CODES) in said
    assert not is_in(thief)


def test_answers_of_passkeys_are_counted_with_the_codes(ada: User) -> None:
    secret = set_up(ada)
    client = after_password()
    for _try in range(10):
        client.post("/accounts/2fa/authenticate/", {"credential": BREAKING["half a number from the device"]})

    said = client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).content.decode()

    assert str(TOO_MANY_CODES) in said


def test_a_stolen_session_may_not_try_codes_without_end(ada: User) -> None:
    set_up(ada)
    thief = Client()
    sign_in(thief, ada, ago=LONG)
    answers = [thief.post("/accounts/2fa/reauthenticate/", {"code": "000000"}).status_code for _ in range(11)]

    assert answers == [200] * 10 + [429]


def test_a_code_shown_again_is_used_up_as_well(ada: User) -> None:
    secret = set_up(ada)
    owner = Client()
    sign_in(owner, ada, ago=LONG)
    code = code_of(secret)

    assert owner.post("/accounts/2fa/reauthenticate/", {"code": code}).status_code == 302
    assert owner.post("/accounts/2fa/reauthenticate/", {"code": code}).context["form"].errors == {"code": [INCORRECT]}


def test_setting_up_asks_again_who_it_is(client: Client, ada: User) -> None:
    client.force_login(ada)

    assert "/accounts/reauthenticate/" in client.get("/accounts/2fa/totp/activate/")["Location"]
    assert "/accounts/reauthenticate/" in client.get("/accounts/2fa/webauthn/add/")["Location"]


def test_who_has_just_signed_in_is_not_asked_again(client: Client, ada: User) -> None:
    client.post("/accounts/login/", {"login": "ada", "password": PASSWORD})

    assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_an_address_that_is_not_confirmed_comes_first(client: Client) -> None:
    """Else a stranger could sign up with somebody's address, and keep them out of it for ever."""
    client.force_login(StaffFactory(email="new@example.org"))
    User.objects.get(email="new@example.org").emailaddress_set.create(email="new@example.org", primary=True)
    give_password(client)

    assert client.get("/accounts/2fa/totp/activate/")["Location"] == "/accounts/2fa/"
    assert "confirm your e-mail address" in client.get("/accounts/security/").content.decode()


def test_without_an_app_or_passkey_the_recovery_codes_go_too(client: Client, ada: User) -> None:
    set_up(ada)
    sign_in(client, ada)
    client.post("/accounts/2fa/totp/deactivate/")

    assert not Authenticator.objects.filter(user=ada).exists()


def test_new_recovery_codes_replace_the_old_ones(client: Client, ada: User) -> None:
    set_up(ada)
    old = recovery_codes(ada)
    sign_in(client, ada, ago=LONG)
    give_password(client)
    client.post("/accounts/2fa/recovery-codes/generate/")

    assert len(recovery_codes(ada)) == 10
    assert not set(old) & set(recovery_codes(ada))


def test_recovery_codes_are_shown_and_downloaded_only_to_who_is_known(client: Client, ada: User) -> None:
    set_up(ada)
    sign_in(client, ada, ago=LONG)
    pages = ["/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/download/"]
    assert ["/accounts/reauthenticate/" in client.get(page)["Location"] for page in pages] == [True, True]
    give_password(client)
    codes = recovery_codes(ada)

    shown = client.get(pages[0]).content.decode()
    assert all(f"{code[:4]} {code[4:]}" in shown for code in codes)
    assert client.get(pages[1]).content.decode().split() == codes
    assert "no-store" in client.get(pages[1])["Cache-Control"]


def told_by_device(said: bytes) -> str:
    """An answer that is whole, but for what the device says in it."""
    data = base64.urlsafe_b64encode(bytes(32) + b"\x80" + bytes(4) + said).decode().rstrip("=")
    client_data = base64.urlsafe_b64encode(b'{"type": "webauthn.get", "challenge": "", "origin": ""}').decode()
    response = {"authenticatorData": data, "clientDataJSON": client_data, "signature": "AA", "userHandle": "AA"}
    return json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": response})


BREAKING = {
    "a number of thousands of digits": "1" * 5_000,
    "such a number inside": '{"id": ' + "1" * 5_000 + "}",
    "lists in lists": "[" * 15_000,
    "lists in lists that end": '{"id": ' + "[" * 400 + "]" * 400 + "}",
    "too long": "[" * 100_000,
    "no object": "false",
    "lists in lists from the device": told_by_device(b"\x81" * 8_000),
    "half a number from the device": told_by_device(b"\x19\x01"),
}


@pytest.mark.parametrize("typed", BREAKING.values(), ids=BREAKING)
def test_a_stranger_breaks_nothing_with_a_passkey_that_no_browser_made(typed: str) -> None:
    page = Client().post("/accounts/2fa/webauthn/login/", {"credential": typed}, follow=True)

    assert page.redirect_chain[-1] == ("/accounts/login/", 302)
    assert INCORRECT in html.unescape(page.content.decode())


@pytest.mark.parametrize("typed", BREAKING.values(), ids=BREAKING)
@pytest.mark.parametrize("page", ["authenticate", "webauthn/reauthenticate", "webauthn/add"])
def test_nor_does_somebody_known(ada: User, page: str, typed: str) -> None:
    set_up(ada)
    client = after_password()
    if page != "authenticate":
        sign_in(client, ada)

    answer = client.post(f"/accounts/2fa/{page}/", {"credential": typed, "name": "x"}, follow=True)

    assert answer.status_code == 200
    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).count() == 0


@pytest.mark.parametrize("form", [NewPasskeyForm, PasskeyForm, PasskeyAloneForm, PasskeyAgainForm])
def test_every_form_of_a_passkey_reads_no_more_than_a_browser_sends(form: type) -> None:
    assert isinstance(form.base_fields["credential"], CredentialField)
    assert form.base_fields["credential"].clean('{"id": "' + "x" * (LONGEST_CREDENTIAL - 10) + '"}')
    with pytest.raises(ValidationError):
        form.base_fields["credential"].clean('{"id": "' + "x" * (LONGEST_CREDENTIAL - 9) + '"}')


@pytest.mark.parametrize(
    "typed", ["{}", "[]", "7", '"x"', "null", '{"id": 1}', '{"id": "a", "rawId": "b", "response": []}']
)
@pytest.mark.parametrize("page", ["webauthn/login", "authenticate", "webauthn/reauthenticate", "webauthn/add"])
def test_a_passkey_that_no_browser_made_is_refused(ada: User, page: str, typed: str) -> None:
    set_up(ada)
    client = Client() if page == "webauthn/login" else after_password()
    if page in {"webauthn/reauthenticate", "webauthn/add"}:
        sign_in(client, ada, ago=LONG)
        give_password(client)

    answer = client.post(f"/accounts/2fa/{page}/", {"credential": typed, "name": "x"})
    assert answer.status_code in {200, 302}
    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).count() == 0
