"""Whoever types an address, a stranger or somebody signed in, learns nowhere whether it has an account (A6).

One table of all forms that take one, but for those of staff, who may know.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable
from difflib import unified_diff
from typing import Any

import pytest
from django import forms
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import StaffFactory, sign_in
from accounts.tests.hashing import hashed
from audit.choices import Kind
from audit.models import Entry
from core import clock
from doctors.tests.factories import DepartmentFactory, make_doctor
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from tests.statements import watching_statements

__all__ = ["hashed"]
pytestmark = pytest.mark.django_db
TYPED = "three-unusual-words"
NEW = "new.person@example.org"
PATIENT = {
    "full_name": "Ada Byron",
    "phone": "020 7946 0003",
    "password": TYPED,
    "username": "",
    "date_of_birth_0": "10",
    "date_of_birth_1": "12",
    "date_of_birth_2": "1985",
}
DOCTOR = {
    "full_name": "Ana Álvarez",
    "phone": "020 7946 0001",
    "password": TYPED,
    "username": "",
    "licence_number": "GMC 123",
    "specialization": "Cardiology",
    "qualification": "MD",
    "years_of_experience": "12",
    "consultation_fee_cents": "120.50",
    "biography": "",
}
Sends = Callable[[Client, str], list[Any]]


def _then(client: Client, answer: Any, *pages: str) -> list[Any]:
    return [answer, *(client.get(page) for page in (answer.get("Location"), *pages) if page)]


def patient_signs_up(client: Client, email: str, **more: str) -> list[Any]:
    answer = client.post("/accounts/signup/patient/", PATIENT | {"email": email} | more)
    asked = [
        client.post("/accounts/signup/sent/"),
        client.post("/accounts/signup/sent/", headers={"hx-request": "true"}),
    ]
    again = client.post("/accounts/signup/sent/", {"again": "yes"})
    return [*_then(client, answer, "/patient/", "/accounts/verify/"), *asked, *_then(client, again)]


def signs_up_twice(client: Client, email: str) -> list[Any]:
    return [*patient_signs_up(client, email), *patient_signs_up(client, email)]


def doctor_signs_up(client: Client, email: str) -> list[Any]:
    department = str(DepartmentFactory(name="Heart", slug="heart").pk)
    answer = client.post("/accounts/signup/doctor/", DOCTOR | {"email": email, "department": department})
    return _then(client, answer, "/doctor/")


def signs_up_and_in(client: Client, email: str) -> list[Any]:
    patient_signs_up(client, email)
    return _then(client, client.post("/accounts/login/", {"login": email, "password": TYPED}), "/patient/")


def signs_in(client: Client, email: str) -> list[Any]:
    return _then(client, client.post("/accounts/login/", {"login": email, "password": "Wrong-Horse-1"}))


def resets(client: Client, email: str) -> list[Any]:
    return _then(client, client.post("/accounts/password/reset/", {"email": email}))


def _changes(client: Client, email: str, *, verified: bool) -> list[Any]:
    sign_in(client, make_patient(username="eve", email="eve@example.org", verified=verified).user)
    answer = client.post("/accounts/email/", {"email": email})
    pages = _then(client, answer, "/accounts/email/", "/accounts/security/", "/accounts/verify/", "/patient/profile/")
    return [*pages, *_then(client, client.post("/accounts/email/proposed/"))]


def changes(client: Client, email: str) -> list[Any]:
    return _changes(client, email, verified=True)


def changes_unconfirmed(client: Client, email: str) -> list[Any]:
    return _changes(client, email, verified=False)


FORMS: list[Sends] = [
    *(patient_signs_up, signs_up_twice, doctor_signs_up, signs_up_and_in),
    *(signs_in, resets, changes, changes_unconfirmed),
]
# Where much is written for a new address. A sign-in and a reset differ by a few reads, beside a hash or a mail.
MAKE_SOMETHING = {patient_signs_up, signs_up_twice, doctor_signs_up, changes, changes_unconfirmed}
# Everything of forms with an address: a new one stands here, and in the table above unless staff alone use it.
KNOWN_FORMS = {
    **dict.fromkeys(("PatientSignUpForm", "DoctorSignUpForm", "AccountFields"), "table"),
    **dict.fromkeys(("EmailForm", "ResetPasswordForm"), "table"),
    **dict.fromkeys(("InvitedFields", "InviteAgainForm", "NewStaffForm", "UserForm", "StaffForm"), "staff"),
    **dict.fromkeys(("NewDoctorForm", "NewPatientForm", "DeskBookingForm"), "staff"),
    "SampleForm": "gallery of components, in development alone",
}


@pytest.fixture(autouse=True)
def one_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages say when somebody signed in: no minute, and no day, begins between two answers that are compared."""
    instant = timezone.now()
    monkeypatch.setattr(clock, "now", lambda: instant)
    monkeypatch.setattr(timezone, "now", lambda: instant)


@pytest.fixture
def known() -> dict[str, str]:
    """An address of each kind of account."""
    make_patient(username="ada", email="ada@example.org")
    make_patient(username="unconfirmed", email="unconfirmed@example.org", verified=False)
    make_doctor(username="doc", email="doc@example.org")
    StaffFactory(username="sam", email="sam@example.org")
    StaffFactory(username="closed", email="closed@example.org", is_active=False)
    names = ("ada", "unconfirmed", "doc", "sam", "closed")
    return {name: f"{name}@example.org" for name in names} | {"capitals": "ADA@Example.org"}


def _as_seen(answer: Any, email: str) -> tuple[Any, ...]:
    """Status, headers, cookies and text, but for the address itself and what differs each time."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())
    text = re.sub(r'name="typed_by" value="[^"]*"', "", text)  # whose form it is, their number in it
    text = text.replace(email, "<address>").replace(email.lower(), "<address>")
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name not in {"X-Request-ID", "Content-Length", "Expires"}
    }
    return answer.status_code, headers, sorted(answer.cookies), text


def _work(sends: Sends, email: str, hashed: list[str]) -> tuple[Any, int, Counter[str]]:
    """In a savepoint, so that each address meets the same hospital."""
    cache.clear()
    client = Client()
    before = len(hashed)
    with watching_statements() as statements:
        seen = [_as_seen(answer, email) for answer in sends(client, email)]
    verbs = Counter(statement.split(maxsplit=1)[0] for statement in statements)
    return seen, len(hashed) - before, verbs


@pytest.mark.parametrize("sends", FORMS, ids=lambda sends: sends.__name__)
@pytest.mark.parametrize("whose", ["ada", "unconfirmed", "doc", "sam", "closed", "capitals"])
def test_a_known_address_is_answered_like_a_new_one(
    sends: Sends, whose: str, known: dict[str, str], hashed: list[str], undone: Any
) -> None:
    with undone():
        stranger, hashes, verbs = _work(sends, NEW, hashed)
    with undone():
        owner, hashes_of_known, verbs_of_known = _work(sends, known[whose], hashed)

    assert len(owner) > 0
    for own, other in zip(owner, stranger, strict=True):
        assert own[:3] == other[:3]
        differences = list(unified_diff(other[3].splitlines(), own[3].splitlines(), n=0))
        assert not differences, "\n".join(differences)
    assert hashes_of_known == hashes
    if sends in MAKE_SOMETHING:
        assert abs(verbs.total() - verbs_of_known.total()) <= 0.25 * verbs.total(), (verbs, verbs_of_known)


@pytest.fixture
def undone() -> Any:
    """What is written inside is rolled back, also the number of the next row."""
    from contextlib import contextmanager  # noqa: PLC0415

    from django.db import transaction  # noqa: PLC0415

    @contextmanager
    def inside() -> Any:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    return inside


def _subclasses(kind: type) -> set[type]:
    return {found for subclass in kind.__subclasses__() for found in ({subclass} | _subclasses(subclass))}


def test_every_form_with_an_address_is_in_the_table() -> None:
    """Of those that stand in a module of ours: not what the admin or a test makes while it runs."""
    assert get_resolver().url_patterns  # all pages are imported
    found = {
        form.__name__
        for form in _subclasses(forms.BaseForm)
        if "email" in getattr(form, "base_fields", {})
        and not form.__module__.startswith(("django", "allauth", "tests"))
        and ".tests." not in form.__module__
        and getattr(sys.modules[form.__module__], form.__name__, None) is form
    }
    assert len(found) >= 6
    assert found - KNOWN_FORMS.keys() == set()


def test_a_taken_username_is_answered_like_a_free_one(known: dict[str, str], undone: Any) -> None:
    seen = []
    for username in ("quite.free", "ada"):
        with undone():
            cache.clear()
            answers = patient_signs_up(Client(), NEW, username=username)
            seen.append([_as_seen(answer, NEW) for answer in answers])
            assert User.objects.filter(email=NEW).exists()
    assert seen[0] == seen[1]


# What the owner hears


def _told(email: str) -> list[OutgoingMessage]:
    sent = OutgoingMessage.objects.filter(action="ACCOUNT_NOTICE").order_by("pk")
    return [message for message in sent if message.data["to"]["email"] == email]


def test_the_owner_hears_of_it_once_a_day_with_the_ways_in(known: dict[str, str]) -> None:
    people = PatientProfile.objects.count()
    for sends in (patient_signs_up, doctor_signs_up, changes, patient_signs_up):
        cache.clear()  # no limit stands in the way
        sends(Client(), "ada@example.org")
    (message,) = _told("ada@example.org")
    assert message.data["notice"] == "ACCOUNT_ALREADY_EXISTS"
    assert message.data["url"].endswith(reverse("account_login"))
    assert message.data["reset_url"].endswith(reverse("account_reset_password"))
    assert PatientProfile.objects.count() == people + 1  # eve, who changes
    assert not User.objects.filter(email__endswith=".invalid").exists()


def test_the_trail_says_whose_address_was_tried_and_by_whom(known: dict[str, str]) -> None:
    ada = User.objects.get(username="ada")
    patient_signs_up(Client(), "ada@example.org")
    changes(Client(), "ada@example.org")
    entries = Entry.objects.filter(pgh_label=Kind.ADDRESS_TAKEN)
    assert {entry.object_id for entry in entries} == {str(ada.pk)} or {entry.object_id for entry in entries} == {ada.pk}
    assert User.objects.get(username="eve").pk in {entry.actor_id for entry in entries}
