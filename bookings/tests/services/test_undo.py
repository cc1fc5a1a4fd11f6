"""Taking the last step of a visit back (B9): for five minutes, once, and as a row of the history."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings import states
from bookings.choices import Status
from bookings.departures import services as departures
from bookings.departures.rules import DepartureDecision
from bookings.models import Booking
from bookings.reviews import services as reviews
from bookings.rules import UNDO_WITHIN, AlreadyReviewed, PatientRef, TooLateToUndo, check_can_undo
from bookings.selectors import history
from bookings.services.book import book
from bookings.services.steps import check_in as check_in_patient
from bookings.services.steps import complete, confirm, mark_no_show
from bookings.services.undo import DoctorHasLeft, PatientBusyByNow, undo
from bookings.states import Actor, TransitionRefused
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, confirmed, slot_in, text_of
from core.clock import hospital_day, start_of_day
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db

S = Status
BACK = {S.CHECKED_IN: S.CONFIRMED, S.COMPLETED: S.CHECKED_IN, S.NO_SHOW: S.CONFIRMED}


def led_to(status: Status, *, now: datetime = NOW, **facts: object) -> Booking:
    """An appointment that began an hour ago, its last step taken at `now`."""
    booking = confirmed(**(facts or {"hours": -1}))
    by = booking.doctor.user
    if status == S.NO_SHOW:
        return mark_no_show(booking=booking, by=by, now=now)
    booking = check_in_patient(booking=booking, by=by, now=now)
    return complete(booking=booking, by=by, now=now) if status == S.COMPLETED else booking


def address(booking: Booking) -> str:
    return reverse("bookings:undo", args=[booking.reference])


@pytest.mark.parametrize(("current", "actor"), list(product(Status, Actor)))
def test_exactly_these_steps_can_be_taken_back_by_the_clinic(current: Status, actor: Actor) -> None:
    if actor in {Actor.DOCTOR, Actor.STAFF} and current in BACK:
        assert states.undone(current=current, actor=actor) == BACK[current]
    else:
        with pytest.raises(TransitionRefused):
            states.undone(current=current, actor=actor)


@pytest.mark.parametrize(
    ("after", "was_step", "is_refused"),
    [
        (timedelta(0), True, False),
        (UNDO_WITHIN, True, False),
        (UNDO_WITHIN + timedelta(microseconds=1), True, True),
        (timedelta(0), False, True),
    ],
)
def test_five_minutes_and_only_a_step(after: timedelta, was_step: bool, is_refused: bool) -> None:
    with pytest.raises(TooLateToUndo) if is_refused else nullcontext():
        check_can_undo(changed_at=NOW, was_step=was_step, now=NOW + after)


@pytest.mark.parametrize("status", sorted(BACK))
def test_a_step_is_taken_back_and_the_history_says_so(status: Status) -> None:
    booking = led_to(status)
    told = OutgoingMessage.objects.count()
    doctor = booking.doctor.user
    fresh = undo(booking=booking, by=doctor, now=NOW + UNDO_WITHIN)
    last = history(booking).last()
    assert last is not None
    assert fresh.status == BACK[status]
    assert (last.from_status, last.to_status, last.by) == (status, BACK[status], doctor)
    assert OutgoingMessage.objects.count() == told
    assert "undone" in text_of(browser_of(doctor).get(reverse("bookings:detail", args=[booking.reference])))


@pytest.mark.parametrize("status", sorted(BACK))
def test_after_five_minutes_it_stays(status: Status) -> None:
    booking = led_to(status)
    with pytest.raises(TooLateToUndo):
        undo(booking=booking, by=booking.doctor.user, now=NOW + UNDO_WITHIN + timedelta(seconds=1))
    booking.refresh_from_db()
    assert booking.status == status


@pytest.mark.parametrize("status", sorted(BACK))
def test_nothing_is_undone_with_a_doctor_who_has_left(status: Status) -> None:
    booking, boss = led_to(status), StaffFactory()
    doctor = booking.doctor
    later = NOW + timedelta(hours=1)  # a visit that is over does not stand in the way of leaving
    undoable = BACK[status] == S.CHECKED_IN or status == S.NO_SHOW
    if undoable:
        departures.leave(
            doctor=doctor, last_day=None, decisions={}, otherwise=DepartureDecision.CANCEL, seen=[], by=boss, now=NOW
        )
    else:
        User.objects.filter(pk=doctor.user_id).update(is_active=False)
    with pytest.raises(DoctorHasLeft):
        undo(booking=booking, by=boss, now=NOW + timedelta(minutes=1))
    booking.refresh_from_db()
    assert booking.status == status
    assert not Booking.objects.upcoming(later).filter(doctor=doctor).exists()


def test_after_the_last_day_nothing_is_undone_though_the_account_is_still_open() -> None:
    booking, boss = led_to(S.NO_SHOW), StaffFactory()
    today = hospital_day(NOW)
    departures.leave(
        doctor=booking.doctor,
        last_day=today,
        decisions={},
        otherwise=DepartureDecision.CANCEL,
        seen=[],
        by=boss,
        now=NOW,
    )
    assert undo(booking=booking, by=boss, now=NOW).status == S.CONFIRMED
    midnight = start_of_day(today + timedelta(days=1))
    missed = mark_no_show(booking=booking, by=boss, now=midnight - timedelta(minutes=1))
    with pytest.raises(DoctorHasLeft):
        undo(booking=missed, by=boss, now=midnight)


def test_an_undoing_is_not_undone_in_turn() -> None:
    booking = led_to(S.COMPLETED)
    undo(booking=booking, by=booking.doctor.user, now=NOW)
    with pytest.raises(TooLateToUndo):
        undo(booking=booking, by=booking.doctor.user, now=NOW)


def test_after_an_undoing_the_step_can_be_taken_again() -> None:
    booking = led_to(S.CHECKED_IN)
    undo(booking=booking, by=booking.doctor.user, now=NOW)
    again = check_in_patient(booking=booking, by=booking.doctor.user, now=NOW)
    assert again.status == S.CHECKED_IN


def test_the_ordinary_steps_lead_nowhere_back() -> None:
    for status, step in [(S.CHECKED_IN, confirm), (S.NO_SHOW, confirm)]:
        booking = led_to(status)
        with pytest.raises(TransitionRefused):
            step(booking=booking, by=booking.doctor.user, now=NOW)


def test_only_the_clinic_takes_back() -> None:
    booking = led_to(S.CHECKED_IN)
    for user in (booking.patient.user, make_doctor().user):
        with pytest.raises(TransitionRefused):
            undo(booking=booking, by=user, now=NOW)
    assert undo(booking=booking, by=StaffFactory(), now=NOW).status == S.CONFIRMED


def test_a_patient_who_is_elsewhere_by_now_is_not_double_booked() -> None:
    patient = make_patient()
    missed = confirmed(slot=slot_in(hours=-0.25), patient=patient)
    mark_no_show(booking=missed, by=missed.doctor.user, now=NOW)
    # Booked in between with another doctor, at the desk, for the rest of the same half hour.
    other = slot_in(make_doctor(), hours=0.1)
    book(slot_id=other.pk, patient_ref=PatientRef.of(patient), by=StaffFactory(), now=NOW)
    with pytest.raises(PatientBusyByNow):
        undo(booking=missed, by=missed.doctor.user, now=NOW)
    missed.refresh_from_db()
    assert missed.status == S.NO_SHOW


def test_a_reviewed_visit_stays_completed() -> None:
    booking = led_to(S.COMPLETED)
    reviews.review(booking=booking, by=booking.patient.user, rating=5, now=NOW)
    with pytest.raises(AlreadyReviewed):
        undo(booking=booking, by=booking.doctor.user, now=NOW)


# The pages


@pytest.mark.parametrize("page", ["/doctor/", "/doctor/appointments/?from=today&to=today"])
def test_each_step_is_one_click_on_the_list_and_can_be_undone_there(page: str) -> None:
    booking = confirmed(hours=-0.1)
    doctor = browser_of(booking.doctor.user)
    check_in = reverse("bookings:check_in", args=[booking.reference])
    assert f'action="{check_in}"' in text_of(doctor.get(page))
    shown = text_of(doctor.post(check_in, {"next": page}, follow=True))
    # In the message, and in the row.
    assert shown.count(f'action="{address(booking)}"') >= 2
    assert "Checked in: Pat Patient." in shown
    back = text_of(doctor.post(address(booking), {"next": page}, follow=True))
    assert "Undone. Pat Patient is “confirmed” again." in back
    assert address(booking) not in back


def test_the_list_offers_to_undo_for_five_minutes_only(set_clock: Callable[[datetime], None]) -> None:
    booking = led_to(S.CHECKED_IN)
    doctor = browser_of(booking.doctor.user)
    assert address(booking) in text_of(doctor.get("/doctor/appointments/"))
    set_clock(NOW + UNDO_WITHIN + timedelta(seconds=1))
    assert address(booking) not in text_of(doctor.get("/doctor/appointments/"))
    page = text_of(doctor.post(address(booking), follow=True))
    assert str(TooLateToUndo.message) in page


@pytest.mark.parametrize(("later", "is_offered"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_a_page_opened_too_late_says_it_without_the_button(
    set_clock: Callable[[datetime], None], later: timedelta, *, is_offered: bool
) -> None:
    """Whoever closed the page before it was drawn finds the offer on the next one, as long as it holds."""
    booking = confirmed(hours=-0.1)
    doctor = browser_of(booking.doctor.user)
    doctor.post(reverse("bookings:check_in", args=[booking.reference]))
    set_clock(NOW + UNDO_WITHIN + later)

    page = doctor.get("/doctor/availability/")

    assert page.status_code == 200
    assert (address(booking) in text_of(page)) == is_offered
    assert "Checked in: " in text_of(page)


def test_nobody_else_in_the_same_browser_is_told_of_it() -> None:
    """Who signs out, or is signed out by the clock, before the page came; then a colleague signs in."""
    booking, colleague = confirmed(hours=-0.1), make_doctor()
    browser = browser_of(booking.doctor.user)
    browser.post(reverse("bookings:check_in", args=[booking.reference]))
    told = browser.cookies["messages"].value
    browser.logout()
    browser.cookies["messages"] = told

    nobody = text_of(browser.get("/accounts/login/"))
    browser.force_login(colleague.user)
    browser.cookies["messages"] = told
    somebody_else = text_of(browser.get("/doctor/"))

    for page in (nobody, somebody_else):
        assert "</main>" in page
        assert "Checked in: " not in page
        assert address(booking) not in page


def test_a_step_and_the_page_after_it_write_no_session_for_the_offer() -> None:
    """A desk takes such a step for everyone who comes."""
    booking = confirmed(hours=-0.1)
    doctor = browser_of(booking.doctor.user)
    doctor.get("/doctor/")
    with CaptureQueriesContext(connection) as queries:
        doctor.post(reverse("bookings:check_in", args=[booking.reference]))
        page = doctor.get("/doctor/")

    assert address(booking) in text_of(page)
    assert [query["sql"] for query in queries if '"session_data" =' in query["sql"]] == []


def test_opening_the_address_asks_and_changes_nothing(set_clock: Callable[[datetime], None]) -> None:
    booking = led_to(S.CHECKED_IN)
    doctor = browser_of(booking.doctor.user)
    assert "Take the last step back?" in text_of(doctor.get(address(booking)))
    booking.refresh_from_db()
    assert booking.status == S.CHECKED_IN
    set_clock(NOW + timedelta(hours=1))
    assert "You can’t do this now" in text_of(doctor.get(address(booking)))


def test_undoing_returns_to_this_site_only() -> None:
    booking = led_to(S.CHECKED_IN)
    response = browser_of(booking.doctor.user).post(address(booking), {"next": "https://evil.example/"})
    assert response["Location"] == f"/bookings/{booking.reference}/"
