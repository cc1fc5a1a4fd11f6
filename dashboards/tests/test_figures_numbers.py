"""Each figure beside one worked out by hand (H2). The rows of each test are all there are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.tests.factories import StaffFactory
from bookings.choices import Status
from bookings.tests.rows import at, free, visit
from core.clock import start_of_day
from dashboards.figures import appointments, queues
from dashboards.figures.periods import Period
from dashboards.figures.types import Cancellations, Missed, Scope, Visits
from dashboards.figures.utilisation import utilisation
from doctors.models import DoctorProfile, TimeOff
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 5, 11, 0, tzinfo=UTC)  # Wednesday, 12:00 in London
TODAY = date(2026, 8, 5)
MONDAY, TUESDAY, THURSDAY = date(2026, 8, 3), date(2026, 8, 4), date(2026, 8, 6)
WEEK = Period(date(2026, 7, 30), TODAY)
ALL = Scope()


def here(doctor: DoctorProfile) -> Scope:
    return Scope(doctor.department_id)


# Appointments by day


def test_appointments_are_counted_by_day_and_by_where_they_stand(doctor: DoctorProfile, pat: PatientProfile) -> None:
    visit(pat, doctor, at(MONDAY, 9), Status.COMPLETED)
    visit(pat, doctor, at(MONDAY, 10), Status.COMPLETED)
    visit(pat, doctor, at(MONDAY, 11), Status.NO_SHOW)
    visit(pat, doctor, at(TODAY, 9), Status.CHECKED_IN)
    visit(pat, doctor, at(TODAY, 14), Status.PENDING)
    visit(pat, doctor, at(TODAY, 15), Status.CONFIRMED)
    visit(pat, doctor, at(TODAY, 16), Status.CANCELLED)
    visit(pat, doctor, at(THURSDAY, 9), Status.CONFIRMED)  # after the period
    visit(pat, doctor, at(date(2026, 7, 29), 9), Status.COMPLETED)  # before it

    assert appointments.by_day(WEEK, ALL) == {
        MONDAY: Visits(done=2, missed=1),
        TODAY: Visits(coming=2, arrived=1, cancelled=1),
    }


def test_a_department_is_counted_for_itself(doctor: DoctorProfile, other: DoctorProfile, pat: PatientProfile) -> None:
    visit(pat, doctor, at(MONDAY, 9), Status.COMPLETED)
    visit(pat, other, at(MONDAY, 10), Status.NO_SHOW)

    assert appointments.by_day(WEEK, here(other)) == {MONDAY: Visits(missed=1)}


def test_a_moved_appointment_counts_where_it_was_moved_to_and_nowhere_else(
    doctor: DoctorProfile, pat: PatientProfile
) -> None:
    old = visit(pat, doctor, at(MONDAY, 9), Status.CANCELLED)
    visit(pat, doctor, at(TUESDAY, 9), Status.COMPLETED, moved_from=old)

    assert appointments.by_day(WEEK, ALL) == {TUESDAY: Visits(done=1)}
    assert appointments.cancellations(WEEK, ALL).total == 0


def test_of_one_moved_and_then_cancelled_one_is_cancelled(doctor: DoctorProfile, pat: PatientProfile) -> None:
    first = visit(pat, doctor, at(MONDAY, 9), Status.CANCELLED)
    visit(pat, doctor, at(TUESDAY, 9), Status.CANCELLED, moved_from=first)

    assert appointments.by_day(WEEK, ALL) == {TUESDAY: Visits(cancelled=1)}
    assert appointments.cancellations(WEEK, ALL).total == 1


def test_a_day_begins_at_midnight_of_the_hospitals_clock(doctor: DoctorProfile, pat: PatientProfile) -> None:
    """In summer London is an hour ahead: 23:00 UTC is midnight."""
    late = datetime(2026, 8, 3, 22, 59, tzinfo=UTC)  # Monday 23:59
    midnight = datetime(2026, 8, 3, 23, 30, tzinfo=UTC)  # Tuesday 00:30
    visit(pat, doctor, late, Status.COMPLETED, minutes=10)
    visit(pat, doctor, midnight, Status.NO_SHOW, minutes=10)

    assert appointments.by_day(WEEK, ALL) == {MONDAY: Visits(done=1), TUESDAY: Visits(missed=1)}
    assert appointments.by_day(Period(MONDAY, MONDAY), ALL) == {MONDAY: Visits(done=1)}


@pytest.mark.parametrize(("day", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_the_days_on_which_the_clocks_change_have_all_their_hours(
    doctor: DoctorProfile, pat: PatientProfile, day: date, length: int
) -> None:
    begin = start_of_day(day)
    hours = [begin.astimezone(UTC) + timedelta(hours=n) for n in range(-1, length + 1)]
    for moment in hours:
        visit(pat, doctor, moment, Status.COMPLETED, minutes=60)

    before, after = day - timedelta(days=1), day + timedelta(days=1)
    found = appointments.by_day(Period(before, after), ALL)
    used = utilisation(Period(before, after), ALL, now=at(after, 12))

    assert [found[one].done for one in (before, day, after)] == [1, length, 1]
    assert [used.by_day[one].booked for one in (before, day, after)] == [60, length * 60, 60]


# Today


def test_today_at_a_glance(doctor: DoctorProfile, other: DoctorProfile, pat: PatientProfile) -> None:
    make_person(pat)
    make_doctor(approved=False)
    visit(pat, doctor, at(TODAY, 9), Status.COMPLETED)
    visit(pat, doctor, at(TODAY, 10), Status.CANCELLED)  # its time is free again, but gone by
    free(doctor, at(TODAY, 11, 30))  # running: gone by
    free(doctor, at(TODAY, 12, 30))  # free, 1
    free(doctor, at(TODAY, 13), held_until=NOW + timedelta(minutes=5))  # held
    free(doctor, at(TODAY, 14), held_until=NOW)  # held no more: free, 2
    free(doctor, at(TODAY, 15), closed_by_calendar=True)
    free(doctor, at(THURSDAY, 9))  # tomorrow
    free(other, at(TODAY, 16), closed_by_calendar=True)  # no time of this doctor's is open: not at work

    glance = queues.glance(ALL, now=NOW)

    assert glance.visits == Visits(done=1, cancelled=1)
    assert glance.doctors_at_work == 1
    assert glance.free_times_left == 2
    assert (glance.patients, glance.listed_doctors, glance.doctors_to_approve) == (2, 2, 1)


def test_who_has_gone_is_not_counted(doctor: DoctorProfile, pat: PatientProfile) -> None:
    for user in (doctor.user, pat.user):
        user.is_active = False
        user.save()
    free(doctor, at(TODAY, 15))

    glance = queues.glance(ALL, now=NOW)

    assert (glance.patients, glance.listed_doctors, glance.free_times_left) == (0, 0, 0)


def test_a_doctor_who_is_off_is_not_at_work_unless_somebody_is_booked(
    doctor: DoctorProfile, other: DoctorProfile, pat: PatientProfile
) -> None:
    free(doctor, at(TODAY, 9))
    free(other, at(TODAY, 9))
    visit(pat, other, at(TODAY, 10), Status.COMPLETED)
    for clinician in (doctor, other):
        TimeOff.objects.create(
            doctor=clinician, starts_at=at(TODAY, 0), ends_at=at(TODAY, 23), created_by=clinician.user, created_at=NOW
        )

    assert queues.glance(ALL, now=NOW).doctors_at_work == 1
    assert queues.glance(here(doctor), now=NOW).doctors_at_work == 0


def test_who_takes_no_new_bookings_has_no_free_times_left_for_anybody(doctor: DoctorProfile) -> None:
    doctor.is_accepting = False
    doctor.save()
    free(doctor, at(TODAY, 15))

    assert queues.glance(ALL, now=NOW).free_times_left == 0
    assert queues.glance(ALL, now=NOW).doctors_at_work == 1


# No-shows


def test_no_shows_by_lead_time(doctor: DoctorProfile, pat: PatientProfile) -> None:
    def booked(days: int, hour: int, status: Status) -> None:
        visit(pat, doctor, at(TODAY, hour), status, booked=at(TODAY - timedelta(days=days), 8))

    booked(0, 8, Status.COMPLETED)  # same day
    booked(1, 9, Status.COMPLETED)  # 1 to 2
    booked(2, 10, Status.NO_SHOW)  # 1 to 2
    booked(3, 11, Status.CHECKED_IN)  # 3 to 7: arrived, so no no-show
    booked(7, 12, Status.NO_SHOW)  # 3 to 7
    booked(8, 13, Status.NO_SHOW)  # 8 to 14
    booked(30, 14, Status.COMPLETED)  # 15 to 30
    booked(31, 15, Status.NO_SHOW)  # over 30
    booked(3, 16, Status.CONFIRMED)  # not decided yet
    booked(3, 17, Status.CANCELLED)  # cancelled

    found = appointments.no_shows(WEEK, ALL)

    assert found == [Missed(1, 0), Missed(2, 1), Missed(2, 1), Missed(1, 1), Missed(1, 0), Missed(1, 1)]
    assert [row.rate for row in found] == [0, 0.5, 0.5, 1, 0, 1]
    assert Missed().rate is None


def test_lead_time_is_counted_in_days_of_the_hospitals_calendar(doctor: DoctorProfile, pat: PatientProfile) -> None:
    """Booked at 00:10 for 9:00 is the same day, though UTC still had the day before; at 23:50 it was the day before."""
    visit(pat, doctor, at(TODAY, 9), Status.NO_SHOW, booked=at(TODAY, 0, 10))
    visit(pat, doctor, at(TODAY, 10), Status.NO_SHOW, booked=at(TUESDAY, 23, 50))

    assert appointments.no_shows(WEEK, ALL)[:2] == [Missed(1, 1), Missed(1, 1)]


def test_a_walk_in_written_down_after_it_began_is_of_the_same_day() -> None:
    assert appointments.by_lead([(-1, 2, 1), (0, 3, 0)])[0] == Missed(5, 1)


def test_a_moved_visit_is_as_old_as_the_move(doctor: DoctorProfile, pat: PatientProfile) -> None:
    old = visit(pat, doctor, at(MONDAY, 9), Status.CANCELLED, booked=at(TODAY - timedelta(days=40), 9))
    visit(pat, doctor, at(TODAY, 9), Status.NO_SHOW, moved_from=old, booked=at(MONDAY, 8))

    assert appointments.no_shows(WEEK, ALL) == [Missed(), Missed(1, 1), *[Missed()] * 4]


# Cancellations


def test_cancellations_by_who_and_at_what_notice(doctor: DoctorProfile, pat: PatientProfile) -> None:
    staff, start = StaffFactory(), at(TODAY, 9)
    day = timedelta(hours=24)

    def cancelled(hour: int, notice: timedelta, **facts: object) -> None:
        starts_at = start + timedelta(hours=hour)
        visit(pat, doctor, starts_at, Status.CANCELLED, cancelled_at=starts_at - notice, **facts)  # type: ignore[arg-type]

    cancelled(0, day)  # by the patient, exactly 24 hours before: not short
    cancelled(1, day - timedelta(seconds=1))  # by the patient, short
    cancelled(2, day, booked_by=staff)  # booked by staff for the patient, cancelled by the patient
    cancelled(3, timedelta(hours=1), cancelled_by=doctor.user)  # by the doctor, short
    cancelled(4, timedelta(days=3), cancelled_by=staff)

    found = appointments.cancellations(WEEK, ALL)

    assert found == Cancellations({"patient": (3, 1), "doctor": (1, 1), "staff": (1, 0)})
    assert (found.total, found.short) == (5, 2)
