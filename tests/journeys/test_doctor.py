"""A doctor's day: the diary, the appointments, and the way into the directory (A4, B4, B9); and the month
in a report, on any screen (D5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from accounts.tests.factories import StaffFactory
from bookings.choices import Status
from bookings.models import Booking
from doctors.models import DoctorProfile
from doctors.tests.factories import DepartmentFactory, make_doctor, make_slot
from patients.tests.factories import make_patient
from reports.figures import MonthFigures
from reports.tests.factories import make_old_hand, make_report
from tests.journeys.conftest import Arrives
from tests.journeys.support.hospital import doctor_with_times, slots_of
from tests.journeys.support.visitor import Visitor


def test_a_booking_arrives_and_is_confirmed_checked_in_and_completed(
    arrives: Arrives, now: datetime, width: int
) -> None:
    doctor = doctor_with_times(now, days=0)
    doctor_at_desk = arrives(width=width).signs_in_as(doctor.user).goes_to("/doctor/").sees("Nobody is booked today")

    # When a patient books for today
    patient = arrives(width=width).signs_in_as(make_patient(full_name="Pia Patient").user)
    patient.goes_to(f"/doctors/{doctor.slug}/").follows("10:00am").fills(reason="Cough").presses(
        "Request this appointment"
    )

    # Then the doctor sees it, and takes it through its life
    doctor_at_desk.goes_to("/doctor/").sees("Pia Patient").sees("Cough")
    for button, word in (("Confirm", "Confirmed"), ("Check in", "Checked in"), ("Complete", "Completed")):
        doctor_at_desk.goes_to("/doctor/appointments/").presses(button).sees(f"{word}: Pia Patient")
    patient.goes_to("/patient/bookings/?when=past").sees("Dr Ana Álvarez").sees("Completed")
    changes = Booking.objects.get().changes.order_by("pk")
    assert [change.to_status for change in changes] == [
        Status.PENDING,
        Status.CONFIRMED,
        Status.CHECKED_IN,
        Status.COMPLETED,
    ]


def test_a_doctor_adds_changes_and_deletes_a_time(arrives: Arrives, now: datetime, width: int) -> None:
    doctor, tomorrow = make_doctor(), now + timedelta(days=1)
    desk = arrives(width=width).signs_in_as(doctor.user)

    # When they offer an hour tomorrow
    desk.goes_to("/doctor/availability/slots/new/").is_on("Add times")
    desk.fills(date=f"{tomorrow:%Y-%m-%d}", start="14:00", end="14:30").presses("Add this time")
    desk.is_on("Availability").sees("The time has been added to your diary").sees("2:00pm")

    # Then patients see it, moved when it is moved, and no more when it is gone
    patient = arrives(width=width).goes_to(f"/doctors/{doctor.slug}/").sees("2:00pm")
    desk.follows("2:00pm").fills(start="15:00", end="15:30").presses("Change this time").sees(
        "The time has been changed"
    )
    patient.goes_to(f"/doctors/{doctor.slug}/").sees("3:00pm").sees_no("2:00pm")
    desk.follows("3:00pm").follows("Delete it instead").presses("Delete this time").sees("The time has been deleted")
    patient.goes_to(f"/doctors/{doctor.slug}/").sees("There are no free appointments").sees_no("3:00pm")
    assert slots_of(doctor) == []


def test_what_can_not_be_is_said_beside_the_field_and_the_rest_is_kept(arrives: Arrives, now: datetime) -> None:
    doctor, tomorrow = make_doctor(), now + timedelta(days=1)
    make_slot(doctor, starts_at=tomorrow.replace(hour=14))
    desk = arrives().signs_in_as(doctor.user).goes_to("/doctor/availability/slots/new/")

    desk.fills(date=f"{tomorrow:%Y-%m-%d}", start="14:10", end="14:40").presses("Add this time")

    desk.sees("This overlaps another time in your diary")
    assert desk.page.title().startswith("Error:")
    assert desk.page.get_by_label("Start").input_value() == "14:10"
    assert len(slots_of(doctor)) == 1


def test_several_times_of_a_day_are_made_at_once(arrives: Arrives, now: datetime) -> None:
    doctor, tomorrow = make_doctor(), now + timedelta(days=1)
    desk = arrives().signs_in_as(doctor.user).goes_to("/doctor/availability/day/new/")

    desk.fills(date=f"{tomorrow:%Y-%m-%d}", **{"from": "09:00"}, until="11:00", length="30", gap="0")
    desk.presses("Add").sees("4 times have been added to your diary")

    assert [f"{slot.starts_at.astimezone(now.tzinfo):%H:%M}" for slot in slots_of(doctor)] == [
        "09:00",
        "09:30",
        "10:00",
        "10:30",
    ]


def test_a_new_doctor_is_seen_by_patients_once_staff_approve(arrives: Arrives, now: datetime, width: int) -> None:
    DepartmentFactory(name="Heart and vessels")
    newcomer = arrives(width=width).goes_to("/accounts/signup/doctor/").is_on("Create a doctor")

    # When a doctor signs up
    newcomer.fills(full_name="Nadia Newcomer", e_mail="nadia@example.org", phone_number="020 7946 0144")
    newcomer.fills(password="three-unusual-words", specialty="Cardiology", qualification="MBBS")
    newcomer.fills(licence_number="GMC 1234567", years="7", consultation_fee="120")
    newcomer.page.get_by_label("Department").select_option(label="Heart and vessels")
    newcomer.presses("Create account", within=newcomer.page.locator("main")).sees("Check your e-mail")

    # Then patients do not see them before staff do their part
    patient = arrives(width=width).goes_to("/doctors/").sees_no("Nadia Newcomer")
    staff = arrives().signs_in_as(StaffFactory())
    approve_in_admin(staff, DoctorProfile.objects.get())
    patient.goes_to("/doctors/").sees("Nadia Newcomer")


def approve_in_admin(staff: Visitor, doctor: DoctorProfile) -> None:
    """Django's own pages: used, not judged (its colours and scripts are not ours)."""
    page = staff.page
    page.goto(f"{staff.site}/admin/doctors/doctorprofile/")
    page.locator(f"input[name=_selected_action][value='{doctor.pk}']").check()
    page.locator("select[name=action]").select_option(label="Approve the licence (patients will see them)")
    with page.expect_navigation():
        page.get_by_role("button", name="Go").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_a_doctor_opens_a_month_and_downloads_it(arrives: Arrives, width: int, javascript: bool) -> None:
    figures = MonthFigures(
        booked=1_203, completed=902, minutes_offered=63_010, minutes_used=48_005, issued_cents=999_999_999_999_999
    )
    ada = make_old_hand(full_name="Ada Able")
    make_report(ada, date(2025, 12, 1))
    make_report(ada, date(2026, 7, 1), figures, figures)
    doctor = arrives(width=width, javascript=javascript).signs_in_as(ada.user)

    # From their start page they come to all months
    doctor.goes_to("/doctor/").follows("Monthly reports").is_on("Monthly reports").sees("902 completed visits")

    # Each month has the one before beside it
    doctor.follows("July 2026").is_on("Report for July 2026").sees("June 2026").sees("£9,999,999,999,999.99")
    page = doctor.page
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    # And is there as a file
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as PDF").click()
    assert download.value.suggested_filename == "monthly-report-2026-07.pdf"
