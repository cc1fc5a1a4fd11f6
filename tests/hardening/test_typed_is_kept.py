"""What was typed into a form that was not taken is there again, for the same person only, and only for a while."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.db.models import F

from accounts.drafts import services as drafts
from accounts.models import User
from bookings.models import Booking
from tests.hardening.typed_forms import (
    DROP,
    FORMS,
    LOGIN,
    REFUSED,
    WORDS,
    Page,
    _at_noon,
    a_manager,
    a_patient,
)

__all__ = ["_at_noon"]
pytestmark = pytest.mark.django_db


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
def test_a_database_that_goes_away_meanwhile_loses_nothing(kind: str) -> None:
    """Whose form it is was read when the request began; the cache is another server."""
    page, asked = Page(kind), []
    page.client.raise_request_exception = False

    def gone(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        if len(asked) > 1:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(gone):
        answer = page.sent()

    assert len(asked) > 0
    assert answer.status_code == (503 if len(asked) > 1 else 200)  # one is refused before anything more is asked
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

    assert not page.has_words(page.seen_by(a_manager()))
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
    page.client.force_login(a_patient())
    page.client.cookies["csrftoken"] = "a" * 32

    assert page.sent().status_code == 403
    assert drafts.of(page.user.pk, page.path) is None


def test_a_mark_that_is_made_up_keeps_nothing() -> None:
    page = Page("booking, notes")
    page.session_ends()
    page.typed["typed_by"] = f"{page.user.pk}:made-up"
    page.sent()

    assert drafts.of(page.user.pk, page.path) is None


@pytest.mark.parametrize("ended", ["its session would be over by now", "all access was ended"])
def test_a_page_left_open_for_longer_than_anybody_stays_signed_in_keeps_nothing(
    ended: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Who once got hold of a page puts no words into its owner's forms for ever."""
    page = Page("booking, notes")
    page.session_ends()
    if ended == "all access was ended":
        User.objects.filter(pk=page.user.pk).update(security_stamp=F("security_stamp") + 1)
    else:
        longest = max(hours for _, hours in settings.SESSION_LIMITS.values())
        later = time.time() + longest * 60 * 60 + 1
        monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    page.is_left()
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
