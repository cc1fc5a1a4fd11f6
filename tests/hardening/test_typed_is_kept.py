"""What was typed into a form that was not taken is there again, for the same person only, and only for a while."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from accounts import drafts
from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import StaffFactory, make_staff, verify
from bookings.models import Booking
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, new_address, slot_in
from core import clock
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from tests.hardening.forms_of_pages import controls_of

pytestmark = pytest.mark.django_db
WORDS = "Zugluft im Wartezimmer"
LOGIN, KEEP, DROP = reverse("account_login"), reverse("accounts:keep_draft"), reverse("accounts:drop_draft")


def _patient() -> User:
    return make_patient().user


def _doctor() -> User:
    return make_doctor().user


def _manager() -> User:
    return verify(StaffFactory(is_superuser=True, is_staff=True))


def _reception() -> User:
    return make_staff(StaffRole.RECEPTION)


def _desk_address(patient: PatientProfile | None) -> str:
    slot = slot_in()
    who = {"patient": patient.pk} if patient else {"new": "1", "q": "Nobody Known"}
    query = urlencode(who | {"doctor": slot.doctor.slug, "time": slot.pk})
    return f"{reverse('bookings:desk_book')}?{query}"


def _booking_of(user: User) -> Booking:
    return booked(patient=PatientProfile.objects.get(user=user), days=3)


# who, the page of the form, a field people type into
FORMS: dict[str, tuple[Callable[[], User], Callable[[User], str], str]] = {
    "booking, reason": (_patient, lambda _: new_address(slot_in()), "reason"),
    "booking, notes": (_patient, lambda _: new_address(slot_in()), "notes"),
    "booking at the desk": (_reception, lambda _: _desk_address(make_patient()), "reason"),
    "a caller nobody knows": (_reception, lambda _: _desk_address(None), "full_name"),
    "cancelling": (_patient, lambda user: reverse("bookings:cancel", args=[_booking_of(user).reference]), "reason"),
    "waiting list": (_patient, lambda _: reverse("bookings:waiting_join", args=[make_doctor().slug]), "last_day"),
    "one's own details as a patient": (_patient, lambda _: reverse("patients:edit_profile"), "full_name"),
    "one's own details": (_manager, lambda _: reverse("accounts:me"), "full_name"),
    "somebody looked after": (_patient, lambda _: reverse("patients:person_new"), "full_name"),
    "weekly hours": (_doctor, lambda _: reverse("doctors:weekly"), "day0_0_from"),
    "weekly hours, a further range": (_doctor, lambda _: reverse("doctors:weekly"), "day0_2_to"),
    "a doctor's profile": (_doctor, lambda _: reverse("doctors:edit_profile"), "biography"),
    "time off": (_doctor, lambda _: reverse("bookings:time_off_new"), "note"),
    "the admin, something new": (_manager, lambda _: reverse("admin:doctors_department_add"), "name"),
    "the admin, a patient": (
        _manager,
        lambda _: reverse("admin:patients_patientprofile_change", args=[make_patient().pk]),
        "full_name",
    ),
}
# Where words can't be typed; "One more range a day" makes the last one, by a POST.
ANSWERS = {"day0_0_from": "13:37", "day0_2_to": "13:37", "last_day": "2031-03-04"}
ONLY_IN_AN_ANSWER = {"day0_2_to": {"act": "more"}}
# What the form can't be taken with, or only shows what it would do.
REFUSED: dict[str, dict[str, str]] = {
    "booking, notes": {"reason": "x" * 9_000},
    "a caller nobody knows": {},
    "one's own details as a patient": {"date_of_birth": "never"},
    "somebody looked after": {},
    "weekly hours": {"act": "preview"},
    "a doctor's profile": {},
    "time off": {},
    "the admin, something new": {"slug": "no slug"},
    "the admin, a patient": {"date_of_birth": "never"},
}


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    settings.STAFF_NEED_SECOND_FACTOR = False


class Page:
    """A form somebody filled in, with the marks it really carried."""

    def __init__(self, kind: str) -> None:
        who, where, self.field = FORMS[kind]
        self.words = ANSWERS.get(self.field, WORDS)
        self.user = who()
        self.path = where(self.user)
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(self.user)
        self.typed: dict[str, str] = {}
        answer = self._marks(self.client.get(self.path))
        if self.field in ONLY_IN_AN_ANSWER:
            answer = self._marks(self.sent(**ONLY_IN_AN_ANSWER[self.field]))
        assert f'name="{self.field}"' in answer
        self.typed[self.field] = self.words

    def _marks(self, answer: Any) -> str:
        assert answer.status_code == 200
        text: str = answer.content.decode()
        for name in ("csrfmiddlewaretoken", "typed_by", "idempotency_key", "columns"):
            # The last form of that name: those of the menu and of the notice come first.
            found = re.findall(rf'name="{name}" (?:id="[^"]*" )?value="([^"]*)"', text)
            self.typed |= {name: found[-1]} if found else {}
        return text

    def sent(self, **also: str) -> Any:
        return self._posted(self.path, **also)

    def is_left(self, **also: str) -> Any:
        """What the page sends when it is left (static/js/drafts.js)."""
        return self._posted(KEEP, **also)

    def _posted(self, path: str, **also: str) -> Any:
        return self.client.post(path, self.typed | also, headers={"Referer": f"http://testserver{self.path}"})

    def seen_by(self, user: User) -> str:
        self.client.force_login(user)
        return self.seen_again()

    def seen_again(self) -> str:
        text: str = self.client.get(self.path).content.decode()
        return text

    def has_words(self, text: str) -> bool:
        return self.words in controls_of(text).get(self.field, [])

    def session_ends(self) -> None:
        del self.client.cookies["hms_session"]


@pytest.mark.parametrize("kind", FORMS)
def test_a_session_that_ended_loses_nothing(kind: str) -> None:
    page = Page(kind)
    page.session_ends()
    to_sign_in = page.sent()

    assert to_sign_in["Location"].startswith(f"{LOGIN}?next=")
    assert "kept what you typed" in page.client.get(to_sign_in["Location"]).content.decode().replace("&#x27;", "'")
    assert page.has_words(page.seen_by(page.user))


@pytest.mark.parametrize("kind", FORMS)
def test_a_page_that_is_left_loses_nothing(kind: str) -> None:
    page = Page(kind)
    answer = page.is_left()
    text = page.seen_again()

    assert (answer.status_code, answer.content) == (204, b"")
    assert page.has_words(text)
    assert DROP in text


@pytest.mark.parametrize("kind", FORMS)
def test_a_page_that_is_left_after_its_session_loses_nothing(kind: str) -> None:
    """Closed or gone back from: nobody is led to the sign-in then, but they come back by themselves."""
    page = Page(kind)
    page.session_ends()

    assert page.is_left().status_code == 204
    assert page.has_words(page.seen_by(page.user))


@pytest.mark.parametrize("kind", REFUSED)
def test_a_form_that_is_refused_and_left_loses_nothing(kind: str) -> None:
    """Without JavaScript too: what was sent and shown again with its errors is there on the page one goes back to."""
    page = Page(kind)
    answer = page.sent(**REFUSED[kind])

    assert answer.status_code == 200
    assert page.has_words(page.seen_again())


@pytest.mark.parametrize("kind", FORMS)
def test_an_empty_form_can_be_had(kind: str) -> None:
    page = Page(kind)
    page.is_left()
    page._marks(page.client.get(page.path))
    answer = page._posted(DROP, next=page.path)
    text = page.seen_again()

    assert (answer.status_code, answer["Location"]) == (302, page.path)
    assert not page.has_words(text)
    assert DROP not in text


@pytest.mark.parametrize("kind", FORMS)
def test_another_person_never_sees_it(kind: str) -> None:
    page = Page(kind)
    page.session_ends()
    page.sent()

    assert not page.has_words(page.seen_by(_manager()))
    assert page.has_words(page.seen_by(page.user))


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_from_before_another_sign_in_is_shown_again(kind: str) -> None:
    page = Page(kind)
    page.client.cookies["csrftoken"] = "a" * 32  # as a sign-in in another tab does
    entries = Booking.objects.count()
    answer = page.sent()

    assert (answer.status_code, answer["Location"]) == (302, page.path)
    assert page.has_words(page.seen_again())
    assert Booking.objects.count() == entries


def test_a_form_of_another_persons_page_is_refused_and_not_kept() -> None:
    page = Page("booking, notes")
    page.client.force_login(_patient())
    page.client.cookies["csrftoken"] = "a" * 32

    assert page.sent().status_code == 403
    assert drafts.of(page.user.pk, page.path) is None


def test_a_mark_that_is_made_up_keeps_nothing() -> None:
    page = Page("booking, notes")
    page.session_ends()
    page.typed["typed_by"] = f"{page.user.pk}:made-up"
    page.sent()

    assert drafts.of(page.user.pk, page.path) is None


def test_it_is_sealed_and_without_secrets() -> None:
    page = Page("booking, notes")
    page.session_ends()
    page.typed |= {"new_password1": "secret-1", "otp_code": "123456", "postcode": "AB1 2CD"}
    page.sent()
    kept, draft = cache.get(drafts._key(page.user.pk, drafts.address_of(page.path))), drafts.of(page.user.pk, page.path)

    assert draft is not None
    assert draft.fields["postcode"] == "AB1 2CD"
    assert not {"new_password1", "otp_code", "csrfmiddlewaretoken", "typed_by"} & set(draft.fields)
    assert "Zugluft" not in str(kept)


def test_after_its_time_it_is_gone(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    page = Page("booking, notes")
    page.session_ends()
    page.sent()
    sent_at, minutes = time.time(), settings.FORM_DRAFT_MINUTES
    for passed, is_there in ((minutes - 1, True), (minutes + 1, False)):
        with monkeypatch.context() as later:
            later.setattr(time, "time", lambda passed=passed: sent_at + passed * 60)
            assert (drafts.of(page.user.pk, page.path) is not None) is is_there

    assert WORDS not in page.seen_by(page.user)


def test_it_is_booked_once_and_then_not_offered_again() -> None:
    page = Page("booking, notes")
    page.session_ends()
    page.sent()
    text = page.seen_by(page.user)
    assert page.has_words(text)
    page._marks(page.client.get(page.path))
    page.sent()

    assert Booking.objects.filter(patient__user=page.user).count() == 1
    assert drafts.of(page.user.pk, page.path) is None


def test_signed_in_already_counts_as_signed_in() -> None:
    page = Page("booking, notes")
    answer = page.client.post(
        f"{LOGIN}?next={page.path}", {"login": "x", "password": "y", "csrfmiddlewaretoken": "old"}
    )

    assert (answer.status_code, answer["Location"]) == (302, page.path)


def _left_page() -> Page:
    page = Page("booking, notes")
    page.is_left()
    return page


def test_what_was_taken_is_not_offered_again_however_late_its_page_says_so() -> None:
    """The last word of a page may come after the form it is about."""
    page = Page("booking, notes")
    page.is_left()
    page.sent(draft_kept="1")
    page.is_left()

    assert Booking.objects.filter(patient__user=page.user).count() == 1
    assert drafts.of(page.user.pk, page.path) is None


def test_words_on_their_way_when_the_form_is_sent_are_not_offered_again() -> None:
    """The form was faster than the first word about it: nothing was kept yet, nor did a cookie say so."""
    page = Page("booking, notes")
    page.sent(draft_kept="1")
    page.is_left()

    assert drafts.of(page.user.pk, page.path) is None


def test_a_form_sent_to_another_address_and_corrected_there_leaves_nothing_behind() -> None:
    page = Page("booking, notes")
    elsewhere = page.path.replace("?", "?person=&")
    page.client.post(
        elsewhere, page.typed | {"reason": "x" * 9_000}, headers={"Referer": f"http://testserver{page.path}"}
    )
    assert drafts.of(page.user.pk, page.path) is not None
    page.client.post(elsewhere, page.typed, headers={"Referer": f"http://testserver{elsewhere}"})

    assert Booking.objects.filter(patient__user=page.user).count() == 1
    assert drafts.of(page.user.pk, page.path) is None


def test_another_form_of_the_same_page_throws_nothing_away() -> None:
    page = _left_page()
    marks = {name: page.typed[name] for name in ("csrfmiddlewaretoken", "typed_by")}
    page.client.post(reverse("account_logout"), marks, headers={"Referer": f"http://testserver{page.path}"})

    assert "_auth_user_id" not in page.client.session
    assert page.has_words(page.seen_by(page.user))


def test_a_field_that_is_emptied_again_is_not_offered() -> None:
    page = _left_page()
    page.is_left(notes="")

    assert drafts.of(page.user.pk, page.path) is None


def test_what_is_typed_about_one_patient_is_never_offered_for_another() -> None:
    page = Page("booking at the desk")
    page.is_left()
    again = page.client.get(page.path + "&here=1").content.decode()
    of_another = page.client.get(_desk_address(make_patient())).content.decode()

    assert page.has_words(again)  # the same patient, the other way to come
    assert 'name="reason"' in of_another
    assert not page.has_words(of_another)


def test_each_form_has_its_own_words_and_a_few_are_kept() -> None:
    page = Page("booking, notes")
    page.is_left()
    others = [f"/patient/people/{number}/" for number in range(drafts.MOST)]
    for other in others:
        assert page.has_words(page.seen_again())
        page.client.post(KEEP, page.typed | {"full_name": other}, headers={"Referer": f"http://testserver{other}"})

    assert drafts.of(page.user.pk, page.path) is None  # the oldest went
    assert [drafts.of(page.user.pk, other).fields["full_name"] for other in others] == others  # type: ignore[union-attr]


def test_nobody_fills_the_cache_with_it() -> None:
    page = _left_page()
    page.is_left(notes="x" * (drafts.LARGEST + 1))
    assert drafts.of(page.user.pk, page.path) is None

    page.is_left()
    answers = {page.is_left(notes=str(number)).status_code for number in range(220)}
    draft = drafts.of(page.user.pk, page.path)

    assert answers == {204}
    assert draft is not None
    assert 150 < int(draft.fields["notes"]) < 200  # the limit was met on the way


def test_somebody_else_who_signed_in_keeps_and_sees_nothing() -> None:
    page = Page("booking, notes")
    other = _patient()
    page.client.force_login(other)
    page.is_left()

    assert drafts.any_of(page.user.pk) is False
    assert drafts.any_of(other.pk) is False


def test_nothing_typed_stands_in_the_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    page = Page("booking, reason")
    page.is_left()
    page.client.cookies["csrftoken"] = "a" * 32
    page.is_left()
    page.session_ends()
    page.is_left()

    assert page.has_words(page.seen_by(page.user))
    assert "Zugluft" not in caplog.text


def test_no_page_asks_the_cache_unless_something_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page("booking, notes")
    asked: list[str] = []
    monkeypatch.setattr(drafts, "of", lambda user_id, url: asked.append(url))
    page.seen_again()
    assert asked == []

    page.is_left()
    page.seen_again()
    assert asked == [page.path]
