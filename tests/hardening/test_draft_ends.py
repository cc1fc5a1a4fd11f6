"""When what is kept of a form that was typed is not offered any more, or to nobody else."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.drafts import services as drafts
from bookings.models import Booking
from patients.tests.factories import make_patient
from tests.hardening.typed_forms import (
    KEEP,
    Page,
    _at_noon,
    a_patient,
    desk_address,
)

__all__ = ["_at_noon"]
pytestmark = pytest.mark.django_db


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
    of_another = page.client.get(desk_address(make_patient())).content.decode()

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
    other = a_patient()
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
