"""Signing up as a patient (A2, A3)."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.choices import Role
from accounts.models import User
from accounts.services import set_password_by_link
from accounts.tests.factories import PASSWORD, follow_link
from core import clock
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
PAGE = "/accounts/signup/patient/"
SENT = "/accounts/signup/sent/"
TYPED = {
    "full_name": "Ada Byron",
    "email": "ada@example.org",
    "username": "",
    "phone": "020 7946 0003",
    "password": PASSWORD,
    "date_of_birth_0": "10",
    "date_of_birth_1": "12",
    "date_of_birth_2": "1985",
}


def _sign_up(client: Client, **typed: str) -> Any:
    return client.post(PAGE, TYPED | typed)


def test_a_new_patient_is_signed_in_on_their_own_page(client: Client) -> None:
    assert _sign_up(client)["Location"] == SENT
    assert client.get("/patient/profile/").status_code == 302  # not before the link was followed
    assert follow_link(client, "ada@example.org")["Location"] == reverse("dashboards:patient")
    patient = PatientProfile.objects.select_related("user").get()
    assert (patient.user.role, patient.user.full_name) == (Role.PATIENT, "Ada Byron")
    assert re.fullmatch(r"ada-\d{5}", patient.user.username)
    assert (patient.date_of_birth, patient.user.phone) == (date(1985, 12, 10), "+442079460003")
    assert patient.user.check_password(PASSWORD)
    assert client.get("/patient/profile/").status_code == 200
    assert EmailAddress.objects.get().user == patient.user
    assert mail.outbox == []


def test_one_notice_says_that_the_address_is_confirmed(client: Client) -> None:
    """Who is signed in by it sees that on the page."""
    _sign_up(client)
    page = client.get(follow_link(client, "ada@example.org")["Location"])

    assert [str(message) for message in page.context["messages"]] == [
        "Your e-mail address ada@example.org is confirmed."
    ]


@pytest.mark.parametrize(
    "posted",
    [
        {"role": "STAFF"},
        {"role": "DOCTOR", "user_role": "STAFF"},
        {"is_staff": "1", "is_superuser": "1"},
        {"is_active": "0", "id": "1", "pk": "1", "user": "1", "approved_at": "2026-01-01"},
    ],
)
def test_the_role_is_the_pages_whatever_is_posted(client: Client, posted: dict[str, str]) -> None:
    assert _sign_up(client, **posted).status_code == 302
    user = User.objects.get()
    assert (user.role, user.is_staff, user.is_superuser, user.is_active) == (Role.PATIENT, False, False, True)


def test_the_chosen_time_is_not_lost_on_the_way(client: Client) -> None:
    wanted = f"{reverse('bookings:new')}?slot=6b1f2a34-0000-4000-8000-000000000000"
    page = client.get(PAGE, {"next": wanted})
    assert f'<input type="hidden" name="next" value="{wanted}">' in page.content.decode()
    wrong = _sign_up(client, password="short", next=wanted)
    assert f'<input type="hidden" name="next" value="{wanted}">' in wrong.content.decode()
    assert _sign_up(client, next=wanted)["Location"] == SENT
    waiting = client.get(SENT).content.decode()
    assert "We’ve kept your choice" in waiting
    assert f'href="{PAGE}?next={quote(wanted, safe="")}"' in waiting  # also for who has mistyped their address
    assert follow_link(client, "ada@example.org")["Location"] == wanted


@pytest.mark.parametrize("page", [reverse("account_login"), PAGE, reverse("doctors:signup")])
def test_every_way_on_from_the_way_in_keeps_it(client: Client, page: str) -> None:
    """The header's links, too: whoever chose a time and then creates an account gets that time."""
    wanted = f"{reverse('bookings:new')}?slot=6b1f2a34-0000-4000-8000-000000000000"
    text = client.get(page, {"next": wanted}).content.decode()
    links = re.findall(rf'href="((?:{reverse("account_login")}|{PAGE})[^"]*)"', text)
    assert len(links) >= 2
    assert {parse_qs(urlsplit(link).query).get("next", [""])[0] for link in links} == {wanted}


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_a_next_on_another_site_is_ignored(client: Client, elsewhere: str) -> None:
    assert "evil.example" not in client.get(PAGE, {"next": elsewhere}).content.decode()
    _sign_up(client, next=elsewhere)
    assert follow_link(client, "ada@example.org")["Location"] == reverse("dashboards:patient")


def test_the_session_gets_a_new_key(client: Client) -> None:
    session = client.session
    session["kept"] = "yes"
    session.save()
    before = session.session_key
    _sign_up(client)
    assert client.session.session_key != before
    waiting = client.session.session_key
    follow_link(client, "ada@example.org")
    assert client.session.session_key != waiting


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("username", "me@home", "A username can’t contain @. You can sign in with your e-mail as well."),
        ("password", "short", "This password is too short. It must contain at least 10 characters."),
        ("password", "password123", "This password is too common."),
        ("password", "Ada-Byron-1", "The password is too similar to the full name."),
        ("password", "new@example.com", "The password is too similar to the e-mail address."),
        ("password", "", "Choose a password."),
        ("full_name", "   ", "Enter your full name."),
        ("full_name", "Ada\nBcc: all@example.org", "Use one line of ordinary text."),
        ("phone", "call me", "Enter a phone number, like 020 7946 0100."),
    ],
)
def test_what_will_not_do_gets_a_sentence_beside_its_field(
    client: Client, field: str, value: str, sentence: str
) -> None:
    make_patient(username="Ada.B", email="ada@example.org")
    response = _sign_up(client, **({"email": "new@example.com", "username": "fresh"} | {field: value}))
    assert response.context["form"].errors == {field: [sentence]}
    assert "<title>Error: " in response.content.decode()
    assert User.objects.count() == 1


TEXTS = {
    "long": "x" * 10_000,
    "emoji": "🦉🦉🦉",
    "rtl": "محمد بن سلمان",
    "override": "\u202eevil",
    "markup": "<script>alert(1)</script>",
    "template": "{{ 7*7 }}{% load x %}",
    "quotes": "'\"; DROP TABLE accounts_user; --",
    "lines": "a\r\nb\u2028c",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("field", TYPED)
def test_hostile_text_is_taken_or_told_and_the_rest_is_kept(client: Client, field: str, text: str) -> None:
    response = _sign_up(client, **{field: text})
    if response.status_code == 302:
        assert User.objects.get().role == Role.PATIENT
        return
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {field.rpartition("_")[0] if field[-1].isdigit() else field}
    page = response.content.decode()
    assert "<script>alert(1)" not in page
    kept = [value for name, value in TYPED.items() if value and name not in {field, "password"}]
    assert len(kept) > 3
    assert all(f'value="{value}"' in page for value in kept)
    assert PASSWORD not in page


@pytest.mark.parametrize("name", ["محمد بن سلمان", "José Álvarez", "李小龍", "O’Neill-Smith", "Åse 🦉"])
def test_names_of_all_scripts_are_welcome(client: Client, name: str) -> None:
    assert _sign_up(client, full_name=name).status_code == 302
    assert User.objects.get().full_name == name


def test_two_people_with_one_local_part_get_two_usernames(client: Client) -> None:
    _sign_up(client)
    _sign_up(Client(), email="ada@example.com")
    assert len({name.casefold() for name in User.objects.values_list("username", flat=True)}) == 2


def test_a_password_may_be_pasted_and_is_told_to_the_password_manager(client: Client) -> None:
    form = client.get(PAGE).context["form"]
    told = {name: field.widget.attrs.get("autocomplete") for name, field in form.fields.items()}
    assert told | {"date_of_birth": None} == {
        "full_name": "name",
        "date_of_birth": None,
        "email": "email",
        "phone": "tel",
        "username": "username",
        "password": "new-password",
    }
    assert "onpaste" not in client.get(PAGE).content.decode()


def test_a_lost_race_for_the_address_is_answered_alike(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_patient(email="ada@example.org")
    found = iter([None])
    monkeypatch.setattr(
        "accounts.signing_in.signup.account_with_email", lambda email: next(found, User.objects.first())
    )
    assert _sign_up(client)["Location"] == SENT
    assert User.objects.count() == 1


def test_a_lost_race_for_the_username_gives_another(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_patient(username="ada.b")
    monkeypatch.setattr("accounts.signing_in.signup.free_username", lambda wanted, *, email: wanted)
    assert _sign_up(client, username="Ada.B")["Location"] == SENT
    assert follow_link(client, "ada@example.org").status_code == 302
    (name,) = User.objects.filter(email="ada@example.org").values_list("username", flat=True)
    assert re.fullmatch(r"Ada.B-\d{5}", name)
    assert f"Your username is {name}." in client.get("/patient/").content.decode()


def test_the_open_page_goes_on_by_itself_once_the_link_was_followed_elsewhere(client: Client) -> None:
    _sign_up(client)
    assert client.post(SENT, headers={"hx-request": "true"}).status_code == 204
    assert client.post(SENT)["Location"] == f"{SENT}?asked=yes"
    follow_link(Client(), "ada@example.org")
    answer = client.post(SENT, headers={"hx-request": "true"})
    assert answer["HX-Redirect"] == reverse("dashboards:patient")
    assert client.get("/patient/profile/").status_code == 200


@pytest.mark.parametrize("meanwhile", ["signed in elsewhere", "another password", "closed"])
def test_a_waiting_browser_is_let_in_by_nothing_else(client: Client, meanwhile: str) -> None:
    _sign_up(client)
    follow_link(Client(), "ada@example.org")
    user = User.objects.get()
    if meanwhile == "signed in elsewhere":
        assert Client().post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
    if meanwhile == "another password":
        set_password_by_link(user=user, password="another-Horse-9", now=clock.now())
    if meanwhile == "closed":
        User.objects.update(is_active=False)
    client.post(SENT)
    assert client.get("/patient/profile/").status_code == 302


def test_nobody_signs_in_before_the_link_was_followed_and_it_is_sent_again(client: Client) -> None:
    _sign_up(client)
    cache.clear()
    before = OutgoingMessage.objects.filter(action="EMAIL_VERIFICATION").count()
    answer = Client().post("/accounts/login/", {"login": "ada@example.org", "password": PASSWORD})
    assert "follow the link in our e-mail first" in str(answer.context["form"].non_field_errors())
    assert OutgoingMessage.objects.filter(action="EMAIL_VERIFICATION").count() == before + 1


def test_a_password_by_mail_confirms_the_address_as_well(client: Client) -> None:
    _sign_up(client)
    set_password_by_link(user=User.objects.get(), password="another-Horse-9", now=clock.now())
    answer = Client().post("/accounts/login/", {"login": "ada@example.org", "password": "another-Horse-9"})
    assert answer["Location"] == reverse("dashboards:patient")


def test_the_same_form_sent_twice_makes_one_account(client: Client) -> None:
    _sign_up(client)
    assert _sign_up(client)["Location"] == SENT
    assert User.objects.count() == 1
    assert follow_link(client, "ada@example.org")["Location"] == reverse("dashboards:patient")


def test_the_same_form_from_another_browser_is_not_let_in(client: Client) -> None:
    _sign_up(client)
    other = Client()
    _sign_up(other)
    follow_link(Client(), "ada@example.org")
    other.post(SENT)
    assert other.get("/patient/profile/").status_code == 302


@pytest.mark.parametrize("in_demo", [True, False])
def test_the_demo_says_where_its_mail_lies(client: Client, settings: Any, tmp_path: Path, in_demo: bool) -> None:
    settings.LOCAL_INBOX = tmp_path if in_demo else None
    _sign_up(client, email="ada+1@example.org")
    page = client.get(SENT).content.decode()
    assert "Check your e-mail" in page
    assert ("/dev/inbox/?to=ada%2B1%40example.org" in page) is in_demo
