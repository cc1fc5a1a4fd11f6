"""The numbers of a month beside those worked out by hand (D5): October 2026, in which the clocks go back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import StaffFactory
from billing.selectors import Earnings
from bookings.choices import Status
from bookings.models import Booking, Review
from bookings.tests.rows import at, free, visit
from doctors.models import Closure, DoctorProfile, TimeOff
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person
from reports import counting
from reports.counting import count_month
from reports.figures import MonthFigures
from reports.tests.factories import make_old_hand

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_old_hand(full_name="Ada Able")


@pytest.fixture
def other() -> DoctorProfile:
    return make_old_hand(full_name="Bob Baker")


@pytest.fixture
def pat() -> PatientProfile:
    return make_patient()


def on(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return at(date(2026, 10, day), hour, minute)


def counted(doctor: DoctorProfile) -> MonthFigures:
    return count_month(OCTOBER).get(doctor.pk, MonthFigures())


def review_of(booking: Booking, rating: int, at: datetime, **facts: Any) -> Review:
    return Review.objects.create(booking=booking, rating=rating, created_at=at, **facts)


def test_a_month_with_everything_in_it(
    doctor: DoctorProfile, other: DoctorProfile, pat: PatientProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, ann, bea = StaffFactory(), make_patient(), make_patient()
    visit(pat, doctor, at(date(2026, 9, 3), 9), Status.COMPLETED)  # known from before
    visit(ann, other, at(date(2026, 9, 4), 9), Status.COMPLETED)  # known to another doctor only

    first = visit(pat, doctor, on(5), Status.COMPLETED)  # 30 min
    visit(pat, doctor, on(6), Status.COMPLETED, minutes=20)  # the same patient once more
    seen = visit(ann, doctor, on(7), Status.COMPLETED)  # new to this doctor
    visit(bea, doctor, on(8), Status.NO_SHOW)  # missed; not seen
    visit(bea, doctor, on(9), Status.CANCELLED)  # by the patient; its time is free again
    visit(bea, doctor, on(10), Status.CANCELLED, cancelled_by=doctor.user)
    visit(bea, doctor, on(11), Status.CANCELLED, cancelled_by=doctor.user)
    visit(bea, doctor, on(12), Status.CANCELLED, cancelled_by=desk)
    visit(bea, doctor, on(30), Status.CONFIRMED)  # nobody has said what became of it
    free(doctor, on(13), 45)
    visit(pat, other, on(5, 15), Status.COMPLETED)  # another doctor's
    review_of(first, 5, on(6))
    review_of(seen, 2, on(20))
    earned = {doctor.pk: Earnings(30_000, 5_000, 18_000)}
    monkeypatch.setattr(counting, "earnings_by_doctor", lambda start, end, *, currency: earned)

    assert counted(doctor) == MonthFigures(
        booked=9,
        completed=3,
        cancelled_by_patient=1,
        cancelled_by_doctor=2,
        cancelled_by_hospital=1,
        missed=1,
        moved=0,
        patients_seen=2,
        patients_new=1,
        minutes_offered=30 + 20 + 30 + 30 + 4 * 30 + 30 + 45,
        minutes_used=30 + 20 + 30 + 30 + 30,
        reviews=2,
        rating_sum=7,
        issued_cents=30_000,
        credited_cents=5_000,
        paid_cents=18_000,
    )
    assert (counted(doctor).net_cents, counted(doctor).rating) == (25_000, 3.5)
    assert counted(other) == MonthFigures(
        booked=1, completed=1, patients_seen=1, patients_new=1, minutes_offered=30, minutes_used=30
    )


def test_a_month_is_that_of_the_hospitals_clock_to_the_minute(doctor: DoctorProfile, pat: PatientProfile) -> None:
    """In summer time it begins at 23:00 of Greenwich, in winter time it ends at 24:00."""
    begins, ends = datetime(2026, 9, 30, 23, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    minute = timedelta(minutes=1)
    visit(pat, doctor, begins - 20 * minute, Status.COMPLETED, minutes=10)  # September's
    visit(pat, doctor, begins, Status.COMPLETED, minutes=10)  # 12:00am on 1 October
    visit(pat, doctor, ends - minute, Status.COMPLETED, minutes=30)  # 11:59pm on 31 October, whole
    visit(pat, doctor, ends + 30 * minute, Status.COMPLETED, minutes=10)  # November's

    found = counted(doctor)

    assert (found.booked, found.completed, found.minutes_used) == (2, 2, 40)
    assert (found.patients_seen, found.patients_new) == (1, 0)
    assert count_month(date(2026, 9, 1))[doctor.pk].booked == 1
    assert count_month(date(2026, 11, 1))[doctor.pk].booked == 1


def test_both_hours_of_the_night_when_the_clocks_go_back_are_offered(doctor: DoctorProfile) -> None:
    for hour in (0, 1):  # 1:00am in summer time, and an hour later in winter time
        free(doctor, datetime(2026, 10, 25, hour, tzinfo=UTC), 60)

    assert counted(doctor).minutes_offered == 120


def test_a_moved_appointment_counts_where_it_went(
    doctor: DoctorProfile, other: DoctorProfile, pat: PatientProfile
) -> None:
    within = visit(pat, doctor, on(5), Status.CANCELLED)  # moved inside the month
    visit(pat, doctor, on(6), Status.COMPLETED, moved_from=within)
    out = visit(pat, doctor, on(7), Status.CANCELLED, cancelled_by=doctor.user)  # out of the month
    visit(pat, doctor, at(date(2026, 11, 7), 9), Status.CONFIRMED, moved_from=out)
    into = visit(pat, doctor, at(date(2026, 9, 7), 9), Status.CANCELLED)  # into it
    visit(pat, doctor, on(8), Status.CONFIRMED, moved_from=into)
    away = visit(pat, doctor, on(9), Status.CANCELLED)  # to a colleague
    visit(pat, other, on(9), Status.CONFIRMED, moved_from=away)

    found = counted(doctor)

    assert (found.booked, found.completed, found.moved) == (2, 1, 3)
    assert (found.cancelled_by_patient, found.cancelled_by_doctor) == (0, 0)
    assert (counted(other).booked, counted(other).moved) == (1, 0)
    assert count_month(date(2026, 9, 1))[doctor.pk].moved == 1


def test_a_guardian_cancels_as_the_patient_does_and_each_of_the_family_is_a_patient(
    doctor: DoctorProfile, pat: PatientProfile
) -> None:
    tom = make_person(pat)
    visit(tom, doctor, on(5), Status.CANCELLED, cancelled_by=pat.user, booked_by=pat.user)
    visit(tom, doctor, on(6), Status.COMPLETED, booked_by=pat.user)
    visit(pat, doctor, on(7), Status.COMPLETED)

    found = counted(doctor)

    assert (found.cancelled_by_patient, found.patients_seen, found.patients_new) == (1, 2, 2)


def test_who_only_missed_or_cancelled_before_is_new(doctor: DoctorProfile, pat: PatientProfile) -> None:
    september = date(2026, 9, 4)
    visit(pat, doctor, at(september, 9), Status.NO_SHOW)
    visit(pat, doctor, at(september, 11), Status.CANCELLED)
    visit(pat, doctor, on(5), Status.COMPLETED)

    assert counted(doctor).patients_new == 1


def test_time_off_a_closure_and_the_doctors_own_calendar_take_what_is_free(doctor: DoctorProfile) -> None:
    boss = StaffFactory()
    free(doctor, on(5))
    free(doctor, on(6))
    free(doctor, on(7))
    free(doctor, on(8), closed_by_calendar=True)
    TimeOff.objects.create(
        doctor=doctor, starts_at=on(6, 0), ends_at=on(7, 0), created_by=doctor.user, created_at=on(1)
    )
    Closure.objects.create(name="Water", starts_at=on(7, 0), ends_at=on(8, 0), created_by=boss, created_at=on(1))

    assert counted(doctor).minutes_offered == 30


def test_a_review_counts_in_the_month_it_was_written_unless_it_was_hidden(
    doctor: DoctorProfile, pat: PatientProfile
) -> None:
    late = visit(pat, doctor, at(date(2026, 9, 29), 9), Status.COMPLETED)
    hidden, next_month = (visit(pat, doctor, on(day), Status.COMPLETED) for day in (5, 6))
    review_of(late, 4, on(2))
    review_of(hidden, 1, on(7), hidden_at=on(8), hidden_by=StaffFactory())
    review_of(next_month, 3, at(date(2026, 11, 1), 0))

    found = counted(doctor)

    assert (found.reviews, found.rating_sum) == (1, 4)


def test_what_is_earned_is_asked_of_the_month_as_the_hospital_has_it(
    doctor: DoctorProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(counting, "earnings_by_doctor", lambda *when, **which: asked.append((when, which)) or {})

    count_month(OCTOBER)

    begin, end = datetime(2026, 9, 30, 23, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    assert asked == [((begin, end), {"currency": "GBP"})]


def test_sixty_doctors_are_counted_by_as_many_statements_as_three(pat: PatientProfile) -> None:
    Closure.objects.create(name="Water", starts_at=on(1), ends_at=on(2), created_by=StaffFactory(), created_at=on(1))

    def statements(doctors: int) -> int:
        for number in range(doctors):
            doctor = make_old_hand()
            review_of(visit(pat, doctor, on(5) + timedelta(hours=number % 20), Status.COMPLETED), 5, on(20))
        with CaptureQueriesContext(connection) as captured:
            assert len(count_month(OCTOBER)) >= doctors
        return len(captured)

    few = statements(3)
    assert statements(57) == few
    assert few < 15
