"""What was offered and used, how soon one is seen and who waits, each beside a figure worked out by hand (H2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.tests.factories import StaffFactory
from bookings.choices import Status
from bookings.tests.factories import make_waiting
from bookings.tests.rows import at, free, visit
from bookings.waiting_list.selectors import waiting_counts
from dashboards.figures import capacity, queues
from dashboards.figures.periods import Period
from dashboards.figures.tables import access_by_department
from dashboards.figures.types import Messages, Scope, ThirdNextAvailable
from dashboards.figures.utilisation import utilisation
from doctors.models import Closure, DoctorProfile, TimeOff
from doctors.tests.factories import make_doctor
from doctors.utilisation import Use
from integrations.choices import MessageStatus
from integrations.models import OutgoingMessage
from integrations.tests.factories import make_message
from patients.models import PatientProfile

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 5, 11, 0, tzinfo=UTC)  # Wednesday, 12:00 in London
TODAY = date(2026, 8, 5)
MONDAY, TUESDAY, THURSDAY = date(2026, 8, 3), date(2026, 8, 4), date(2026, 8, 6)
WEEK = Period(date(2026, 7, 30), TODAY)
ALL = Scope()


def here(doctor: DoctorProfile) -> Scope:
    return Scope(doctor.department_id)


# Utilisation


def test_utilisation_is_booked_minutes_of_the_minutes_offered(
    doctor: DoctorProfile, other: DoctorProfile, pat: PatientProfile
) -> None:
    visit(pat, doctor, at(MONDAY, 9), Status.COMPLETED, minutes=30)  #   30 booked
    visit(pat, doctor, at(MONDAY, 10), Status.NO_SHOW, minutes=30)  #    30 booked
    visit(pat, doctor, at(MONDAY, 11), Status.CANCELLED, minutes=30)  #      free again
    free(doctor, at(MONDAY, 12), 30)  #                                      free
    free(doctor, at(MONDAY, 14), 30, closed_by_calendar=True)  #             not offered
    visit(pat, doctor, at(TODAY, 9), Status.CHECKED_IN, minutes=20)  #   20 booked
    visit(pat, doctor, at(TODAY, 16), Status.CONFIRMED, minutes=20)  #   20 booked, later today
    free(doctor, at(TODAY, 17), 20)  #                                       free, later today
    visit(pat, doctor, at(THURSDAY, 9), Status.CONFIRMED)  #                 after today
    visit(pat, other, at(MONDAY, 16), Status.COMPLETED, minutes=45)  #   45 booked

    found = utilisation(Period(MONDAY, THURSDAY), ALL, now=NOW)

    # Monday: 30 + 30 of 30 + 30 + 30 + 30 with Ada, 45 of 45 with Bob. Today: 20 + 20 of 20 + 20 + 20 with Ada.
    assert found.by_day == {MONDAY: Use(offered=165, booked=105), TODAY: Use(offered=60, booked=40)}
    assert [(row.name, row.department, row.use) for row in found.by_doctor] == [
        ("Dr Ada Able", "Heart", Use(offered=180, booked=100)),
        ("Dr Bob Baker", "Skin", Use(offered=45, booked=45)),
    ]
    assert found.total == Use(offered=225, booked=145)
    assert found.by_department() == {"Heart": Use(180, 100), "Skin": Use(45, 45)}
    assert found.total.share == pytest.approx(145 / 225)
    assert utilisation(WEEK, here(other), now=NOW).total == Use(45, 45)


def test_time_off_and_closures_take_what_is_free_and_each_time_once(doctor: DoctorProfile, pat: PatientProfile) -> None:
    boss = StaffFactory()
    visit(pat, doctor, at(MONDAY, 9), Status.COMPLETED)  # kept although off: 30 booked
    free(doctor, at(MONDAY, 10))  # in the time off
    free(doctor, at(MONDAY, 11))  # in the time off and in the closure
    free(doctor, at(MONDAY, 11, 30))  # in the closure, of which it shares only the first minutes
    free(doctor, at(MONDAY, 12, 0))  # 30 offered: begins as both end
    TimeOff.objects.create(
        doctor=doctor, starts_at=at(MONDAY, 8), ends_at=at(MONDAY, 11, 30), created_by=boss, created_at=NOW
    )
    Closure.objects.create(
        name="Water", starts_at=at(MONDAY, 11), ends_at=at(MONDAY, 11, 40), created_by=boss, created_at=NOW
    )

    found = utilisation(WEEK, ALL, now=NOW)

    assert found.by_day == {MONDAY: Use(offered=60, booked=30)}
    assert [row.use for row in found.by_doctor] == [Use(offered=60, booked=30)]


def test_a_day_all_off_has_no_utilisation_rather_than_none_at_all(doctor: DoctorProfile) -> None:
    free(doctor, at(MONDAY, 10))
    TimeOff.objects.create(
        doctor=doctor, starts_at=at(MONDAY, 0), ends_at=at(TUESDAY, 0), created_by=doctor.user, created_at=NOW
    )

    found = utilisation(WEEK, ALL, now=NOW)

    assert (found.by_day, found.by_doctor) == ({}, [])
    assert found.total.share is None


def test_what_nobody_could_book_is_not_offered(doctor: DoctorProfile) -> None:
    free(make_doctor(approved=False), at(MONDAY, 10))
    assert utilisation(WEEK, ALL, now=NOW).total == Use()


def test_days_to_come_have_no_utilisation_yet(doctor: DoctorProfile) -> None:
    free(doctor, at(THURSDAY, 10))

    assert utilisation(Period(THURSDAY, THURSDAY), ALL, now=NOW).total == Use()


# Access


def test_third_next_available_is_the_days_until_the_third_free_time(
    doctor: DoctorProfile, other: DoctorProfile, pat: PatientProfile
) -> None:
    visit(pat, doctor, at(TODAY, 13), Status.CONFIRMED)  # booked
    free(doctor, at(TODAY, 14))  # 1st
    free(doctor, at(THURSDAY, 9), held_until=NOW + timedelta(hours=1))  # held
    free(doctor, at(THURSDAY, 10), closed_by_calendar=True)
    free(doctor, at(THURSDAY, 11))  # 2nd
    free(doctor, at(date(2026, 8, 10), 9))  # 3rd, on Monday: 5 days, weekend and all
    free(doctor, at(date(2026, 8, 11), 9))
    for hour in (14, 15):
        free(other, at(TODAY, hour))  # two only

    found = capacity.third_next(ALL, now=NOW)

    assert found == [
        ThirdNextAvailable(doctor.pk, "Dr Ada Able", "Heart", 5),
        ThirdNextAvailable(other.pk, "Dr Bob Baker", "Skin", None),
    ]
    assert access_by_department(found) == [("Heart", 5, 1, 0), ("Skin", None, 0, 1)]


def test_three_free_times_today_are_no_days_away(doctor: DoctorProfile) -> None:
    for hour in (13, 14, 23):
        free(doctor, at(TODAY, hour))

    assert [row.days for row in capacity.third_next(ALL, now=NOW)] == [0]


def test_notice_and_window_of_the_doctor_are_respected(doctor: DoctorProfile, other: DoctorProfile) -> None:
    for day in (1, 2, 3, 4, 5):
        for clinician in (doctor, other):
            free(clinician, at(TODAY + timedelta(days=day), 9))
    doctor.min_notice = timedelta(days=1)  # tomorrow at nine is too soon: days 2, 3, 4
    doctor.save()
    other.booking_window = timedelta(days=2)  # days 1 and 2 only
    other.save()

    assert [row.days for row in capacity.third_next(ALL, now=NOW)] == [4, None]


def test_who_cannot_be_booked_has_no_access_to_measure(doctor: DoctorProfile) -> None:
    doctor.is_accepting = False
    doctor.save()
    make_doctor(approved=False)

    assert capacity.third_next(ALL, now=NOW) == []


def test_the_median_of_a_department_is_the_middle_of_its_doctors() -> None:
    rows = [ThirdNextAvailable(n, "Dr", "Heart", days) for n, days in enumerate((1, 9, 2, None))]
    rows += [ThirdNextAvailable(9, "Dr", "Skin", 1), ThirdNextAvailable(10, "Dr", "Skin", 4)]

    assert access_by_department(rows) == [("Heart", 2, 3, 1), ("Skin", 2.5, 2, 0)]


# Queues


def test_waiting_lists_by_length_with_the_oldest_wish(doctor: DoctorProfile, other: DoctorProfile) -> None:
    make_waiting(doctor=doctor, now=NOW - timedelta(days=3))
    for days in (9, 1):
        make_waiting(doctor=other, now=NOW - timedelta(days=days))
    make_waiting(doctor=other, now=NOW - timedelta(days=70))  # its sixty days have passed

    found = queues.waiting(ALL, now=NOW)

    assert [(row.name, row.department, row.waiting, row.oldest) for row in found] == [
        ("Dr Bob Baker", "Skin", 2, NOW - timedelta(days=9)),
        ("Dr Ada Able", "Heart", 1, NOW - timedelta(days=3)),
    ]
    assert {row.doctor: row.waiting for row in found} == waiting_counts(NOW)
    assert [row.waiting for row in queues.waiting(here(doctor), now=NOW)] == [1]


def test_messages_that_are_stuck_and_what_became_of_the_period(pat: PatientProfile) -> None:
    OutgoingMessage.objects.all().delete()  # the welcome of the patient

    def message(status: MessageStatus, **ago: int) -> None:
        made, settled = make_message(now=NOW - timedelta(**ago)), NOW if status in _SETTLED else None
        lease = NOW if status == MessageStatus.SENDING else None
        OutgoingMessage.objects.filter(pk=made.pk).update(status=status, settled_at=settled, lease_until=lease)

    message(MessageStatus.SENT, days=1)
    message(MessageStatus.SENT, days=2)
    message(MessageStatus.FAILED, days=2)
    message(MessageStatus.FAILED, days=60)  # before the period, and still not delivered
    message(MessageStatus.QUEUED, hours=2)
    message(MessageStatus.SENDING, hours=3)
    message(MessageStatus.DROPPED, days=3)

    found = queues.messages(WEEK)

    written = {"QUEUED": 1, "SENDING": 1, "SENT": 2, "FAILED": 1, "DROPPED": 1}
    assert found == Messages(failed=2, waiting=2, oldest=NOW - timedelta(hours=3), written=written)


_SETTLED = {MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.DROPPED}
