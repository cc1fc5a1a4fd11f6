"""What changes no row and must be known all the same: signing in and out, being refused, taking lists away (H4)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import PASSWORD, StaffFactory, make_staff
from audit import refusal_limits
from audit import services as audit
from audit.choices import Kind
from audit.middleware import AuditMiddleware
from audit.models import Entry
from audit.triggers import key_of
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)
LOGIN = "/accounts/login/"
TYPED = "Wrong-Horse-canary"


@pytest.fixture
def ada() -> User:
    return StaffFactory(username="ada", email="ada@example.org")


def guess(login: str = "ada", password: str = TYPED, address: str = "203.0.113.9") -> Any:
    return Client(REMOTE_ADDR=address).post(LOGIN, {"login": login, "password": password})


def of_kind(kind: Kind) -> list[Entry]:
    return list(Entry.objects.filter(pgh_label=kind).order_by("pk"))


def test_signing_in_and_out_is_told_of(ada: User) -> None:
    browser = Client(REMOTE_ADDR="203.0.113.9")
    browser.post(LOGIN, {"login": "ADA", "password": PASSWORD})
    browser.post(reverse("account_logout"))

    (signed_in,), (signed_out,) = of_kind(Kind.SIGNED_IN), of_kind(Kind.SIGNED_OUT)
    for entry in (signed_in, signed_out):
        assert (entry.actor, entry.actor_role, entry.address) == (ada, "STAFF", "203.0.113.9")
        assert entry.about == [key_of(ada)]
        assert entry.request_id
    assert (signed_in.place, signed_out.place) == ("POST accounts:login", "POST account_logout")


@pytest.mark.parametrize("login", ["ada", "ADA@example.org"])
def test_a_refused_sign_in_names_the_account_and_nobody_as_its_actor(ada: User, login: str) -> None:
    assert guess(login).status_code == 200

    (entry,) = of_kind(Kind.SIGN_IN_REFUSED)
    assert (entry.actor, entry.about, entry.address) == (None, [key_of(ada)], "203.0.113.9")


def test_what_was_typed_is_never_kept(ada: User) -> None:
    guess(f"no-such-{TYPED}")
    guess()

    entries = of_kind(Kind.SIGN_IN_REFUSED)
    assert [entry.about for entry in entries] == [[], [key_of(ada)]]
    assert TYPED not in "\n".join(str(vars(entry)) for entry in Entry.objects.all())


def test_a_guess_that_is_not_even_judged_is_told_of_as_such(ada: User) -> None:
    for number in range(12):
        guess(address=f"203.0.113.{number}")

    assert len(of_kind(Kind.SIGN_IN_REFUSED)) == 10
    assert [entry.about for entry in of_kind(Kind.SIGN_IN_THROTTLED)] == [[key_of(ada)]] * 2


def test_a_new_password_is_told_of(ada: User) -> None:
    browser = Client()
    browser.post(LOGIN, {"login": "ada", "password": PASSWORD})
    new = {"oldpassword": PASSWORD, "password1": "Another-Horse-7", "password2": "Another-Horse-7"}
    browser.post(reverse("account_change_password"), new)

    (entry,) = of_kind(Kind.PASSWORD_CHANGED)
    assert (entry.actor, entry.about) == (ada, [key_of(ada)])


def test_who_is_signed_in_and_does_not_know_the_password_is_told_of(ada: User) -> None:
    browser = Client()
    browser.force_login(ada)
    browser.post(reverse("account_reauthenticate"), {"password": TYPED})

    (entry,) = of_kind(Kind.REAUTHENTICATION_REFUSED)
    assert (entry.actor, entry.about) == (ada, [key_of(ada)])


def test_a_page_that_is_not_for_somebody_is_told_of() -> None:
    patient = make_patient()
    browser = Client()
    browser.force_login(patient.user)
    assert browser.get(reverse("doctors:availability")).status_code == 403

    (entry,) = of_kind(Kind.REFUSED)
    assert (entry.actor, entry.actor_role, entry.place) == (patient.user, "PATIENT", "GET doctors:availability")


def test_a_refusal_outlives_the_transaction_it_ended(rf: RequestFactory) -> None:
    patient, doctor = make_patient(), make_doctor()
    request = rf.post("/doctors/")
    request.user = patient.user

    def page(_: Any) -> HttpResponse:
        with transaction.atomic():
            DoctorProfile.objects.filter(pk=doctor.pk).update(is_accepting=False)
            transaction.set_rollback(True)
        return HttpResponse(status=403)

    AuditMiddleware(page)(request)

    assert [entry.actor for entry in of_kind(Kind.REFUSED)] == [patient.user]
    assert not Entry.objects.filter(changed=["is_accepting"]).exists()


def test_staff_who_may_not_read_the_trail_leave_a_trace_in_it() -> None:
    reception = make_staff(StaffRole.RECEPTION)
    browser = Client()
    browser.force_login(reception)
    assert browser.get(reverse("admin:audit_entry_changelist")).status_code == 403

    assert [entry.actor for entry in of_kind(Kind.REFUSED)] == [reception]


def test_the_page_is_shown_although_the_refusal_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Client()
    browser.force_login(make_patient().user)

    def broken(*_: Any, **__: Any) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(Entry, "save", broken)
    response = browser.get(reverse("doctors:availability"))

    assert response.status_code == 403
    assert "A refusal could not be written down" in caplog.text


def test_what_is_recorded_is_written_with_what_it_tells_of_or_not_at_all(ada: User) -> None:
    with transaction.atomic():
        audit.record(Kind.EXPORTED, actor=ada, details={"list": "appointments", "rows": 3})
        transaction.set_rollback(True)
    assert of_kind(Kind.EXPORTED) == []

    audit.record(Kind.EXPORTED, actor=ada, details={"list": "appointments", "rows": 3})
    (entry,) = of_kind(Kind.EXPORTED)
    assert (entry.actor, entry.details) == (ada, {"list": "appointments", "rows": 3})


def test_a_flood_of_refusals_is_written_down_in_part_and_says_so() -> None:
    browser = Client()
    browser.force_login(make_patient().user)
    for _ in range(refusal_limits.MOST_ALIKE + 5):
        browser.get(reverse("doctors:availability"))

    entries = of_kind(Kind.REFUSED)
    assert len(entries) == refusal_limits.MOST_ALIKE
    assert ["more" in entry.details for entry in entries] == [False] * (refusal_limits.MOST_ALIKE - 1) + [True]


def test_a_flood_from_everywhere_is_limited_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal_limits, "MOST_OF_A_KIND", 7)
    for number in range(20):
        guess(f"nobody{number}", address=f"203.0.113.{number}")

    assert len(of_kind(Kind.SIGN_IN_REFUSED)) == 7
    assert "more" in of_kind(Kind.SIGN_IN_REFUSED)[-1].details


def test_no_cache_hides_no_refusal(monkeypatch: pytest.MonkeyPatch, ada: User) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(refusal_limits, "cache", SimpleNamespace(add=away))
    audit.refused(Kind.SIGN_IN_REFUSED, target=ada)

    assert len(of_kind(Kind.SIGN_IN_REFUSED)) == 1
