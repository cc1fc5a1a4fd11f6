"""One's own calendar: connected, kept up to date, and left (E1, E2, E4), with the stand-in in Google's place."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from accounts.models import User
from accounts.tests.factories import verify
from bookings.models import Booking, CalendarFeed
from doctors.models import DoctorProfile
from integrations.google_calendar.fake import FakeGoogle
from integrations.tests.google import google
from patients.tests.factories import make_patient
from tests.calendars.people import DOCTOR, PATIENT, deliver
from tests.journeys.conftest import Arrives
from tests.journeys.support.hospital import doctor_with_times
from tests.journeys.support.visitor import Visitor

__all__ = ["google"]
TEN, ELEVEN = "10:00am with Dr Ana Álvarez", "11:00am"


@pytest.fixture
def site(google: FakeGoogle, live_server: Any, settings: Any) -> FakeGoogle:
    """The site knows its own address, to which Google sends people back."""
    settings.BASE_URL = live_server.url
    settings.GOOGLE_REDIRECT_URI = f"{live_server.url}/oauth2callback"
    return google


def connects(visitor: Visitor, account: str) -> None:
    """Through the pages and the consent page of the stand-in, whose own looks are not ours to judge."""
    visitor.goes_to("/calendar/").is_on("Google Calendar").follows("Connect Google Calendar")
    visitor.is_on("Connect your Google Calendar").sees("Never the reason for a visit")
    page, faults = visitor.page, list(visitor.faults)
    page.get_by_role("button", name="Continue to Google").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Stand-in for Google"))
    page.get_by_label(account).check()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Google Calendar")
    visitor.faults[:] = faults
    visitor.looks_around().sees("Connected")
    expect(page.get_by_text("Your Google Calendar is connected")).to_be_visible()


def stands_at_google(google: FakeGoogle) -> str:
    """The page of the stand-in, as anybody may look at it."""
    deliver()
    return requests.get(f"{google.url}/", timeout=60).text


def people(now: datetime) -> tuple[DoctorProfile, User]:
    doctor = doctor_with_times(now, confirms_automatically=True)
    verify(doctor.user)
    return doctor, make_patient(full_name="Pat Patient").user


def test_both_connect_book_move_cancel_and_leave(arrives: Arrives, now: datetime, site: FakeGoogle, width: int) -> None:
    doctor, user = people(now)
    patient, at_work = arrives(width=width).signs_in_as(user), arrives(width=width).signs_in_as(doctor.user)
    connects(patient, PATIENT)
    connects(at_work, DOCTOR)

    # When the patient books
    patient.goes_to(f"/doctors/{doctor.slug}/").follows(TEN).presses("Book this appointment").is_on(
        "Appointment booked"
    )

    # Then it stands in both calendars
    page = stands_at_google(site)
    assert ("Appointment with Dr Ana Álvarez" in page, "Appointment with Pat Patient" in page) == (True, True)
    assert page.count("10:00") >= 1
    assert [len(site.calendar(email)) for email in (DOCTOR, PATIENT)] == [1, 1]

    # When it is moved
    booking = Booking.objects.get()
    patient.goes_to(f"/bookings/{booking.reference}/move/").follows(ELEVEN)
    patient.presses("Move appointment")
    stands_at_google(site)

    # Then the same events stand at another time
    new = Booking.objects.get(moved_from=booking)
    assert {*site.calendar(PATIENT)} == {booking.patient_event_id}
    (event,) = site.calendar(DOCTOR).values()
    assert datetime.fromisoformat(event["start"]["dateTime"]) == new.starts_at

    # When it is cancelled, both are gone
    patient.goes_to(f"/bookings/{new.reference}/cancel/").presses("Cancel appointment")
    page = stands_at_google(site)
    assert "Appointment with" not in page

    # When the patient leaves, Google has taken the permission back
    patient.goes_to("/calendar/").follows("Disconnect").is_on("Disconnect your Google Calendar").presses("Disconnect")
    stands_at_google(site)
    assert [grant.email for grant in site.store.refresh_tokens.values()] == [DOCTOR]


def test_a_doctor_is_told_of_a_time_changed_at_google(
    arrives: Arrives, now: datetime, site: FakeGoogle, width: int
) -> None:
    doctor, user = people(now)
    at_work = arrives(width=width).signs_in_as(doctor.user)
    connects(at_work, DOCTOR)
    patient = arrives().signs_in_as(user)
    patient.goes_to(f"/doctors/{doctor.slug}/").follows(TEN).presses("Book this appointment")
    booking = Booking.objects.get()
    Booking.objects.filter(pk=booking.pk).update(
        calendar_note="In your Google Calendar you moved this appointment to Friday 7 August 2026 at 3:00pm."
    )

    at_work.goes_to("/doctor/").sees("You changed the time of appointments").follows("Pat Patient")
    at_work.sees("The appointment hasn’t changed").presses("I’ve read this")
    at_work.sees_no("you moved this appointment")


def test_a_private_address_is_made_replaced_and_removed(arrives: Arrives, now: datetime, width: int) -> None:
    visitor = arrives(width=width).signs_in_as(make_patient().user)
    visitor.goes_to("/patient/profile/").follows("any other calendar").is_on("Your appointments in any calendar")
    visitor.presses("Make my address").sees("Anyone who has it can see your appointments")
    first = CalendarFeed.objects.get().digest

    visitor.follows("Make a new address").is_on("Make a new address").presses("Make a new address")
    assert CalendarFeed.objects.get().digest != first

    visitor.follows("Remove the address").is_on("Remove your calendar address").presses("Remove the address")
    visitor.sees("You can replace or remove it at any time")
    assert not CalendarFeed.objects.exists()
