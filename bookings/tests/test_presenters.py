"""The words of appointments, at their edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from bookings import presenters
from bookings.appointment import history, step_pages
from bookings.cancellation_words import before_confirming
from bookings.choices import Status
from bookings.models import Booking, BookingStatusChange
from bookings.presenters import Action
from bookings.states import UNDO
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, confirmed, slot_in
from doctors.models import Slot
from doctors.tests.factories import make_doctor

START = datetime(2026, 8, 6, 13, 30, tzinfo=UTC)


def lasting(minutes: int, start: datetime = START) -> Slot:
    return Slot(starts_at=start, ends_at=start + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (5, "5 minutes"),
        (59, "59 minutes"),
        (60, "1 hour"),
        (90, "1 hour 30 minutes"),
        (120, "2 hours"),
        (480, "8 hours"),
    ],
)
def test_a_length_reads_like_speech(minutes: int, words: str) -> None:
    assert presenters.length_words(lasting(minutes)) == words


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/London", "2:30pm to 3:00pm (BST)"),
        ("Asia/Kolkata", "7:00pm to 7:30pm (IST)"),
        ("America/Sao_Paulo", "10:30am to 11:00am (UTC-03)"),
    ],
)
def test_a_time_names_the_clock_it_is_of(zone: str, words: str) -> None:
    with timezone.override(zone):
        assert presenters.time_words(lasting(30)) == words


def test_the_hour_the_clocks_repeat_is_told_apart() -> None:
    midnight = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    before, across, after = (lasting(30, midnight + timedelta(minutes=30 * n)) for n in range(3))
    assert presenters.time_words(before) == "1:00am to 1:30am (BST)"
    assert presenters.time_words(across) == "1:30am (BST) to 1:00am (GMT)"
    assert presenters.time_words(after) == "1:00am to 1:30am (GMT)"


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [
        (date(1990, 8, 6), date(2026, 8, 5), 35),
        (date(1990, 8, 6), date(2026, 8, 6), 36),
        (date(2024, 2, 29), date(2025, 2, 28), 0),
        (date(2024, 2, 29), date(2025, 3, 1), 1),
    ],
)
def test_an_age_is_in_whole_years(born: date, today: date, years: int) -> None:
    assert presenters.age_on(born, today) == years


def test_one_year_is_not_years() -> None:
    assert presenters.born_words(date(2025, 1, 2), date(2026, 8, 5)) == "2 January 2025 (1 year old)"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (4, "Yesterday, Tuesday 4 August 2026"),
        (5, "Today, Wednesday 5 August 2026"),
        (6, "Tomorrow, Thursday 6 August 2026"),
        (7, "Friday 7 August 2026"),
    ],
)
def test_the_days_around_today_have_names(day: int, words: str) -> None:
    assert presenters.day_words(date(2026, 8, day), date(2026, 8, 5)) == words


def labels(actions: list[Action]) -> list[str]:
    return [action.label for action in actions]


@pytest.mark.django_db
def test_each_viewer_has_their_own_actions() -> None:
    booking = confirmed(hours=3)
    assert labels(presenters.actions_for(booking, booking.patient.user, NOW)) == ["Move", "Cancel"]
    assert labels(presenters.actions_for(booking, booking.doctor.user, NOW)) == ["Check in", "Move", "Cancel"]


@pytest.mark.django_db
@pytest.mark.parametrize("status", Status)
def test_every_status_has_words_for_its_history_and_its_page(status: Status) -> None:
    booking = booked()
    booking.status = status
    assert history._HAPPENED[status]
    assert presenters.day_row(booking, booking.doctor.user, NOW).status == status
    assert presenters.card(booking, booking.patient.user, NOW).title == "Dr Ana Álvarez"


def test_every_step_of_the_table_has_words() -> None:
    assert set(history._BEGAN) == {Status.PENDING, Status.CONFIRMED}
    assert set(UNDO) == set(history._UNDONE)
    assert set(UNDO.values()) == set(step_pages._UNDONE)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "own", "for_another", "moved"),
    [
        (
            Status.PENDING,
            "Requested, waiting for the doctor to confirm",
            "Requested, waiting for the doctor to confirm, for Pat Patient",
            "Moved here, waiting for the doctor to confirm",
        ),
        (
            Status.CONFIRMED,
            "Booked and confirmed",
            "Booked and confirmed, for Pat Patient",
            "Moved here and confirmed",
        ),
    ],
)
def test_the_first_step_is_one_whole_sentence(status: Status, own: str, for_another: str, moved: str) -> None:
    booking = booked()
    patient, doctor = booking.patient.user, booking.doctor.user

    def said(by: User) -> str:
        first = BookingStatusChange(booking=booking, to_status=status, by=by, at=NOW)
        return history.history_rows(booking, [first], patient)[0].what

    assert (said(patient), said(doctor)) == (own, for_another)
    booking.moved_from = Booking()
    assert (said(patient), said(doctor)) == (moved, moved)


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "emphasis"), [(-1, "past"), (-0.25, "now"), (0.25, "")])
def test_a_row_shows_where_in_the_day_it_stands(hours: float, emphasis: str) -> None:
    booking = booked(hours=hours)
    assert presenters.day_row(booking, booking.doctor.user, NOW).emphasis == emphasis


@pytest.mark.django_db
def test_before_confirming_one_knows_until_when_it_can_be_undone() -> None:
    at_once = make_doctor(confirms_automatically=True)
    asked, booked_, soon = slot_in(hours=24), slot_in(at_once, hours=24), slot_in(at_once, hours=1)

    assert before_confirming(asked, Status.PENDING, NOW).startswith("Dr Ana Álvarez will confirm your appointment.")
    assert "withdraw your request until it’s confirmed" in before_confirming(asked, Status.PENDING, NOW)
    words = before_confirming(booked_, Status.CONFIRMED, NOW)
    assert words == "You can cancel online until Thursday 6 August 2026, 7:00am."
    words = before_confirming(soon, Status.CONFIRMED, NOW)
    assert "you can cancel online until 9:10am. After that, please phone 020 7946 0100." in words


@pytest.mark.django_db
def test_a_way_back_travels_with_every_action() -> None:
    booking: Booking = booked()
    actions = presenters.actions_for(booking, booking.doctor.user, NOW, next_url="/doctor/appointments/?page=2")
    confirm, move, cancel = actions
    assert confirm.next_url == "/doctor/appointments/?page=2"
    assert move.url.endswith("/move/?next=%2Fdoctor%2Fappointments%2F%3Fpage%3D2")
    assert cancel.url.endswith("/cancel/?next=%2Fdoctor%2Fappointments%2F%3Fpage%3D2")
