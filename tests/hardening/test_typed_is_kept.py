"""What was typed into a form that could not be taken is there again, for the same person only, and only for a while."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import drafts
from accounts.models import User
from accounts.tests.factories import StaffFactory, verify
from bookings.models import Booking
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, new_address, slot_in
from core import clock
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
WORDS = "Zugluft im Wartezimmer"
LOGIN = reverse("account_login")


def _patient() -> User:
    return make_patient().user


def _doctor() -> User:
    return make_doctor().user


def _manager() -> User:
    return verify(StaffFactory(is_superuser=True, is_staff=True))


def _booking_of(user: User) -> Booking:
    return booked(patient=PatientProfile.objects.get(user=user), days=3)


# who, the page of the form, a field people type into
FORMS: dict[str, tuple[Callable[[], User], Callable[[User], str], str]] = {
    "booking, reason": (_patient, lambda _: new_address(slot_in()), "reason"),
    "booking, notes": (_patient, lambda _: new_address(slot_in()), "notes"),
    "cancelling": (_patient, lambda user: reverse("bookings:cancel", args=[_booking_of(user).reference]), "reason"),
    "one's own details": (_manager, lambda _: reverse("accounts:me"), "full_name"),
    "somebody looked after": (_patient, lambda _: reverse("patients:person_new"), "full_name"),
    "a doctor's profile": (_doctor, lambda _: reverse("doctors:edit_profile"), "biography"),
    "time off": (_doctor, lambda _: reverse("bookings:time_off_new"), "note"),
    "the admin": (_manager, lambda _: reverse("admin:doctors_department_add"), "name"),
}


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    settings.STAFF_NEED_SECOND_FACTOR = False


class Page:
    """A form somebody filled in, with the marks it really carried."""

    def __init__(self, kind: str) -> None:
        who, where, self.field = FORMS[kind]
        self.user = who()
        self.path = where(self.user)
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(self.user)
        answer = self.client.get(self.path)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert f'name="{self.field}"' in page
        self.typed = {self.field: WORDS}
        for name in ("csrfmiddlewaretoken", "typed_by", "idempotency_key"):
            found = re.search(rf'name="{name}" value="([^"]*)"', page)
            self.typed |= {name: found[1]} if found else {}

    def sent(self) -> Any:
        return self.client.post(self.path, self.typed, headers={"Referer": f"http://testserver{self.path}"})

    def seen_by(self, user: User) -> str:
        self.client.force_login(user)
        return self.client.get(self.path).content.decode()

    def session_ends(self) -> None:
        del self.client.cookies["hms_session"]


@pytest.mark.parametrize("kind", FORMS)
def test_a_session_that_ended_loses_nothing(kind: str) -> None:
    page = Page(kind)
    page.session_ends()
    to_sign_in = page.sent()

    assert to_sign_in["Location"].startswith(f"{LOGIN}?next=")
    assert "kept what you typed" in page.client.get(to_sign_in["Location"]).content.decode().replace("&#x27;", "'")
    assert WORDS in page.seen_by(page.user)


@pytest.mark.parametrize("kind", FORMS)
def test_another_person_never_sees_it(kind: str) -> None:
    page = Page(kind)
    page.session_ends()
    page.sent()

    assert WORDS not in page.seen_by(_manager())
    assert WORDS in page.seen_by(page.user)


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_from_before_another_sign_in_is_shown_again(kind: str) -> None:
    page = Page(kind)
    page.client.cookies["csrftoken"] = "a" * 32  # as a sign-in in another tab does
    entries = Booking.objects.count()
    answer = page.sent()

    assert (answer.status_code, answer["Location"]) == (302, page.path)
    assert WORDS in page.client.get(page.path).content.decode()
    assert Booking.objects.count() == entries


def test_a_form_of_another_persons_page_is_refused_and_not_kept() -> None:
    page = Page("booking, notes")
    page.client.force_login(_patient())
    page.client.cookies["csrftoken"] = "a" * 32

    assert page.sent().status_code == 403
    assert drafts.of(page.user.pk) is None


def test_a_mark_that_is_made_up_keeps_nothing() -> None:
    page = Page("booking, notes")
    page.session_ends()
    page.typed["typed_by"] = f"{page.user.pk}:made-up"
    page.sent()

    assert drafts.of(page.user.pk) is None


def test_it_is_sealed_and_without_secrets() -> None:
    page = Page("booking, notes")
    page.session_ends()
    page.typed |= {"new_password1": "secret-1", "otp_code": "123456", "postcode": "AB1 2CD"}
    page.sent()
    kept, draft = cache.get(f"form-draft:{page.user.pk}"), drafts.of(page.user.pk)

    assert draft is not None
    assert draft.fields["postcode"] == "AB1 2CD"
    assert not {"new_password1", "otp_code", "csrfmiddlewaretoken", "typed_by"} & set(draft.fields)
    assert "Zugluft" not in kept


def test_after_its_time_it_is_gone(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    page = Page("booking, notes")
    page.session_ends()
    page.sent()
    sent_at, minutes = time.time(), settings.FORM_DRAFT_MINUTES
    for passed, is_there in ((minutes - 1, True), (minutes + 1, False)):
        with monkeypatch.context() as later:
            later.setattr(time, "time", lambda passed=passed: sent_at + passed * 60)
            assert (drafts.of(page.user.pk) is not None) is is_there

    assert WORDS not in page.seen_by(page.user)


def test_it_is_booked_once_and_then_not_offered_again() -> None:
    page = Page("booking, notes")
    page.session_ends()
    page.sent()
    text = page.seen_by(page.user)
    names = ("csrfmiddlewaretoken", "typed_by", "idempotency_key")
    page.typed |= {name: re.search(rf'name="{name}" value="([^"]*)"', text)[1] for name in names}  # type: ignore[index]
    page.sent()

    assert Booking.objects.filter(patient__user=page.user).count() == 1
    assert drafts.of(page.user.pk) is None


def test_signed_in_already_counts_as_signed_in() -> None:
    page = Page("booking, notes")
    answer = page.client.post(
        f"{LOGIN}?next={page.path}", {"login": "x", "password": "y", "csrfmiddlewaretoken": "old"}
    )

    assert (answer.status_code, answer["Location"]) == (302, page.path)
