"""Booking for a child, somebody at the desk, a doctor's day and what is said of it afterwards (B9, B10, C10, C11)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect

from bookings.choices import Status
from bookings.models import Booking
from bookings.services.steps import check_in, complete, confirm
from bookings.tests.factories import make_booking
from doctors.tests.factories import make_slot
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives
from tests.journeys.support.hospital import doctor_with_times, slots_of
from tests.journeys.support.visitor import Visitor

TEN = "10:00am with Dr Ana Álvarez"


def adds_tom(visitor: Visitor) -> None:
    visitor.fills(
        full_name="Tom Parent", day="4", month="6", year="2015", relationship_to_you="my son", allergies="Peanuts"
    )
    visitor.presses("Add this person")


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_a_parent_books_for_a_child(arrives: Arrives, now: datetime, width: int, javascript: bool) -> None:
    doctor = doctor_with_times(now, confirms_automatically=True)
    parent = arrives(width=width, javascript=javascript).signs_in_as(make_patient(full_name="Paula Parent").user)

    # Given nobody on the list, they find out on the way that they can book for somebody else
    parent.goes_to(f"/doctors/{doctor.slug}/").follows(TEN).sees_no("Who is this for?")
    parent.fills(reason="Cough").presses("Add a person you care for").is_on("Add someone you care for")
    adds_tom(parent)

    # When they come back to the time they chose, the child is chosen, what they wrote stays, the button names him
    parent.is_on("Check your appointment").sees("Who is this for?")
    expect(parent.page.get_by_label("Tom Parent, my son")).to_be_checked()
    expect(parent.page.get_by_label("Reason for your visit")).to_have_value("Cough")
    if javascript:
        parent.page.get_by_label("Yourself, Paula Parent").check()
        expect(parent.page.get_by_role("button", name="Book for yourself")).to_be_visible()
        parent.page.get_by_label("Tom Parent, my son").check()
    parent.presses("Book for Tom")

    # Then it is the child's appointment, among theirs
    parent.is_on("Appointment booked").sees("for Tom Parent").sees("Booked and confirmed, for Tom Parent")
    booking = Booking.objects.get()
    assert (booking.patient.full_name, booking.booked_by.full_name) == ("Tom Parent", "Paula Parent")
    parent.goes_to("/patient/").sees("For Tom Parent").follows("People you care for").sees("my son")

    # And the child can't be taken off the list while it is booked
    parent.follows("Remove", within=parent.page.locator("main")).presses("Remove from my list")
    parent.sees("Tom Parent stays on your list")

    # And the doctor knows whom to expect
    clinic = arrives(width=width).signs_in_as(doctor.user)
    clinic.goes_to(f"/bookings/{booking.reference}/").sees("Peanuts").sees("Paula Parent (“my son”)")


def row(visitor: Visitor, name: str) -> Locator:
    return visitor.page.locator(".day-row").filter(has=visitor.page.get_by_role("link", name=name))


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_a_doctor_runs_the_day_with_one_click_each_and_takes_one_back(
    arrives: Arrives, now: datetime, width: int, javascript: bool
) -> None:
    doctor = doctor_with_times(now, days=0, confirms_automatically=True)
    patient = make_patient(full_name="Pat Patient")
    booking = make_booking(slot=slots_of(doctor)[0], patient=patient, now=now - timedelta(days=1))
    make_booking(slot=slots_of(doctor)[1], now=now - timedelta(days=1), patient=make_patient(full_name="Next One"))
    clinic = arrives(width=width, javascript=javascript).signs_in_as(doctor.user)
    clinic.goes_to("/doctor/appointments/?from=today&to=today")

    def presses(button: str) -> None:
        place = row(clinic, "Pat Patient").get_by_role("button", name=button)
        if javascript:
            place.click()  # the page stays
        else:
            clinic._lands(place.click)

    # When the patient is checked in by a slip of the finger, taken back, and then really comes
    presses("Check in")
    expect(clinic.page.locator(".notice--undo")).to_contain_text("Checked in: Pat Patient.")
    expect(row(clinic, "Pat Patient")).to_contain_text("Checked in")
    clinic.looks_around()
    presses("Undo")
    expect(clinic.page.locator(".notice")).to_contain_text("Undone. Pat Patient is “confirmed” again.")
    presses("Check in")
    expect(row(clinic, "Pat Patient").get_by_role("button", name="Complete")).to_be_visible()
    presses("Complete")

    # Then the visit is over, and the history has every turn
    expect(row(clinic, "Pat Patient")).to_contain_text("Completed")
    clinic.looks_around()
    if javascript:
        assert clinic.focused() == "Pat Patient"
        assert clinic.pages[-1] == "/doctor/appointments/"
    booking.refresh_from_db()
    assert booking.status == Status.COMPLETED
    clinic.goes_to(f"/bookings/{booking.reference}/").sees("Check-in undone")


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_a_visit_is_reviewed_and_the_review_shows_on_the_doctors_page(
    arrives: Arrives, now: datetime, width: int, javascript: bool
) -> None:
    doctor = doctor_with_times(now)
    seen = make_slot(doctor, starts_at=now - timedelta(hours=1))
    booking = make_booking(slot=seen, patient=make_patient(full_name="Jane van Doe"), now=now - timedelta(days=1))
    for step in (confirm, check_in, complete):
        step(booking=booking, by=doctor.user, now=now)
    patient = arrives(width=width, javascript=javascript).signs_in_as(booking.patient.user)

    # When the home page asks how it was
    patient.goes_to("/patient/").sees("How was it?").follows("Review").is_on("Review your visit")
    patient.presses("Publish review").sees("Choose 1 to 5.")
    patient.page.get_by_label("5 – excellent").check()
    patient.fills(in_your_own_words="Listened well & <b>explained</b>").presses("Publish review")
    patient.sees("Thank you.").sees("Your review")

    # Then everybody reads it, without knowing who it was
    visitor = arrives(width=width, javascript=javascript)
    visitor.goes_to(f"/doctors/{doctor.slug}/").sees("What patients say").sees("Jane D.")
    visitor.sees("Listened well & <b>explained</b>").sees_no("van Doe")
    visitor.goes_to("/doctors/").sees("(1 review)")
