"""The open desk: it renews itself, says what happened, and costs the same on a full day (H1)."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from bookings.choices import Status
from bookings.models import Booking
from bookings.services.move import move
from bookings.tests.conftest import NOW
from bookings.tests.desk.people import a_whole_day, arrives, comes, page_of
from bookings.tests.people import booked, slot_in, text_of
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile

pytestmark = pytest.mark.django_db
DESK, BOARD = "/staff/desk/", "/staff/desk/board/"
HTMX = {"HTTP_HX_REQUEST": "true"}
SetClock = Callable[[datetime], None]


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor(room="Room 12")


# The open page asks again


def refreshed(desk: Client, response: Any) -> Any:
    return desk.get(page_of(response).refresh_url, **HTMX)


def test_while_nothing_changes_the_open_page_is_told_nothing(desk: Client, doctor: DoctorProfile) -> None:
    a_whole_day(doctor)

    assert refreshed(desk, desk.get(DESK, {"q": "a"})).status_code == 204


def test_what_happened_is_shown_and_read_out(desk: Client, doctor: DoctorProfile) -> None:
    booking = comes("Carl Coming", doctor, minutes=30)
    before = desk.get(DESK)
    arrives(booking)

    news = text_of(refreshed(desk, before))

    assert "Here since 9:00am" in news
    assert "The day has changed: 0 coming, 1 here, 0 late, 0 done, 0 missed. Updated at 9:00am." in news
    assert "<html" not in news


def test_a_minute_that_passes_is_shown_but_not_read_out(
    desk: Client, doctor: DoctorProfile, set_clock: SetClock
) -> None:
    arrives(comes("Hanna Here", doctor, minutes=15))
    before = desk.get(DESK)
    set_clock(NOW + timedelta(minutes=1))

    later = text_of(refreshed(desk, before))

    assert "Here since 9:00am, 1 min" in later
    assert "The day has changed" not in later


def test_who_becomes_late_is_read_out(desk: Client, doctor: DoctorProfile, set_clock: SetClock) -> None:
    comes("Carl Coming", doctor, minutes=1)
    before = desk.get(DESK)
    set_clock(NOW + timedelta(minutes=8))

    assert "0 coming, 0 here, 1 late" in text_of(refreshed(desk, before))


# What it costs


def crowd(doctors: list[DoctorProfile], each: int) -> None:
    """So many more for every doctor, one every twenty minutes, each somebody else."""
    for number in range(each * len(doctors)):
        doctor = doctors[number % len(doctors)]
        person = PatientProfile(
            own_name=f"{NAMES[number % 3]} {NAMES[number % 6]}-{number}",
            own_phone=f"020 7946 {number:04}",
            date_of_birth=date(1980, 1, 1),
        )
        person.save()
        slot = slot_in(doctor, minutes=15, hours=(number // len(doctors)) / 3 - 3)
        reason = f"{NAMES[number % 5]} on the {number}th step"
        Booking.objects.create(
            slot=slot,
            doctor=doctor,
            patient=person,
            booked_by=doctor.user,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            status=Status.CONFIRMED,
            fee_cents=100,
            reason=reason,
            created_at=NOW,
        )


NAMES = ("Amara", "Bartholomew", "Christodoulou", "Dimitri", "Evangeline", "Featherstonehaugh")
QUERIES = 4  # session with account, kinds of staff, the day, and that it was read


def test_a_day_of_300_costs_as_many_queries_as_a_day_of_one_and_stays_light(
    desk: Client, django_assert_num_queries: Any
) -> None:
    """By 15 doctors. Compressed as the web server would, the page is at most 100 kB."""
    doctors = [make_doctor(full_name=f"Doctor Number {number}", room=f"Room {number}") for number in range(15)]
    one = comes("Only One", doctors[0], minutes=11 * 60)
    Booking.objects.filter(pk=one.pk).update(reason="A cough")
    with django_assert_num_queries(QUERIES):
        alone = desk.get(DESK)
    assert sum(len(column.rows) for column in page_of(alone).doctors) == 1
    crowd(doctors, 20)

    with django_assert_num_queries(QUERIES):
        response = desk.get(DESK)

    assert sum(len(column.rows) for column in page_of(response).doctors) == 301
    assert len(gzip.compress(response.content)) < 100_000


def test_whoever_was_moved_costs_the_day_no_more(
    desk: Client, doctor: DoctorProfile, django_assert_num_queries: Any
) -> None:
    for hour in (3, 4, 5):
        old = booked(slot=slot_in(doctor, hours=hour))
        move(booking=old, to_slot_id=slot_in(doctor, days=hour).pk, by=old.patient.user, now=NOW)

    with django_assert_num_queries(QUERIES - 1):  # nobody said why they come
        day = desk.get(DESK)

    assert text_of(day).count("Moved to ") == 3
