"""A morning at the reception desk: a caller is booked in a minute, comes, and is checked in at a click (H1, C10)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from playwright.sync_api import expect

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.choices import Status
from bookings.models import Booking
from bookings.services.steps import check_in
from bookings.tests.factories import make_booking
from core import clock
from doctors.models import DoctorProfile
from doctors.tests.factories import make_slot
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives
from tests.journeys.support.hospital import doctor_with_times, slots_of
from tests.journeys.support.visitor import Visitor

# What is typed included. A practised typist needs 0.28 s a key (Card, Moran and Newell, 1983): 26 s, so that more than
# half of the minute is left for talking. How fast this machine is says nothing of it.
MOST_KEYS = 90
COUNTS_KEYS = "addEventListener('keydown', () => { sessionStorage.keys = Number(sessionStorage.keys || 0) + 1; }, true)"
ASK_AGAIN = 21_000  # milliseconds: the desk does so every twenty seconds


def receptionist(arrives: Arrives, **window: int | bool) -> Visitor:
    return arrives(**window).signs_in_as(make_staff(StaffRole.RECEPTION, full_name="Robin Reception"))


def types(desk: Visitor, text: str) -> Visitor:
    desk.page.keyboard.type(text)
    return desk


def types_letter_by_letter(desk: Visitor, text: str) -> None:
    """Into the search for a doctor, with a pause after each letter: the search is answered each time, and stays."""
    desk.page.evaluate("document.addEventListener('htmx:targetError', () => { window.hmsLost = true; })")
    for letter in text:
        with desk.page.expect_response(lambda answer: "find=" in answer.url):
            desk.page.keyboard.type(letter)
        desk.page.wait_for_function("() => !document.querySelector('.htmx-request')")
        expect(desk.page.locator("#wish-found")).to_be_visible()
    assert not desk.page.evaluate("() => window.hmsLost")
    expect(desk.page.locator("#wish-find")).to_have_value(text)


def doctor_of_today(now: datetime) -> DoctorProfile:
    return doctor_with_times(now, days=0, confirms_automatically=True)


def test_a_new_caller_is_booked_with_the_keyboard_in_a_minute_then_comes_and_is_checked_in(
    arrives: Arrives, now: datetime
) -> None:
    doctor = doctor_of_today(now)
    desk = receptionist(arrives)
    desk.context.add_init_script(COUNTS_KEYS)
    desk.goes_to("/staff/desk/").is_on("Today")

    # When somebody unknown rings up, and the receptionist never leaves the keyboard
    desk.tabs_to("Book").presses_enter().is_on("Book for a patient")
    types(desk, "wanda walker 31 3 1980").sees("Nobody found").looks_around()
    desk.tabs_to("New patient").presses_enter().sees("New patient")
    types(desk, "heart").presses_enter().sees("Anyone in Heart and vessels")
    assert desk.focused().startswith("10:00am")
    desk.presses_enter()
    types(desk, "020 7946 0999").tabs_to("Reason")
    types(desk, "Palpitations").presses_enter().is_on("Appointment booked")
    keys = int(desk.page.evaluate("sessionStorage.keys"))

    # Then it is booked, with the reference to read out
    booking = Booking.objects.get()
    assert keys <= MOST_KEYS
    assert (booking.patient.full_name, booking.slot) == ("Wanda Walker", slots_of(doctor)[0])
    desk.sees(booking.reference).sees("so we can’t send a confirmation")

    # And when she comes, one click tells her doctor
    desk.presses_enter().is_on("Today").sees("Wanda Walker")
    desk.presses("Check in").sees("Checked in: Wanda Walker").sees("Here since 9:00am")
    assert desk.focused() == "Wanda Walker"  # the keyboard stays in her row
    arrives().signs_in_as(doctor.user).goes_to("/doctor/").sees("Wanda Walker").sees("Checked in").sees("Palpitations")

    # And a slip is undone with one more
    desk.presses("Undo", within=desk.page.locator(".messages")).sees("Undone.").sees("1 coming")


def test_somebody_walks_in_and_is_seen_now(arrives: Arrives, now: datetime, width: int) -> None:
    """Also by the address the walk-in had before; a namesake born on the same day is asked about first."""
    doctor = doctor_of_today(now)
    make_patient(full_name="Will Walkin", date_of_birth=date(1990, 2, 1))
    desk = receptionist(arrives, width=width).goes_to("/admin/bookings/booking/walk-in/").is_on("Walk-in")
    desk.goes_to("/staff/desk/").follows("Walk-in").is_on("Walk-in")

    types(desk, "will walkin").sees("1 found")
    desk.follows("New patient")
    types_letter_by_letter(desk, "álva")
    desk.follows(f"{doctor.display_name}, {doctor.specialization}").follows(f"Now with {doctor.display_name}")
    desk.fills(date_of_birth="1 2 1990", phone_number="020 7946 0888", reason="Cut finger")
    desk.presses("Book and check in").sees("Is it one of these?").sees("Will Walkin, born 1 February 1990")
    desk.page.get_by_label("Someone else: register them").check()
    desk.presses("Book and check in").is_on("Booked and checked in")

    booking = Booking.objects.get()
    assert (booking.doctor, booking.status, booking.starts_at) == (doctor, Status.CHECKED_IN, now)
    assert booking.patient.user is None
    desk.follows("Back to the desk").sees("Will Walkin").sees("Here since 9:00am")


def test_a_caller_who_wants_another_time_is_found_and_moved(arrives: Arrives, now: datetime, width: int) -> None:
    doctor = doctor_of_today(now)
    patient = make_patient(full_name="Mara Mover")
    make_booking(slot=slots_of(doctor)[0], patient=patient, now=now - timedelta(hours=3))
    desk = receptionist(arrives, width=width).goes_to("/staff/book/")

    types(desk, "mover").sees("Mara Mover").sees("17 May 1990").looks_around()
    desk.follows("Move Wednesday").is_on("Move to another time").follows("11:00am")
    desk.presses("Move").sees("Mara Mover")

    assert Booking.objects.get(status=Status.CONFIRMED).slot == slots_of(doctor)[1]


def test_the_open_desk_shows_what_others_do_and_leaves_the_keyboard_where_it_is(
    arrives: Arrives, now: datetime
) -> None:
    doctor = doctor_of_today(now)
    names = ("Anna Adams", "Bert Brown", "Cleo Clark")
    bookings = [
        make_booking(slot=slot, patient=make_patient(full_name=name), now=now - timedelta(hours=3))
        for slot, name in zip(slots_of(doctor), names, strict=True)
    ]
    desk = receptionist(arrives)
    desk.page.clock.install()
    desk.goes_to("/staff/desk/").sees("3 coming")
    desk.page.get_by_role("link", name="Cleo Clark").focus()

    # When a colleague checks somebody in
    check_in(booking=bookings[0], by=make_staff(StaffRole.RECEPTION), now=clock.now())
    desk.page.clock.fast_forward(ASK_AGAIN)

    # Then the page says so, and nothing was pulled away
    news = desk.page.locator("#desk-news")
    expect(news).to_contain_text("2 coming, 1 here, 0 late")
    desk.sees("Here since 9:00am").looks_around()
    assert desk.focused() == "Cleo Clark"

    # And while a menu is open, it waits
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.page.get_by_label("More for Bert Brown").click()
    check_in(booking=bookings[2], by=make_staff(StaffRole.RECEPTION), now=clock.now())
    desk.page.clock.fast_forward(ASK_AGAIN)
    expect(desk.page.get_by_role("link", name="Cancel : Bert Brown")).to_be_visible()
    assert asked == []
    desk.page.keyboard.press("Escape")
    desk.page.clock.fast_forward(ASK_AGAIN)
    expect(news).to_contain_text("1 coming, 2 here")


def test_a_reference_scanned_at_the_desk_leads_straight_to_its_appointment(arrives: Arrives, now: datetime) -> None:
    doctor = doctor_of_today(now)
    booking = make_booking(slot=slots_of(doctor)[2], now=now - timedelta(hours=3))
    desk = receptionist(arrives).goes_to("/staff/desk/")

    desk.page.get_by_label("Name, phone or reference").fill(booking.reference.lower())

    desk.page.wait_for_url(f"**/bookings/{booking.reference}/")


def test_the_desk_works_without_scripts(arrives: Arrives, now: datetime) -> None:
    doctor = doctor_of_today(now)
    first, second, _ = slots_of(doctor)
    desk = receptionist(arrives, javascript=False).goes_to("/staff/book/")

    # Find, new patient, doctor, time
    desk.fills(name="wanda walker").presses("Find").sees("Nobody found").follows("New patient")
    desk.fills(doctor_or="álvarez").presses("Find").sees(doctor.display_name).follows("10:00am")
    desk.fills(date_of_birth="31 3 1980", phone_number="020 7946 0999", reason="Palpitations")

    # Meanwhile somebody takes the time: nothing typed is lost, and the next is a press away
    make_booking(slot=first, now=now - timedelta(hours=1))
    desk.presses("Book appointment", expecting=409).sees("Someone has just taken this time")
    desk.presses("11:00am").presses("Book appointment").is_on("Appointment booked")
    booking = Booking.objects.get(slot=second)
    assert (booking.patient.full_name, booking.reason) == ("Wanda Walker", "Palpitations")

    desk.follows("Back to the desk")
    desk.presses("Check in", within=desk.page.locator(".desk-row", has_text="Wanda"))
    desk.sees("Checked in: Wanda Walker").sees("1 here")


def test_the_desk_fits_a_phone_with_everybody_on_it(arrives: Arrives, now: datetime) -> None:
    doctor = doctor_of_today(now)
    make_slot(doctor, starts_at=now - timedelta(minutes=20))
    for slot in slots_of(doctor):
        patient = make_patient(full_name="Zoë Bennett-Featherstonehaugh-Christodoulou")
        make_booking(
            slot=slot, patient=patient, now=slot.starts_at - timedelta(hours=3), reason="Palpitations at night"
        )

    receptionist(arrives, width=390).goes_to("/staff/desk/").sees("20 min late").sees("3 coming")
