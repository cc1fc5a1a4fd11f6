"""Who did not come is marked after closing time, where the doctor wishes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from bookings import tasks
from bookings.choices import Status
from bookings.models import Booking, BookingStatusChange
from bookings.selectors import history
from bookings.services import no_shows
from bookings.services.no_shows import mark_no_shows
from bookings.services.steps import check_in
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, confirmed, slot_in, text_of
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2026, 8, 5, 23, 0, tzinfo=UTC)  # of the hospital, in summer


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor(marks_no_shows=True)


def missed(doctor: DoctorProfile, **ahead: float) -> Booking:
    return confirmed(slot=slot_in(doctor, **(ahead or {"hours": 1})))


def status_of(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.status


def test_the_day_must_be_over_at_the_hospital(doctor: DoctorProfile) -> None:
    booking = missed(doctor)
    assert mark_no_shows(now=MIDNIGHT - timedelta(microseconds=1)) == 0
    assert status_of(booking) == Status.CONFIRMED
    assert mark_no_shows(now=MIDNIGHT) == 1
    assert status_of(booking) == Status.NO_SHOW


def test_the_history_says_that_nobody_did_it_by_hand(doctor: DoctorProfile) -> None:
    booking = missed(doctor)
    mark_no_shows(now=MIDNIGHT)
    last = history(booking).last()
    assert last is not None
    assert (last.to_status, last.by, last.at) == (Status.NO_SHOW, None, MIDNIGHT)
    client = Client()
    client.force_login(booking.patient.user)
    assert "automatically" in text_of(client.get(f"/bookings/{booking.reference}/"))


def test_twice_is_once(doctor: DoctorProfile) -> None:
    booking = missed(doctor)
    assert [mark_no_shows(now=MIDNIGHT), mark_no_shows(now=MIDNIGHT + timedelta(hours=1))] == [1, 0]
    assert BookingStatusChange.objects.filter(booking=booking, to_status=Status.NO_SHOW).count() == 1


def test_only_confirmed_appointments_of_doctors_who_wish_it(doctor: DoctorProfile) -> None:
    waits = booked(slot=slot_in(doctor, hours=1))
    came = missed(doctor, hours=2)
    check_in(booking=came, by=doctor.user, now=NOW)
    others = missed(make_doctor(), hours=3)
    tomorrow = missed(doctor, days=1)
    assert mark_no_shows(now=MIDNIGHT) == 0
    kept = [Status.PENDING, Status.CHECKED_IN, Status.CONFIRMED, Status.CONFIRMED]
    assert [status_of(visit) for visit in (waits, came, others, tomorrow)] == kept


def test_a_week_of_missed_nights_is_made_up_for_but_no_more(doctor: DoctorProfile) -> None:
    recent, old = missed(doctor, days=-6), missed(doctor, days=-9)
    assert mark_no_shows(now=MIDNIGHT - timedelta(hours=1)) == 1
    assert (status_of(recent), status_of(old)) == (Status.NO_SHOW, Status.CONFIRMED)


def test_many_are_marked_in_several_short_transactions(doctor: DoctorProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(no_shows, "AT_ONCE", 2)
    for hour in range(5):
        missed(doctor, hours=1 + hour)
    assert mark_no_shows(now=MIDNIGHT) == 5


def test_the_job_asks_the_clock(doctor: DoctorProfile) -> None:
    booking = missed(doctor, days=-1)
    assert tasks.mark_no_shows() == 1
    assert status_of(booking) == Status.NO_SHOW


def test_the_doctor_chooses_it_on_the_profile_page() -> None:
    doctor = make_doctor()
    client = Client()
    client.force_login(doctor.user)
    page = text_of(client.get("/doctor/profile/"))
    assert "Mark missed visits automatically" in page
