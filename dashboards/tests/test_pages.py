"""The front page and everybody's home (B8, C12), and which home is whose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import PASSWORD, StaffFactory, make_staff
from bookings.models import Booking
from bookings.services.cancel import cancel
from bookings.services.steps import confirm
from bookings.tests.factories import make_booking
from core import clock
from dashboards.selectors import doctor_home, patient_home, week_counts, week_of
from doctors.models import DoctorProfile
from doctors.tests.factories import DepartmentFactory, make_doctor, make_slot
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 8, 5, 11, 0, tzinfo=UTC)  # a Wednesday, 12:00 in London


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    return NOON


def _booking(patient: PatientProfile, doctor: DoctorProfile, starts_at: datetime) -> Booking:
    return make_booking(slot=make_slot(doctor, starts_at=starts_at), patient=patient)


def _page(path: str, user: User | None = None) -> Any:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client.get(path)


def _statements(path: str, user: User | None = None) -> int:
    client = Client()
    if user is not None:
        client.force_login(user)
    client.get(path)  # what is cached, is cached
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


# Whose home


def test_everybody_lands_on_their_own_home_after_signing_in() -> None:
    for user, home in (
        (make_patient().user, "/patient/"),
        (make_doctor().user, "/doctor/"),
        (make_staff(StaffRole.RECEPTION), "/staff/desk/"),
        (StaffFactory(), "/staff/"),
    ):
        response = Client().post("/accounts/login/", {"login": user.username, "password": PASSWORD})
        assert response["Location"] == home


def test_next_wins_over_the_home() -> None:
    typed = {"login": make_doctor().user.email, "password": PASSWORD, "next": "/doctors/"}
    assert Client().post("/accounts/login/", typed)["Location"] == "/doctors/"


def test_my_details_are_where_the_role_has_them() -> None:
    assert _page("/accounts/profile/", make_patient().user)["Location"] == "/patient/profile/"
    assert _page("/accounts/profile/", make_doctor().user)["Location"] == "/doctor/profile/"
    assert _page("/accounts/profile/", StaffFactory())["Location"] == "/accounts/me/"


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("/patient/", make_doctor),
        ("/patient/", StaffFactory),
        ("/doctor/", make_patient),
        ("/doctor/", StaffFactory),
    ],
)
def test_the_home_of_another_role_is_refused(path: str, make: Callable[[], Any]) -> None:
    person = make()
    assert _page(path, getattr(person, "user", person)).status_code == 403
    assert _page(path)["Location"] == f"/accounts/login/?next={path}"


# Front page


def test_anybody_sees_the_search_the_soonest_times_and_the_departments() -> None:
    heart = DepartmentFactory(name="Cardiology", slug="cardiology")
    soon, late = make_doctor(full_name="Soon Er", department=heart), make_doctor(full_name="Lat Er")
    slot = make_slot(soon, days=1)
    make_slot(late, days=3)
    make_slot(make_doctor(approved=False, full_name="Un Approved"), hours=2)
    make_doctor(full_name="Without Times")
    page = _page("/").content.decode()
    assert page.index("Dr Soon Er") < page.index("Dr Lat Er")
    assert f"/bookings/new/?slot={slot.pk}" in page
    assert "/doctors/?department=cardiology" in page
    assert '<option value="cardiology">Cardiology</option>' in page
    assert 'name="q"' in page
    assert 'name="before"' in page
    assert "Un Approved" not in page
    assert "Without Times" not in page


def test_without_a_free_time_the_front_page_says_what_to_do() -> None:
    assert "No free appointments right now" in _page("/").content.decode()


def test_the_front_page_costs_no_more_with_twenty_doctors_than_with_one() -> None:
    make_slot(make_doctor())
    one = _statements("/")
    for day in range(1, 21):
        make_slot(make_doctor(), days=day)
    assert 0 < _statements("/") <= one <= 3


# Patient


def test_a_patient_sees_next_upcoming_past_and_cancelled(at_noon: datetime) -> None:
    patient, doctor = make_patient(full_name="Pat Ient"), make_doctor(full_name="Ana Álvarez")
    later = _booking(patient, doctor, NOON + timedelta(days=9))
    nearest = _booking(patient, doctor, NOON + timedelta(days=1, hours=3))
    past = _booking(patient, doctor, NOON - timedelta(days=20))
    cancelled = _booking(patient, doctor, NOON + timedelta(days=5))
    cancel(booking=cancelled, by=patient.user, now=NOON)
    _booking(make_patient(), doctor, NOON + timedelta(hours=20))

    response = _page("/patient/", patient.user)
    page = response.context["page"]
    assert nearest.reference in page.next.url
    assert [later.reference in card.url for card in page.upcoming] == [True]
    assert [past.reference in card.url for card in page.past] == [True]
    assert [cancelled.reference in card.url for card in page.cancelled] == [True]
    assert page.counts == {"upcoming": 2, "past": 1, "cancelled": 1}
    html = response.content.decode()
    assert "Hello, Pat Ient" in html
    assert "Thursday 6 August 2026, <strong>3:00pm</strong>" in html
    assert html.count(">Book again<") == 2
    assert f"/doctors/{doctor.slug}/" in html


def test_a_patient_without_appointments_is_led_to_the_doctors() -> None:
    page = _page("/patient/", make_patient().user).content.decode()
    assert "Nothing booked" in page
    assert 'href="/doctors/"' in page


def test_a_patients_home_is_short_and_costs_the_same_with_twenty_appointments() -> None:
    patient, doctor = make_patient(), make_doctor()
    _booking(patient, doctor, timezone.now() + timedelta(days=1))
    _booking(patient, doctor, timezone.now() - timedelta(days=1))
    one = _statements("/patient/", patient.user)
    for day in range(2, 22):
        _booking(patient, doctor, timezone.now() + timedelta(days=day))
        _booking(patient, doctor, timezone.now() - timedelta(days=day))
    assert _statements("/patient/", patient.user) == one <= 5  # the fifth says what is left to pay
    home = patient_home(patient.user, timezone.now())
    assert (len(home.upcoming), len(home.past)) == (5, 3)
    assert home.counts == {"upcoming": 21, "past": 21, "cancelled": 0}


# Doctor


def test_a_doctor_sees_today_the_next_patient_the_week_and_who_waits(at_noon: datetime) -> None:
    doctor = make_doctor(full_name="Ana Álvarez")
    over = _booking(make_patient(full_name="O Ver"), doctor, NOON - timedelta(hours=3))
    coming = _booking(make_patient(full_name="Co Ming"), doctor, NOON + timedelta(hours=2))
    confirm(booking=coming, by=doctor.user, now=NOON)
    waiting = _booking(make_patient(full_name="Wai Ting"), doctor, NOON + timedelta(days=2))
    make_slot(doctor, starts_at=NOON + timedelta(days=1))
    make_slot(doctor, starts_at=NOON + timedelta(days=7))  # next week
    make_slot(doctor, starts_at=NOON - timedelta(hours=5))  # free, but over
    _booking(make_patient(full_name="Some Body"), make_doctor(), NOON + timedelta(hours=1))

    response = _page("/doctor/", doctor.user)
    page = response.context["page"]
    assert [row.name for row in page.today] == ["O Ver", "Co Ming"]
    assert (page.next.name, page.next_is_today, page.next_heading) == ("Co Ming", True, "Next patient")
    assert [card.title for card in page.waiting] == ["Wai Ting"]
    assert dict(page.figures) == {
        "Today": 2,
        "Booked this week": 3,
        "Free this week": 1,
        "Waiting for you to confirm": 1,
        "On your waiting list": 0,
    }
    html = response.content.decode()
    assert "Some Body" not in html
    assert "Wednesday 5 August 2026" in html
    assert f"/bookings/{waiting.reference}/confirm/" in html
    assert '<input type="hidden" name="next" value="/doctor/">' in html
    assert f"/bookings/{over.reference}/" in html


def test_the_patient_in_the_room_is_with_you_now(at_noon: datetime) -> None:
    doctor = make_doctor()
    _booking(make_patient(full_name="Now Here"), doctor, NOON - timedelta(minutes=10))
    page = _page("/doctor/", doctor.user).context["page"]
    assert (page.next.name, page.next_heading) == ("Now Here", "With you now")


def test_a_doctor_who_waits_for_approval_is_told() -> None:
    page = _page("/doctor/", make_doctor(approved=False, is_accepting=False).user).content.decode()
    assert "Your licence is waiting for approval" in page
    assert "You’re not taking new bookings" in page
    assert "Nobody is booked today" in page
    assert 'href="/doctor/availability/slots/new/"' in page


def test_a_doctors_home_costs_the_same_with_one_and_with_twenty() -> None:
    doctor = make_doctor()
    now = timezone.now()
    tomorrow = clock.start_of_day(clock.hospital_day(now) + timedelta(days=1))
    _booking(make_patient(), doctor, tomorrow - timedelta(hours=1))
    _booking(make_patient(), doctor, tomorrow)
    one = _statements("/doctor/", doctor.user)
    for half_hour in range(1, 20):
        _booking(make_patient(), doctor, tomorrow + timedelta(minutes=30 * half_hour))
        _booking(make_patient(), doctor, tomorrow - timedelta(minutes=60 + 30 * half_hour))
    assert _statements("/doctor/", doctor.user) == one <= 6


def test_nobody_but_a_doctor_has_a_doctors_home() -> None:
    assert doctor_home(make_patient().user, NOON) is None


@pytest.mark.parametrize("day", [3, 5, 9])
def test_a_week_goes_from_monday_to_sunday(day: int) -> None:
    assert week_of(date(2026, 8, day)) == (date(2026, 8, 3), date(2026, 8, 10))


def test_the_week_ends_at_midnight_of_the_hospital() -> None:
    doctor = make_doctor()
    make_slot(doctor, starts_at=datetime(2026, 8, 9, 22, 30, tzinfo=UTC), minutes=15)  # Sunday 11:30pm in London
    make_slot(doctor, starts_at=datetime(2026, 8, 9, 23, 0, tzinfo=UTC), minutes=15)  # Monday
    assert week_counts(doctor.user, NOON).free == 1
