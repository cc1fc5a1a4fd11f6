"""From the directory to "Appointment booked", and back (C1, C6, C12)."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.tests.factories import verify
from bookings.choices import Status
from bookings.models import Booking
from doctors.models import Slot
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives
from tests.journeys.support.hospital import doctor_with_times, slots_of
from tests.journeys.support.visitor import Visitor

TEN = "10:00am with Dr Ana Álvarez"


def signs_up(visitor: Visitor) -> None:
    visitor.fills(full_name="Wanda Wanderer", e_mail="wanda@example.org", phone_number="020 7946 0123")
    visitor.fills(day="31", month="3", year="1980", password="three-unusual-words")
    visitor.presses("Create account", within=visitor.page.locator("main"))
    # The letter and its link are the story of test_sign_up_and_mail.py.
    visitor.is_on("Check your e-mail")
    newcomer = User.objects.get(email="wanda@example.org")
    if visitor.javascript:
        with visitor.page.expect_navigation(wait_until="load"):  # the page that waits goes on by itself
            verify(newcomer)
        visitor.looks_around()
    else:
        verify(newcomer)
        visitor.presses("I’ve confirmed it – continue")


def test_a_stranger_signs_up_on_the_way_and_keeps_the_chosen_time(arrives: Arrives, now: datetime, width: int) -> None:
    doctor = doctor_with_times(now)
    stranger = arrives(width=width)

    # When they choose a time before anybody knows them
    stranger.goes_to("/doctors/").is_on("Find a doctor").follows("Dr Ana Álvarez").is_on("Dr Ana Álvarez")
    stranger.follows(TEN).is_on("Sign in").follows("Create a patient account").is_on("Create your account")
    signs_up(stranger)

    # Then the time is still theirs to confirm
    stranger.is_on("Check your appointment").sees("10:00am to 10:30am").sees("Building B, room 12")
    stranger.fills(reason="Palpitations").presses("Request this appointment").is_on("Request sent")
    booking = Booking.objects.get()
    stranger.sees(booking.reference).sees("Palpitations")
    assert (booking.slot, booking.patient.user.full_name) == (slots_of(doctor)[0], "Wanda Wanderer")

    # When they think better of it
    stranger.goes_to("/patient/").is_on("Hello, Wanda Wanderer").sees("Dr Ana Álvarez").follows("Withdraw request")
    stranger.is_on("Withdraw this request").sees("If you cancel, someone else can book this time").presses(
        "Withdraw request"
    )

    # Then the time is everybody's again
    stranger.sees("Your request has been withdrawn").goes_to(f"/doctors/{doctor.slug}/")
    assert stranger.time(TEN).is_visible()
    booking.refresh_from_db()
    assert (booking.status, slots_of(doctor)[0].is_free) == (Status.CANCELLED, True)


def test_somebody_signed_in_sees_three_pages_from_the_directory_to_the_booking(
    arrives: Arrives, now: datetime, width: int
) -> None:
    doctor_with_times(now)
    patient = arrives(width=width).signs_in_as(make_patient().user)

    patient.goes_to("/doctors/").follows(TEN).is_on("Check your appointment").presses("Request this appointment")

    patient.is_on("Request sent").sees(Booking.objects.get().reference)
    assert len(patient.pages) == 3, patient.pages


def test_the_confirmation_can_be_reloaded_and_takes_no_second_booking(arrives: Arrives, now: datetime) -> None:
    doctor = doctor_with_times(now)
    patient = arrives().signs_in_as(make_patient().user)
    patient.goes_to(f"/doctors/{doctor.slug}/").follows(TEN).presses("Request this appointment").is_on("Request sent")

    patient.page.reload()
    patient.looks_around().is_on("Request sent")

    # When they go back to the form, it has become the way to what they have
    patient.goes_back(expecting=409).is_on("You have already booked this time").follows("Dr Ana Álvarez")

    patient.is_on("Request sent")
    assert Booking.objects.count() == 1


def test_without_javascript_everything_works(arrives: Arrives, now: datetime) -> None:
    doctor = doctor_with_times(now)
    stranger = arrives(javascript=False)

    stranger.goes_to(f"/doctors/{doctor.slug}/").follows(TEN).is_on("Sign in").follows("Create a patient account")
    signs_up(stranger)
    stranger.is_on("Check your appointment").fills(reason="Knee").presses("Request this appointment")
    stranger.is_on("Request sent").sees("Knee")
    stranger.goes_to("/patient/").follows("Withdraw request").presses("Withdraw request")
    stranger.sees("Your request has been withdrawn")

    assert Slot.objects.filter(doctor=doctor).free().count() == 3


def test_the_loser_of_a_race_is_told_and_loses_nothing_else(arrives: Arrives, now: datetime, width: int) -> None:
    doctor = doctor_with_times(now)
    slow, fast = (arrives(width=width).signs_in_as(make_patient(full_name=name).user) for name in ("Slow", "Fast"))

    # Given both have the same time before them
    slow.goes_to(f"/doctors/{doctor.slug}/").follows(TEN).is_on("Check your appointment")
    slow.fills(reason="Palpitations", anything="I take aspirin")
    fast.goes_to(f"/doctors/{doctor.slug}/").follows(TEN).presses("Request this appointment").is_on("Request sent")

    # When the other was faster
    slow.presses("Request this appointment", expecting=409)

    # Then it is said kindly, and what was written goes along to another time
    slow.is_on("Someone has just taken this time").sees("Palpitations").sees("I take aspirin")
    slow.presses("11:00am with Dr Ana Álvarez", expecting=200).is_on("Check your appointment").sees(
        "11:00am to 11:30am"
    )
    slow.presses("Request this appointment").is_on("Request sent").sees("Palpitations").sees("I take aspirin")
    assert [booking.patient.user.full_name for booking in Booking.objects.order_by("starts_at")] == ["Fast", "Slow"]


def test_a_patient_books_with_the_keyboard_alone(arrives: Arrives, now: datetime) -> None:
    doctor = doctor_with_times(now)
    patient = arrives().signs_in_as(make_patient().user)
    patient.goes_to(f"/doctors/{doctor.slug}/")

    patient.tabs_to("10:00am").presses_enter().is_on("Check your appointment")
    patient.tabs_to("Reason for your visit").page.keyboard.type("Palpitations")
    patient.tabs_to("Request this appointment").presses_enter()

    patient.is_on("Request sent").sees("Palpitations")


def test_the_first_stop_of_the_keyboard_leads_past_the_header(arrives: Arrives, now: datetime) -> None:
    doctor_with_times(now)
    visitor = arrives().goes_to("/doctors/")

    visitor.page.keyboard.press("Tab")
    assert visitor.focused() == "Skip to main content"
    visitor.page.keyboard.press("Enter")

    assert visitor.page.evaluate("document.activeElement.id") == "main"
