"""allauth's mails by our outbox: each has a message of ours, and what is said, to whom, and how it is kept (D2, A6)."""

from __future__ import annotations

import re
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import allauth
import pytest
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailConfirmationHMAC
from allauth.core import context as allauth_context
from django.test import Client, RequestFactory

from accounts.models import User
from accounts.services import address_of, propose_email
from accounts.tests.factories import PASSWORD, StaffFactory, sign_in, verify
from email_service import contract
from email_service.messages import compose
from integrations.account_mails import MAILS
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient
from tests.contracts.letterbox import Letterbox

pytestmark = pytest.mark.django_db
OUR_ADDRESS = "https://book.hospital.example"
NEW = {"password1": "Quiet-Harbour-42", "password2": "Quiet-Harbour-42"}
# Mails allauth has a template for and we never send.
NOT_SENT = {
    "account/email/email_confirm": "no code of allauth 65 sends it",
    "account/email/login_code": "signing in by a mailed code is off (ACCOUNT_LOGIN_BY_CODE_ENABLED)",
    "account/email/password_reset_code": "passwords are reset by link (ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED)",
    "socialaccount/email/account_connected": "there is no signing in by other sites",
    "socialaccount/email/account_disconnected": "there is no signing in by other sites",
}

OURS = {"accounts/email/invitation", "mfa/email/recovery_code_used", "mfa/email/second_factor_reset"}


@pytest.fixture(autouse=True)
def base_url(settings: Any) -> None:
    settings.BASE_URL = OUR_ADDRESS


@pytest.fixture
def ada() -> User:
    return make_patient(full_name="Ada Byron", username="ada", email="ada@example.org").user


def mails_of_allauth() -> set[str]:
    templates = Path(allauth.__file__).parent / "templates"
    ending = "_subject.txt"
    return {str(path.relative_to(templates)).removesuffix(ending) for path in templates.glob(f"**/email/*{ending}")}


def told() -> list[tuple[str, str, str]]:
    """Whom, what, and which notice, in the order they were written."""
    rows = OutgoingMessage.objects.exclude(action="SIGNUP_WELCOME").order_by("pk")
    return [(row.data["to"]["email"], row.action, row.data.get("notice", "")) for row in rows]


def newest() -> OutgoingMessage:
    return OutgoingMessage.objects.latest("pk")


def path_in(message: OutgoingMessage) -> str:
    url = message.data["url"]
    assert url.startswith(f"{OUR_ADDRESS}/accounts/")
    return url.removeprefix(OUR_ADDRESS)


def asks_for_reset(email: str, **how: Any) -> OutgoingMessage:
    assert Client().post("/accounts/password/reset/", {"email": email}, **how).status_code == 302
    return newest()


def signed_in(user: User) -> Client:
    """With the password just given."""
    client = Client()
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


# The list


def test_every_mail_of_allauth_has_a_message_of_ours_or_a_reason_why_not() -> None:
    assert mails_of_allauth() == (MAILS.keys() - OURS) | NOT_SENT.keys()
    assert MAILS.keys() & NOT_SENT.keys() == set()


@pytest.mark.parametrize("name", sorted(MAILS))
def test_each_is_within_the_contract_of_the_function(name: str, ada: User) -> None:
    facts = {
        "activate_url": "http://testserver/accounts/confirm-email/abc:def/",
        "password_reset_url": "http://testserver/accounts/password/reset/key/1-abc/",
        "signup_url": "http://testserver/accounts/signup/",
        "user": ada,
        "invitation_url": "http://testserver/accounts/invitation/abc/",
        "lifetime": timedelta(days=7),
    }
    get_adapter().send_mail(name, "ada@example.org", facts)
    message = newest()
    checked = contract.check({"id": str(message.message_id), "action": message.action, "data": message.data})
    letter = compose(checked.action, checked.data)
    assert letter.subject
    assert letter.button is not None
    assert letter.button.url.startswith(f"{OUR_ADDRESS}/")


def test_one_without_a_message_of_ours_is_an_error_and_not_silence(ada: User) -> None:
    with pytest.raises(KeyError):
        get_adapter().send_mail("account/email/login_code", ada.email, {"user": ada, "code": "1"})


# What the pages send


def test_signing_up_sends_the_link_once(client: Client, ada: User) -> None:
    typed = {
        "full_name": "Wanda",
        "email": "Wanda@example.org",
        "phone": "020 7946 0123",
        "password": "three-unusual-words",
        "username": "",
        "date_of_birth_0": "31",
        "date_of_birth_1": "3",
        "date_of_birth_2": "1980",
        "date_of_birth": "1980-03-31",
    }
    answer = client.post("/accounts/signup/patient/", typed)
    assert answer.status_code == 302, answer.context["form"].errors
    assert told() == [("wanda@example.org", "EMAIL_VERIFICATION", "")]
    assert newest().data["to"]["name"] == "Wanda"
    client.post(path_in(newest()))
    assert User.objects.get(email="wanda@example.org").email_verified


def test_a_new_password_by_mail_from_the_question_to_the_notice(ada: User) -> None:
    path = path_in(asks_for_reset("ADA@example.org"))
    browser = Client()
    browser.post(browser.get(path, follow=True).redirect_chain[-1][0], NEW)
    assert told() == [
        ("ada@example.org", "PASSWORD_RESET", ""),
        ("ada@example.org", "ACCOUNT_NOTICE", "PASSWORD_RESET"),
    ]
    ada.refresh_from_db()
    assert ada.check_password(NEW["password1"])


def test_an_unknown_address_is_told_that_there_is_no_account(ada: User) -> None:
    message = asks_for_reset("nobody@example.org")
    assert message.data["to"] == {"email": "nobody@example.org", "name": ""}
    assert message.data["account_exists"] is False
    assert message.data["sign_up_url"] == f"{OUR_ADDRESS}/accounts/signup/"


def test_nobodys_name_goes_to_an_address_somebody_else_typed(ada: User) -> None:
    signed_in(ada).post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert newest().data["to"]["name"] == ""


def test_a_closed_account_counts_as_none(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert asks_for_reset("ada@example.org").data["account_exists"] is False


def test_a_changed_password_is_noticed(ada: User) -> None:
    signed_in(ada).post("/accounts/password/change/", {"oldpassword": PASSWORD, **NEW})
    assert told() == [("ada@example.org", "ACCOUNT_NOTICE", "PASSWORD_CHANGED")]
    assert newest().data["to"]["name"] == "Ada Byron"


def test_a_new_address_gets_the_link_and_the_old_one_the_notice_once_it_is_followed(ada: User) -> None:
    browser = signed_in(ada)
    browser.post("/accounts/email/", {"email": "new@example.org"})
    assert told() == [("new@example.org", "EMAIL_VERIFICATION", "")]
    browser.post(path_in(newest()))
    assert told()[1:] == [("ada@example.org", "ACCOUNT_NOTICE", "EMAIL_CHANGED")]
    assert User.objects.get(pk=ada.pk).email == "new@example.org"


def test_an_address_that_never_was_confirmed_stays_until_the_new_one_is_and_its_link_is_dead() -> None:
    user = make_patient(username="eve", email="mistyped@example.org", verified=False).user
    old = EmailConfirmationHMAC(address_of(user)).key
    browser = signed_in(user)
    browser.post("/accounts/email/", {"email": "right@example.org"})
    assert told() == [("right@example.org", "EMAIL_VERIFICATION", "")]
    assert browser.post(f"/accounts/confirm-email/{old}/").status_code == 404
    browser.post(path_in(newest()))
    assert User.objects.get(pk=user.pk).email == "right@example.org"


@pytest.mark.ignore_template_errors
def test_staff_who_change_an_address_have_both_told(ada: User, client: Client) -> None:
    sign_in(client, StaffFactory())
    typed = {"full_name": "Ada Byron", "phone": ada.phone, "email": "new@example.org"}
    assert client.post(f"/admin/accounts/user/{ada.pk}/change/", typed).status_code == 302
    assert told() == [
        ("ada@example.org", "ACCOUNT_NOTICE", "EMAIL_CHANGED"),
        ("new@example.org", "EMAIL_VERIFICATION", ""),
    ]


def test_a_change_that_fails_tells_nobody(ada: User) -> None:
    browser = signed_in(ada)
    path = f"/accounts/confirm-email/{EmailConfirmationHMAC(propose_email(user=ada, email='new@example.org')).key}/"
    verify(StaffFactory(email="new@example.org"))
    browser.post(path)
    assert told() == []


# How it is written down


def test_links_lead_to_our_own_address_whatever_host_was_asked(ada: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    forged = {"SERVER_NAME": "evil.example", "headers": {"host": "evil.example", "x-forwarded-host": "evil.example"}}
    known, unknown = asks_for_reset(ada.email, **forged), asks_for_reset("nobody@example.org", **forged)
    assert path_in(known).startswith("/accounts/password/reset/key/")
    assert "evil" not in str(known.data) + str(unknown.data)


def test_links_say_nothing_about_the_person(ada: User) -> None:
    request = RequestFactory().get("/")
    with allauth_context.request_context(request):
        address_of(ada).send_confirmation(request)
    urls = [newest().data["url"], asks_for_reset(ada.email).data["url"]]
    for url in urls:
        assert not re.search(r"ada|byron|example\.org|%40|@", url.removeprefix(OUR_ADDRESS), re.IGNORECASE)


def test_a_link_is_kept_encrypted_and_thrown_away_when_it_is_dead(ada: User) -> None:
    message = asks_for_reset(ada.email)
    row = OutgoingMessage.objects.filter(pk=message.pk).values().get()
    key = message.data["url"].rsplit("-", 1)[-1].strip("/")
    assert len(key) > 20
    for secret in (key, "ada@example.org", "Byron"):
        assert secret not in str(row)
    assert message.expires_at == message.created_at + timedelta(hours=3)
    assert message.data["expires_minutes"] == 180


def test_confirming_may_take_three_days(ada: User) -> None:
    signed_in(ada).post("/accounts/email/", {"email": "new@example.org"})
    message = newest()
    assert message.expires_at == message.created_at + timedelta(days=3)
    assert message.data["expires_minutes"] == 3 * 24 * 60


def test_a_link_never_waits_behind_another_message_of_the_person(ada: User) -> None:
    streams = {asks_for_reset(ada.email).stream, asks_for_reset("nobody@example.org").stream}
    assert len(streams) == 2
    assert not streams & set(OutgoingMessage.objects.filter(action="SIGNUP_WELCOME").values_list("stream", flat=True))
    assert not any("nobody" in stream or "@" in stream for stream in streams)


def test_asking_twice_is_two_messages(ada: User) -> None:
    assert asks_for_reset(ada.email).pk != asks_for_reset(ada.email).pk


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_nothing_is_sent_while_somebody_waits(email: str, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a request opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with socket.socket() as probe, pytest.raises(AssertionError, match="opened a connection"):
        probe.connect(("127.0.0.1", 9))
    assert asks_for_reset(email).attempts == 0


# What arrives


def test_the_letters_arrive_by_the_real_function(ada: User, letterbox: Letterbox) -> None:
    message = asks_for_reset(ada.email)
    assert letterbox.deliver(message).status == 200
    letter = letterbox.newest
    assert letter.recipients == ("ada@example.org",)
    assert message.data["url"] in letter.text
    assert message.data["url"] in letter.html
