"""A doctor's diary in full: weekly hours, a day off with patients in it, and what patients see of it (B5, B6)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bookings.choices import Status
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book
from doctors.models import DoctorProfile, Slot, TimeOff
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient
from tests.journeys.conftest import PHONE, WIDE, Arrives
from tests.journeys.support.visitor import Visitor

# 9 to 12 and 2 to 5 in times of 20 minutes with 5 minutes between.
MORNING = ["9:00am", "9:25am", "9:50am", "10:15am", "10:40am", "11:05am", "11:30am"]
AFTERNOON = ["2:00pm", "2:25pm", "2:50pm", "3:15pm", "3:40pm", "4:05pm", "4:30pm"]


@pytest.mark.parametrize(("width", "javascript"), [(WIDE, True), (PHONE, True), (WIDE, False)])
def test_a_week_is_filled_a_day_taken_off_and_its_patients_are_looked_after(
    arrives: Arrives, now: datetime, width: int, *, javascript: bool
) -> None:
    doctor = make_doctor(full_name="Sam Smith", room="Building B, room 12", confirms_automatically=True)
    desk = arrives(width=width, javascript=javascript).signs_in_as(doctor.user)
    wednesday = now + timedelta(days=7)

    # When the doctor fills Monday to Friday
    fills_the_week(desk)
    desk.presses("Preview changes").sees("No times will be removed.").sees("Thursday").sees("9:25am")
    assert not Slot.objects.exists()
    desk.presses("Save weekly hours").is_on("Availability").sees("Your weekly hours are saved.")

    # Then patients see exactly the right times
    visitor = arrives(width=width, javascript=javascript)
    assert times_seen(visitor, doctor, wednesday) == [*MORNING, *AFTERNOON]
    assert times_seen(visitor, doctor, wednesday + timedelta(days=3)) == []

    # When two of them have booked the Wednesday on which the doctor then wants to be off
    ann, bob = (books(doctor, name, wednesday.replace(hour=hour), now) for name, hour in (("Ann", 9), ("Bob", 14)))
    asks_for_the_day(desk, wednesday)
    desk.sees("2 appointments are affected").sees("12 free times will be removed")

    # Then nothing is saved before each is decided
    desk.presses("Save time off").sees("Choose what to do with the appointment of Ann Patient")
    assert not TimeOff.objects.exists()
    decides(desk, ann, "Cancel it and tell the patient").fills(Why_are_you_cancelling="A course that day")
    decides(desk, bob, "Offer other times").presses("Save time off")
    desk.is_on("Time off").sees("Your time off has been saved.").sees("1 cancelled, 1 offered other times")

    # And nobody can book the day, but for Thursday's times that are held for Bob
    assert times_seen(visitor, doctor, wednesday) == []
    assert times_seen(visitor, doctor, wednesday + timedelta(days=1)) == [*MORNING[3:], *AFTERNOON]
    ann.refresh_from_db()
    assert ann.status == Status.CANCELLED
    assert not Slot.objects.filter(starts_at__date=wednesday.date(), state="FREE").exists()

    # When Bob takes one with a click
    patient = arrives(width=width, javascript=javascript).signs_in_as(bob.patient.user)
    patient.goes_to(f"/bookings/{bob.reference}/offers/").presses("9:25am").sees("Moved to")

    # Then the others are free again, the Wednesday stays empty, and nothing calls for attention
    thursday = [MORNING[0], *MORNING[2:], *AFTERNOON]
    assert times_seen(visitor, doctor, wednesday + timedelta(days=1)) == thursday
    assert times_seen(visitor, doctor, wednesday) == []
    assert Booking.objects.filter(doctor=doctor).upcoming(now).exclude(conflict="").count() == 0


def test_a_kept_appointment_calls_for_attention_until_it_is_resolved(
    arrives: Arrives, now: datetime, width: int
) -> None:
    doctor = make_doctor(confirms_automatically=True)
    desk = arrives(width=width).signs_in_as(doctor.user)
    wednesday = now + timedelta(days=7)
    fills_the_week(desk)
    desk.presses("Preview changes").presses("Save weekly hours")
    booking = books(doctor, "Ann", wednesday.replace(hour=9), now)

    # When it is kept
    asks_for_the_day(desk, wednesday)
    decides(desk, booking, "Keep it").presses("Save time off").sees("1 kept")

    # Then the lists say so, until somebody has looked
    desk.goes_to("/doctor/appointments/").sees("During the doctor’s time off").presses("Leave it as it is")
    desk.sees("stays as it is").sees_no("During the doctor’s time off")

    # And when the day is worked after all, the times come back
    desk.goes_to("/doctor/availability/time-off/").follows("Remove").presses("Remove time off").sees("put back")
    assert times_seen(arrives(width=width), doctor, wednesday) == [*MORNING[1:], *AFTERNOON]


def test_the_week_can_be_filled_by_the_keyboard_alone(arrives: Arrives, now: datetime) -> None:
    doctor = make_doctor()
    desk = arrives().signs_in_as(doctor.user).goes_to("/doctor/availability/weekly/")
    for name, keys in (("from", "0900am"), ("to", "1200pm")):
        desk.page.locator(f"#id_day0_0_{name}").focus()
        desk.page.keyboard.type(keys)

    desk.tabs_to("Copy Monday to Tuesday").presses_enter()
    # Enter in any field looks, and the next stop from there is saving.
    desk.page.locator("#id_length").focus()
    desk.presses_enter().sees("What will change")
    desk.tabs_to("Save weekly hours").presses_enter().sees("Your weekly hours are saved.")

    assert doctor.weekly_hours.count() == 5


@pytest.mark.parametrize(("width", "javascript"), [(WIDE, True), (PHONE, True), (WIDE, False)])
def test_an_emergency_clinic_opens_for_the_night(
    arrives: Arrives, now: datetime, width: int, *, javascript: bool
) -> None:
    doctor = make_doctor(full_name="Sam Smith", room="Building B", confirms_automatically=True)
    desk = arrives(width=width, javascript=javascript).signs_in_as(doctor.user)
    thursday, friday = now + timedelta(days=1), now + timedelta(days=2)

    # Given a night that goes on until half past one
    desk.goes_to("/doctor/availability/weekly/")
    for name, value in {"3_0_from": "22:30", "3_0_to": "01:30"}.items():
        desk.page.locator(f"#id_day{name}").fill(value)
    desk.fills(Length_of_each_time="60")

    # When the doctor looks, the page says that it is a night and how long
    desk.presses("Preview changes")
    desk.sees("Thursday: the hours from 10:30pm run until 1:30am the next day, 3 hours in total.")
    desk.presses("Save weekly hours").is_on("Availability")

    # Then each time stands on the day on which it begins
    desk.sees("11:30pm").sees("until 12:30am the next day").sees("12:30am")
    visitor = arrives(width=width, javascript=javascript)
    assert times_seen(visitor, doctor, thursday) == ["10:30pm", "11:30pm"]
    assert times_seen(visitor, doctor, friday) == ["12:30am"]
    visitor.sees("Early hours")


def fills_the_week(desk: Visitor) -> None:
    """Monday by hand, the other days by one button."""
    desk.goes_to("/doctor/availability/").follows("Weekly hours").is_on("Weekly hours")
    for name, value in {"0_from": "09:00", "0_to": "12:00", "1_from": "14:00", "1_to": "17:00"}.items():
        desk.page.locator(f"#id_day0_{name}").fill(value)
    desk.fills(Length_of_each_time="20", Gap_between_appointments="5")
    desk.presses("Copy Monday to Tuesday–Friday")


def asks_for_the_day(desk: Visitor, day: datetime) -> None:
    desk.goes_to("/doctor/availability/").follows("Time off").follows("Add time off")
    desk.fills(First_day=f"{day:%Y-%m-%d}", Last_day=f"{day:%Y-%m-%d}").presses("Check which appointments are affected")


def decides(desk: Visitor, booking: Booking, label: str) -> Visitor:
    group = desk.page.get_by_role("group", name=booking.patient.full_name)
    group.get_by_label(label).check()
    return desk


def books(doctor: DoctorProfile, name: str, starts_at: datetime, now: datetime) -> Booking:
    patient = make_patient(full_name=f"{name} Patient")
    slot = Slot.objects.get(doctor=doctor, starts_at=starts_at)
    return book(slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=patient.user, now=now)


def times_seen(visitor: Visitor, doctor: DoctorProfile, day: datetime) -> list[str]:
    """The free times of a day, as the doctor's page offers them."""
    visitor.goes_to(f"/doctors/{doctor.slug}/?date={day:%Y-%m-%d}")
    return [time.inner_text().strip() for time in visitor.page.locator("a.time time").all()]
