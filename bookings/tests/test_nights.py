"""A night at the hospital: its times are kept, shown on the day on which they begin, and served past midnight."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from bookings.choices import Status
from bookings.holds.rules import TimePreference
from bookings.models import Booking
from bookings.presenters import time_words
from bookings.rules import PatientRef, TooEarly
from bookings.services.no_shows import mark_no_shows
from bookings.services.steps import check_in, check_in_at_desk
from bookings.services.walk_in import walk_in as register_walk_in
from bookings.tests.factories import make_waiting
from bookings.tests.people import booked, browser_of, confirmed, text_of
from bookings.waiting_list.selectors import fitting_slots
from core.clock import hospital_day
from doctors.choices import SlotSource
from doctors.models import DoctorProfile, Slot, WeeklyHours
from doctors.schedule import services as schedule
from doctors.schedule.services import Outcome
from doctors.tests.factories import make_doctor, make_slot
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ignore_template_errors]
THURSDAY = date(2026, 8, 6)
MIDNIGHT = datetime(2026, 8, 6, 23, 0, tzinfo=UTC)  # between Thursday 6 and Friday 7 August in London
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SetClock = Callable[[datetime], None]


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor(marks_no_shows=True, min_notice=timedelta(0))


def set_night(doctor: DoctorProfile, now: datetime) -> Outcome:
    """Thursdays from ten in the evening until two, in times of an hour."""
    WeeklyHours.objects.create(
        doctor=doctor, weekday=3, starts=time(22), ends=time(2), slot_minutes=60, valid_from=date(2026, 8, 1)
    )
    return schedule.generate(doctor=doctor, now=now)


def across(doctor: DoctorProfile) -> Slot:
    """11:30pm to 12:30am."""
    return make_slot(doctor, starts_at=MIDNIGHT - HOUR / 2, minutes=60)


def after(doctor: DoctorProfile) -> Slot:
    """12:30am to 1:00am."""
    return make_slot(doctor, starts_at=MIDNIGHT + HOUR / 2)


# The diary


@pytest.mark.parametrize("look", [-2 * HOUR, -MINUTE, timedelta(0), MINUTE, HOUR + MINUTE])
def test_filling_the_diary_in_the_middle_of_a_night_changes_nothing(doctor: DoctorProfile, look: timedelta) -> None:
    set_night(doctor, MIDNIGHT - timedelta(hours=12))
    before = set(Slot.objects.values_list("pk", flat=True))

    outcome = schedule.generate(doctor=doctor, now=MIDNIGHT + look)

    assert outcome.removed == 0
    assert before <= set(Slot.objects.values_list("pk", flat=True))
    again = schedule.generate(doctor=doctor, now=MIDNIGHT + look)
    assert again == Outcome()


def test_a_time_of_the_morning_after_that_is_given_back_has_its_place(doctor: DoctorProfile) -> None:
    set_night(doctor, MIDNIGHT - timedelta(hours=12))
    for hours in (-2, -1, 0, 1, 2):
        begins = MIDNIGHT + hours * HOUR
        slot = Slot(doctor=doctor, starts_at=begins, ends_at=begins + HOUR, source=SlotSource.WEEKLY)
        assert schedule.still_offered(slot) is (hours < 2)


def test_the_last_days_of_the_horizon_are_filled_day_by_day(doctor: DoctorProfile, settings: Any) -> None:
    settings.SLOT_HORIZON_DAYS = 2  # Wednesday and Thursday, then one more each day
    set_night(doctor, MIDNIGHT - timedelta(days=1, hours=12))
    assert Slot.objects.count() == 2
    schedule.generate(doctor=doctor, now=MIDNIGHT - timedelta(hours=12))
    assert list(Slot.objects.values_list("starts_at", flat=True)) == [
        MIDNIGHT + hours * HOUR for hours in (-2, -1, 0, 1)
    ]


# What people see


def day_of(page: str, day: str) -> str:
    """The part of the diary of one day."""
    return page.partition(f"<span>{day}")[2].partition('<li class="diary__day')[0]


def test_the_diary_shows_a_time_on_the_day_it_begins_and_until_when_it_goes_on(doctor: DoctorProfile) -> None:
    across(doctor), after(doctor)

    page = text_of(browser_of(doctor.user).get(reverse("doctors:availability")))

    thursday, friday = day_of(page, "6 August"), day_of(page, "7 August")
    assert "11:30pm" in thursday
    assert "until 12:30am the next day" in thursday
    assert "12:30am</time>" in friday
    assert "11:30pm" not in friday
    assert "next day" not in friday


def test_a_time_up_to_midnight_ends_at_midnight(doctor: DoctorProfile) -> None:
    slot = make_slot(doctor, starts_at=MIDNIGHT - HOUR, minutes=60)
    assert time_words(slot) == "11:00pm to midnight (BST)"
    assert time_words(across(make_doctor())) == "11:30pm to 12:30am the next day (BST)"
    assert "11:00pm to midnight" in text_of(browser_of(doctor.user).get(reverse("doctors:slot_edit", args=[slot.pk])))
    assert "until" not in day_of(text_of(browser_of(doctor.user).get(reverse("doctors:availability"))), "6 August")


@pytest.mark.parametrize("place", ["doctors:slot_edit", "doctors:slot_delete"])
def test_a_time_over_midnight_can_be_changed_as_it_stands(doctor: DoctorProfile, place: str) -> None:
    slot = across(doctor)
    browser = browser_of(doctor.user)
    assert "11:30pm to 12:30am the next day" in text_of(browser.get(reverse(place, args=[slot.pk])))

    typed = {"date": "2026-08-06", "start": "23:30", "end": "00:45"}
    browser.post(reverse("doctors:slot_edit", args=[slot.pk]), typed)

    assert Slot.objects.get().ends_at == MIDNIGHT + 45 * MINUTE


def test_patients_find_the_hours_after_midnight_on_their_own_date(doctor: DoctorProfile) -> None:
    across(doctor), after(doctor)
    browser = browser_of(make_patient().user)

    thursday = text_of(browser.get(f"/doctors/{doctor.slug}/?date=2026-08-06"))
    friday = text_of(browser.get(f"/doctors/{doctor.slug}/?date=2026-08-07"))

    assert "Evening" in thursday
    assert "Early hours" not in thursday
    assert "Early hours" in friday
    assert "Morning" not in friday


def test_a_visit_over_midnight_says_when_it_ends(doctor: DoctorProfile, set_clock: SetClock) -> None:
    booking = booked(slot=across(doctor))
    patient, staff = browser_of(booking.patient.user), browser_of(StaffFactory())
    assert "11:30pm to 12:30am the next day (BST)" in text_of(patient.get(f"/bookings/{booking.reference}/"))

    set_clock(MIDNIGHT - 4 * HOUR)
    home = text_of(browser_of(doctor.user).get(reverse("dashboards:doctor")))
    assert "to 12:30am the next day" in home
    admin = text_of(staff.get(reverse("admin:bookings_booking_change", args=[booking.pk])))
    assert "11:30pm to 12:30am the next day" in admin
    assert "11:30pm to 12:30am the next day" in text_of(staff.get(reverse("admin:doctors_slot_changelist")))


def test_a_night_in_the_week_grid_is_looked_at_before_it_is_saved(doctor: DoctorProfile) -> None:
    set_night(doctor, MIDNIGHT - timedelta(days=2))
    browser = browser_of(doctor.user)
    form = browser.get(reverse("doctors:weekly")).context["form"]
    filled = {name: form[name].value() for name in form.fields}
    typed = {name: value for name, value in filled.items() if value is not None} | {"act": "preview"}
    typed |= {"day3_0_to": "20:00", "day5_0_from": "22:00", "day5_0_to": "20:00"}

    page = text_of(browser.post(reverse("doctors:weekly"), typed))

    # An hour mistyped is noticed.
    words = "Thursday and Saturday: the hours from 10:00pm run until 8:00pm the next day, 22 hours in total."
    assert words in page
    listed = text_of(browser_of(StaffFactory()).get(reverse("admin:doctors_weeklyhours_changelist")))
    assert "2:00am the next day" in listed
    assert str(doctor.weekly_hours.get()) == "Thursday 22:00 to 02:00 the next day"


def test_free_times_of_the_last_night_of_a_wish_are_found(doctor: DoctorProfile) -> None:
    late, early = across(doctor), after(doctor)
    make_slot(doctor, starts_at=MIDNIGHT + 24 * HOUR)
    wish = TimePreference(THURSDAY, THURSDAY, frozenset({3}), time(22), time(2))
    assert fitting_slots(doctor, wish, None, MIDNIGHT - 24 * HOUR) == [late, early]


# Who comes at night


def status_of(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.status


def test_who_comes_before_midnight_for_a_time_after_it_is_checked_in(doctor: DoctorProfile) -> None:
    booking, reception = confirmed(slot=after(doctor)), StaffFactory()
    with pytest.raises(TooEarly):
        check_in_at_desk(booking=booking, by=reception, now=MIDNIGHT - 6 * HOUR)
    assert status_of(booking) == Status.CONFIRMED

    check_in_at_desk(booking=booking, by=reception, now=MIDNIGHT - 10 * MINUTE)

    assert status_of(booking) == Status.CHECKED_IN


def test_a_visit_that_runs_over_midnight_is_not_missed_before_it_is_over(doctor: DoctorProfile) -> None:
    running, over = confirmed(slot=across(doctor)), confirmed(slot=make_slot(doctor, starts_at=MIDNIGHT - 2 * HOUR))
    assert mark_no_shows(now=MIDNIGHT + 29 * MINUTE) == 1
    assert (status_of(running), status_of(over)) == (Status.CONFIRMED, Status.NO_SHOW)

    check_in(booking=running, by=doctor.user, now=MIDNIGHT + 29 * MINUTE)
    late = confirmed(slot=across(make_doctor(marks_no_shows=True)))
    assert mark_no_shows(now=MIDNIGHT + HOUR / 2) == 1
    assert (status_of(running), status_of(late)) == (Status.CHECKED_IN, Status.NO_SHOW)


def test_a_walk_in_just_before_midnight_is_checked_in(doctor: DoctorProfile) -> None:
    after(doctor)
    slot = Slot.objects.get()
    now = MIDNIGHT - 2 * MINUTE
    assert hospital_day(slot.starts_at) != hospital_day(now)

    booking = register_walk_in(
        doctor=doctor,
        patient_ref=PatientRef.of(make_patient()),
        slot_id=slot.pk,
        by=StaffFactory(),
        idempotency_key="night",
        now=now,
    )

    assert booking.status == Status.CHECKED_IN


def test_the_database_keeps_a_wish_for_a_night(doctor: DoctorProfile) -> None:
    entry = make_waiting(doctor=doctor, hours=(time(22), time(2)))
    with transaction.atomic():
        entry.full_clean()
