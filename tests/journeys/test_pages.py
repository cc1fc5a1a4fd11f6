"""Things that hold for pages: they renew themselves, fit any window, and weigh little."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from bookings.tests.factories import make_booking
from core import clock
from doctors.services import create_slots
from doctors.tests.factories import make_slot
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives
from tests.journeys.support.hospital import doctor_with_times, main_pages, slots_of

REFRESH = 30_000  # milliseconds; the page asks more often than this
TEN = "10:00am with Dr Ana Álvarez"
NARROW = [{"width": 320}, {"width": 1280, "zoom": 2}, {"width": 640, "zoom": 2}]


def test_a_time_somebody_else_books_goes_from_the_open_page(arrives: Arrives, now: datetime) -> None:
    doctor = doctor_with_times(now)
    visitor = arrives()
    visitor.page.clock.install()
    visitor.goes_to(f"/doctors/{doctor.slug}/")
    assert visitor.time(TEN).is_visible()

    make_booking(slot=slots_of(doctor)[0], now=now)
    with visitor.page.expect_response(lambda answer: "/times/" in answer.url):
        visitor.page.clock.fast_forward(REFRESH)

    visitor.time(TEN).wait_for(state="detached")
    assert visitor.time("11:00am").is_visible()
    visitor.looks_around()


def test_a_new_time_comes_to_the_open_page(arrives: Arrives, now: datetime) -> None:
    doctor = doctor_with_times(now, count=1)
    visitor = arrives()
    visitor.page.clock.install()
    visitor.goes_to(f"/doctors/{doctor.slug}/")

    [slot] = slots_of(doctor)
    create_slots(doctor=doctor, times=[(slot.ends_at, slot.ends_at + (slot.ends_at - slot.starts_at))], now=clock.now())
    with visitor.page.expect_response(lambda answer: "/times/" in answer.url):
        visitor.page.clock.fast_forward(REFRESH)

    visitor.time("10:30am").wait_for()
    visitor.looks_around()


@pytest.fixture
def patient(arrives: Arrives, now: datetime) -> User:
    return make_patient(full_name="Hippopotomonstrosesquippedaliophobia Wolfeschlegelsteinhausenbergerdorff").user


@pytest.mark.parametrize("who", ["nobody", "patient", "doctor", "reception"])
@pytest.mark.parametrize("window", NARROW, ids=str)
def test_every_page_fits_a_narrow_window(
    arrives: Arrives, now: datetime, patient: User, who: str, window: dict[str, int]
) -> None:
    """320 px wide, and at 200 %: nothing has to be scrolled sideways (WCAG 1.4.4, 1.4.10), and axe finds nothing."""
    doctor = doctor_with_times(now, full_name="Bartholomew Featherstonehaugh-Cholmondeley")
    booking = make_booking(slot=slots_of(doctor)[0], patient=patient.patient_profile, now=now, reason="word" * 40)
    visitor = arrives(**window)
    people = {"patient": patient, "doctor": doctor.user, "reception": make_staff(StaffRole.RECEPTION)}
    if who in people:
        visitor.signs_in_as(people[who])

    for path in main_pages(booking)[who]:
        visitor.goes_to(path)

    assert len(visitor.pages) == len(main_pages(booking)[who])


IN_FORCED_COLOURS = "name => getComputedStyle(document.querySelector(name)).borderBottomColor"


def test_with_forced_colours_what_is_ticked_can_be_told_from_what_is_not(
    arrives: Arrives, now: datetime, patient: User
) -> None:
    """Windows' contrast themes and their like replace every colour: a tick in our own white would be gone."""
    doctor = doctor_with_times(now)
    visitor = arrives().signs_in_as(patient)
    visitor.page.emulate_media(forced_colors="active")
    visitor.goes_to(f"/waiting/join/{doctor.slug}/")
    box = visitor.page.locator("input[type=checkbox]").first
    box.check()
    ticked = box.screenshot()
    box.uncheck()

    assert ticked != box.screenshot()
    visitor.goes_to("/patient/")
    ground = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert visitor.page.evaluate(IN_FORCED_COLOURS, ".site-nav a[aria-current]") != ground
    assert visitor.page.evaluate(IN_FORCED_COLOURS, ".site-nav a:not([aria-current])") == ground


def test_another_day_is_shown_in_place_and_the_keyboard_is_at_its_times(arrives: Arrives, now: datetime) -> None:
    doctor, day = doctor_with_times(now), clock.hospital_day(now) + timedelta(days=2)
    make_slot(doctor, starts_at=slots_of(doctor)[0].starts_at + timedelta(days=1))
    visitor = arrives().goes_to(f"/doctors/{doctor.slug}/")
    visitor.page.evaluate("window.isTheSamePage = true")

    visitor.tabs_to(f"{day:%a}").presses_enter()

    assert visitor.focused() == f"{day:%A} {day.day} {day:%B %Y}"
    assert visitor.page.evaluate("window.isTheSamePage")
    assert visitor.page.url.endswith(f"?date={day.isoformat()}#chosen-day")
    assert visitor.page.locator("#other-day").input_value() == day.isoformat()
    visitor.page.go_back()
    visitor.page.wait_for_url(f"**/doctors/{doctor.slug}/")
