"""What somebody typed and did not send is there when they come back, however they left the page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.choices import StaffRole
from accounts.drafts import services as drafts
from accounts.models import Session, User
from accounts.tests.factories import make_staff
from bookings.models import Booking
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives
from tests.journeys.support.hospital import doctor_with_times, slots_of
from tests.journeys.support.visitor import PATIENCE, Visitor

WORDS = "Zugluft im Wartezimmer"
NOTICE = "kept what you typed here"
EMPTY = "Discard what I typed"


def _booking(now: datetime) -> tuple[User, str, str]:
    return make_patient().user, f"/bookings/new/?slot={slots_of(doctor_with_times(now))[0].pk}", "reason"


def _desk(now: datetime) -> tuple[User, str, str]:
    slot = slots_of(doctor_with_times(now))[0]
    query = f"patient={make_patient().pk}&doctor={slot.doctor.slug}&time={slot.pk}"
    return make_staff(StaffRole.RECEPTION), f"{reverse('bookings:desk_book')}?{query}", "reason"


def _own_profile(now: datetime) -> tuple[User, str, str]:
    return doctor_with_times(now).user, reverse("doctors:edit_profile"), "biography"


def _time_off(now: datetime) -> tuple[User, str, str]:
    return doctor_with_times(now).user, reverse("bookings:time_off_new"), "note"


def _somebody_looked_after(now: datetime) -> tuple[User, str, str]:
    return make_patient().user, reverse("patients:person_new"), "full_name"


def _record(now: datetime) -> tuple[User, str, str]:
    page = reverse("admin:patients_patientprofile_change", args=[make_patient().pk])
    return make_staff(StaffRole.ADMINISTRATOR), page, "full_name"


FORMS = [_booking, _desk, _own_profile, _time_off, _somebody_looked_after, _record]


def _back(visitor: Visitor, path: str) -> None:
    visitor.goes_back()
    _is_kept(visitor, path)
    visitor.page.go_forward()


def _link(visitor: Visitor, path: str) -> None:
    visitor.follows("Find a doctor")
    _is_kept(visitor, path)
    visitor.goes_back()


def _closing(visitor: Visitor, path: str) -> None:
    window = visitor.context.new_page()
    visitor.page.close(run_before_unload=True)
    _is_kept(visitor, path)
    visitor.page = window
    visitor.goes_to(path)


def _reload(visitor: Visitor, path: str) -> None:
    """After a pause in typing."""
    _is_kept(visitor, path)
    visitor.page.reload()


WAYS = {"back": _back, "a link": _link, "closing": _closing, "reload": _reload}


def _is_kept(visitor: Visitor, path: str) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while drafts.of(visitor.user.pk, path) is None:  # type: ignore[attr-defined]
        assert time.monotonic() < deadline, f"nothing of {path} was kept"
        visitor.context.pages[-1].wait_for_timeout(20)  # one that stays open


def _types(arrives: Arrives, form: tuple[User, str, str]) -> Visitor:
    user, path, field = form
    visitor = arrives()
    visitor.signs_in_as(user)
    visitor.user = user  # type: ignore[attr-defined]
    visitor.goes_to("/doctors/").goes_to(path)
    visitor.page.locator(f"[name={field}]").fill(WORDS)
    return visitor


def _has_words(visitor: Visitor, field: str, words: str = WORDS) -> None:
    expect(visitor.page.locator(f"[name={field}]")).to_have_value(words)


@pytest.mark.parametrize("make_form", FORMS, ids=[make.__name__.strip("_") for make in FORMS])
def test_back_and_forward_loses_nothing(arrives: Arrives, now: datetime, make_form: Callable[..., tuple]) -> None:
    form = make_form(now)
    visitor = _types(arrives, form)
    _back(visitor, form[1])

    _has_words(visitor, form[2])
    expect(visitor.page.get_by_text(NOTICE)).to_be_visible()
    visitor.looks_around()


@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_leaving_loses_anything(arrives: Arrives, now: datetime, way: str) -> None:
    form = _booking(now)
    visitor = _types(arrives, form)
    WAYS[way](visitor, form[1])

    _has_words(visitor, "reason")
    visitor.sees(NOTICE).looks_around()


@pytest.fixture
def may_answer(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """What was typed is kept, and the page that sent it told so, once this is set."""
    keep, told = drafts.keep, threading.Event()

    def keep_and_wait(*args: Any, **kwargs: Any) -> bool:
        kept = keep(*args, **kwargs)
        assert told.wait(PATIENCE / 1000)
        return kept

    monkeypatch.setattr(drafts, "keep", keep_and_wait)
    yield told
    told.set()


def test_a_reload_does_not_wait_for_the_answer_to_what_was_kept(
    arrives: Arrives, now: datetime, may_answer: threading.Event
) -> None:
    form = _booking(now)
    visitor = _types(arrives, form)
    _reload(visitor, form[1])

    _has_words(visitor, "reason")
    visitor.sees(NOTICE)


def test_a_late_answer_to_what_was_kept_signs_nobody_out(
    arrives: Arrives, now: datetime, may_answer: threading.Event
) -> None:
    """It was sent in a session that was over; they have signed in again by the time it is answered."""
    form = _booking(now)
    visitor = arrives()
    visitor.signs_in_as(form[0]).goes_to(form[1])
    Session.objects.filter(user=form[0]).delete()
    visitor.user = form[0]  # type: ignore[attr-defined]
    visitor.page.locator("[name=reason]").fill(WORDS)
    _is_kept(visitor, form[1])
    visitor.signs_in_as(form[0])
    with visitor.context.expect_event("response", lambda answer: answer.url.endswith(reverse("accounts:keep_draft"))):
        may_answer.set()

    visitor.goes_to(form[1]).sees(NOTICE)
    _has_words(visitor, "reason")


def test_an_empty_form_stays_empty(arrives: Arrives, now: datetime, width: int) -> None:
    form = _booking(now)
    visitor = _types(arrives, form)
    _back(visitor, form[1])
    visitor.page.set_viewport_size({"width": width, "height": 900})
    visitor.sees(NOTICE).looks_around()
    visitor.page.locator("[name=reason]").fill("Something else")
    visitor.presses(EMPTY)

    _has_words(visitor, "reason", "")
    visitor.sees_no(NOTICE).goes_to("/doctors/").goes_to(form[1])
    _has_words(visitor, "reason", "")


def test_an_empty_form_of_the_admin_stays_empty(arrives: Arrives, now: datetime) -> None:
    form = _record(now)
    visitor = _types(arrives, form)
    _back(visitor, form[1])
    visitor.presses(EMPTY)

    _has_words(visitor, "full_name", PatientProfile.objects.earliest("pk").full_name)
    expect(visitor.page.get_by_text(NOTICE)).to_have_count(0)


def test_what_was_booked_is_not_offered_again(arrives: Arrives, now: datetime) -> None:
    form = _booking(now)
    visitor = _types(arrives, form)
    _is_kept(visitor, form[1])
    visitor.presses("Request this appointment")
    other = slots_of(Booking.objects.get().doctor)[1]

    assert Booking.objects.get().reason == WORDS
    visitor.goes_to(f"/bookings/new/?slot={other.pk}").sees_no(NOTICE)
    _has_words(visitor, "reason", "")


def test_after_the_end_of_a_session_it_is_there_again(arrives: Arrives, now: datetime) -> None:
    form = _booking(now)
    visitor = _types(arrives, form)
    Session.objects.filter(user=form[0]).delete()
    visitor.presses("Request this appointment").signs_in(form[0].email)

    visitor.sees(NOTICE)
    _has_words(visitor, "reason")
    visitor.presses("Request this appointment")
    assert Booking.objects.get().reason == WORDS


@pytest.mark.parametrize("way", ["left", "sent"])
def test_what_somebody_else_changed_meanwhile_stands(arrives: Arrives, now: datetime, way: str) -> None:
    """The page tells which fields were changed on it, when it is left and when it is sent after its session."""
    patient = make_patient()
    form = (patient.user, reverse("patients:edit_profile"), "full_name")
    visitor = _types(arrives, form)
    PatientProfile.objects.filter(pk=patient.pk).update(address="Behind the mill")
    if way == "left":
        _back(visitor, form[1])
    else:
        Session.objects.filter(user=form[0]).delete()
        visitor.presses("Save").signs_in(form[0].email)

    visitor.sees(NOTICE)
    _has_words(visitor, "full_name")
    _has_words(visitor, "address", "Behind the mill")


def test_another_person_at_the_same_window_sees_nothing_of_it(arrives: Arrives, now: datetime) -> None:
    form = _booking(now)
    visitor = _types(arrives, form)
    visitor.goes_back()
    _is_kept(visitor, form[1])
    visitor.signs_in_as(make_patient().user).goes_to(form[1])

    _has_words(visitor, "reason", "")
    visitor.sees_no(NOTICE)
    visitor.signs_in_as(form[0]).goes_to(form[1])
    _has_words(visitor, "reason")


def test_a_further_range_of_weekly_hours_comes_back_with_its_row(arrives: Arrives, now: datetime) -> None:
    visitor = _types_hours(arrives, now)
    visitor.goes_to("/doctors/")
    _is_kept(visitor, reverse("doctors:weekly"))
    visitor.goes_to(reverse("doctors:weekly"))

    _has_words(visitor, "day0_2_from", "18:30")


def _types_hours(arrives: Arrives, now: datetime) -> Visitor:
    visitor = arrives()
    visitor.user = doctor_with_times(now).user  # type: ignore[attr-defined]
    visitor.signs_in_as(visitor.user)  # type: ignore[attr-defined]
    visitor.goes_to(reverse("doctors:weekly")).presses("Add a range")
    visitor.page.locator("[name=day0_2_from]").fill("18:30")
    return visitor
