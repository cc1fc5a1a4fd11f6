"""A day of the administrator: the second step, the work, and all of it in figures and trail (H1, H2, H4, A6)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.tests.second_factor.test_second_factor import code_of
from bookings.choices import Status
from bookings.models import Booking
from bookings.tests.factories import make_booking
from core import clock
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives
from tests.journeys.support.hospital import doctor_with_times, slots_of
from tests.journeys.support.visitor import Visitor
from tests.journeys.test_reception import types
from tests.journeys.test_second_step import key_on, signs_out
from tests.journeys.test_staff_room import picks

WHY = "Dr Álvarez is ill. We are sorry."


def signs_in_with_an_app(desk: Visitor) -> None:
    desk.goes_to("/accounts/login/").signs_in("ada").follows("Set up an authenticator app")
    secret = key_on(desk)
    desk.fills(code=code_of(secret)).presses("Turn it on").is_on("Recovery codes")
    signs_out(desk)
    desk.goes_to("/accounts/login/").signs_in("ada").is_on("Your second step")
    desk.fills(code=code_of(secret, periods=1)).presses("Sign in", within=desk.page.locator("main")).is_on("Figures")


def approves(desk: Visitor, doctor: DoctorProfile) -> None:
    desk.goes_to("/admin/").follows("Doctors to approve")
    desk.page.get_by_role("row", name=doctor.user.full_name).get_by_role("checkbox").check()
    desk.page.get_by_label("Action").first.select_option(label="Approve the licence (patients will see them)")
    desk.page.get_by_role("button", name="Go").first.click()
    desk.sees("1 doctor approved")


def books_a_walk_in(desk: Visitor, doctor: DoctorProfile) -> None:
    desk.goes_to("/staff/desk/").follows("Walk-in").is_on("Walk-in")
    types(desk, "Will Walkin").sees("Nobody found")
    desk.follows("New patient").follows("Anyone in Heart and vessels").follows(f"Now with {doctor.display_name}")
    desk.fills(date_of_birth="1 2 1990", phone_number="020 7946 0888", reason="Cut finger")
    desk.presses("Book and check in").is_on("Booked and checked in")


def cancels_the_afternoon(desk: Visitor) -> None:
    desk.goes_to("/admin/").follows("A doctor is away").is_on("Time off for a doctor")
    picks(desk, "Doctor", "Álvarez")
    desk.presses("This afternoon").sees("Cas Cancelled")
    desk.page.get_by_role("group", name="Cas Cancelled").get_by_label("Cancel it").check()
    desk.page.get_by_label("Why are you cancelling?").fill(WHY)
    desk.presses("Save time off").sees("1 cancelled")


def test_approves_books_cancels_and_finds_it_all_with_who_and_why(
    arrives: Arrives, now: datetime, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a doctor at work today with a patient at 2:00pm, and one who waits for approval
    doctor = doctor_with_times(now, days=0, count=5, confirms_automatically=True)
    two = slots_of(doctor)[4]
    gone = make_booking(slot=two, now=now, patient=make_patient(full_name="Cas Cancelled"))
    newcomer = make_doctor(full_name="Nadia Newcomer", approved=False)

    # When the administrator, with a second step, does the work of the day
    desk = arrives()
    signs_in_with_an_app(desk)
    approves(desk, newcomer)
    books_a_walk_in(desk, doctor)
    cancels_the_afternoon(desk)

    newcomer.refresh_from_db()
    assert newcomer.approved_at is not None
    assert Booking.objects.get(pk=gone.pk).status == Status.CANCELLED
    walked_in = Booking.objects.exclude(pk=gone.pk).get()

    # Then the figures of today have it when they are next made: one here, one cancelled
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=6))
    desk.goes_to("/staff/").is_on("Figures").sees("9:06am")
    tiles = " ".join(desk.page.locator("main").inner_text().split())
    assert "Arrived 1" in tiles
    assert "Cancelled 1" in tiles

    # And so has the audit trail, with who and why
    trail = "/admin/audit/entry/"
    desk.goes_to(f"{trail}?q=Nadia+Newcomer")
    assert "Ada Byron" in rows_of(desk, "approved")
    desk.goes_to(f"{trail}?q={walked_in.reference}")
    assert "Ada Byron" in rows_of(desk, walked_in.reference)
    desk.goes_to(f"{trail}?q={gone.reference}")
    cancelled = rows_of(desk, "cancelled")
    assert "Ada Byron" in cancelled
    assert WHY in cancelled
    desk.goes_to(f"{trail}?q=Ada+Byron")
    assert "second" in rows_of(desk, "second").casefold()


def rows_of(desk: Visitor, words: str) -> str:
    """What the rows of the list say that have these words in them."""
    rows = desk.page.locator("#result_list tbody tr").filter(has_text=words)
    assert rows.count() > 0, desk.page.locator("#result_list").inner_text()
    return " ".join(rows.all_inner_texts())
