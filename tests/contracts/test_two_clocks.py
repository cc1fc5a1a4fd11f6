"""Where a doctor's own clock shows another time than the hospital's, both stand wherever a time of theirs is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings.calendars.rules import moved_words
from bookings.models import Booking
from bookings.services.steps import confirm
from bookings.tests.desk.people import NUMBER
from bookings.tests.factories import make_booking, make_offers
from core import clock
from core.clock import start_of_day
from doctors.models import DoctorProfile, Slot, TimeOff
from doctors.schedule.forms import field_name
from doctors.tests.factories import make_doctor, make_slot
from integrations.google_calendar.services import SeenEvent
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ignore_template_errors]
NOW = datetime(2026, 8, 5, 8, 0, tzinfo=UTC)  # Wednesday, 9:00am in London, 1:45pm in Kathmandu
TEN = datetime(2026, 8, 6, 9, 0, tzinfo=UTC)  # Thursday, 10:00am and 2:45pm
KATHMANDU = "Asia/Kathmandu"
NOTE = "Days and hours are those of the hospital’s clock (BST), not of your own in Kathmandu."


class World:
    """A doctor with a free time, a visit, time off; and everybody who looks at them."""

    def __init__(self, time_zone: str) -> None:
        self.doctor: DoctorProfile = make_doctor(time_zone=time_zone, min_notice=timedelta(0))
        self.visit: Booking = make_booking(slot=make_slot(self.doctor, starts_at=TEN), now=NOW)
        confirm(booking=self.visit, by=self.doctor.user, now=NOW)
        self.other: Booking = make_booking(slot=make_slot(self.doctor, starts_at=NOW + timedelta(hours=3)), now=NOW)
        self.free: Slot = make_slot(self.doctor, starts_at=TEN + timedelta(hours=1))
        self.held: Slot = make_slot(self.doctor, starts_at=TEN + timedelta(hours=2))
        make_offers(self.visit, [self.held], now=NOW)
        self.days_off = TimeOff.objects.create(
            doctor=self.doctor,
            starts_at=start_of_day(date(2026, 8, 20)),
            ends_at=start_of_day(date(2026, 8, 22)),
            created_by=self.doctor.user,
            created_at=NOW,
        )
        self.off = TimeOff.objects.create(
            doctor=self.doctor,
            starts_at=TEN + timedelta(days=8),
            ends_at=TEN + timedelta(days=8, hours=2),
            created_by=self.doctor.user,
            created_at=NOW,
        )
        self.staff: User = StaffFactory()

    def ask(self, who: User, name: str, *args: object, **query: str) -> HttpResponse:
        return _browser(who).get(reverse(name, args=args), query)

    def send(self, who: User, name: str, **typed: str) -> HttpResponse:
        return _browser(who).post(reverse(name), typed)


def _browser(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def weekly(world: World) -> HttpResponse:
    typed = {
        "act": "preview",
        "columns": "2",
        "previewed": "",
        "length": "30",
        "buffer": "0",
        "valid_from": "2026-08-05",
        "valid_until": "",
        "every_weeks": "1",
        "time_zone": world.doctor.time_zone,
        field_name(4, 0, "from"): "09:00",
        field_name(4, 0, "to"): "10:00",
    }
    return world.send(world.doctor.user, "doctors:weekly", **typed)


def several(world: World) -> HttpResponse:
    typed = {"date": "2026-08-07", "start": "09:00", "end": "10:00", "length": "30", "pause": "0", "preview": "yes"}
    return world.send(world.doctor.user, "doctors:day_new", **typed)


def off(world: World) -> HttpResponse:
    typed = {"first_day": "2026-08-06", "last_day": "2026-08-06", "start": "09:30", "end": "10:30", "note": ""}
    return world.send(world.doctor.user, "bookings:time_off_new", **typed)


def patient(name: str, *args: str, **query: str) -> Callable[[World], HttpResponse]:
    def ask(world: World) -> HttpResponse:
        known = {"slug": world.doctor.slug, "visit": world.visit.reference}
        slots = {"free": world.free, "taken": world.other.slot}
        said = {key: str(slots[value].pk) if value in slots else value for key, value in query.items()}
        return world.ask(world.visit.patient.user, name, *(known[arg] for arg in args), **said)

    return ask


def own(name: str, *args: str, **query: str) -> Callable[[World], HttpResponse]:
    def ask(world: World) -> HttpResponse:
        known = {
            "visit": world.visit.reference,
            "free": world.free.pk,
            "off": world.off.pk,
            "days off": world.days_off.pk,
        }
        return world.ask(world.doctor.user, name, *(known[arg] for arg in args), **query)

    return ask


def staff(name: str, *args: str, **query: str) -> Callable[[World], HttpResponse]:
    def ask(world: World) -> HttpResponse:
        known: dict[str, Any] = {"visit": world.visit.pk, "free": world.free.pk}
        said = {key: world.doctor.slug if value == "slug" else value for key, value in query.items()}
        return world.ask(world.staff, name, *(known[arg] for arg in args), **said)

    return ask


PAGES: dict[str, Callable[[World], HttpResponse]] = {
    "the doctor's diary": own("doctors:availability"),
    "a free time": own("doctors:slot_edit", "free"),
    "a free time to delete": own("doctors:slot_delete", "free"),
    "several times, looked at": several,
    "weekly hours, looked at": weekly,
    "time off": own("bookings:time_off"),
    "time off to remove": own("bookings:time_off_remove", "off"),
    "time off, looked at": off,
    "the doctor's day": own("dashboards:doctor"),
    "the doctor's appointments": own("bookings:doctor_list"),
    "a visit, by its doctor": own("bookings:detail", "visit"),
    "a visit to move, by its doctor": own("bookings:move", "visit"),
    "the directory": patient("doctors:directory"),
    "the doctor's page": patient("doctors:profile", "slug"),
    "a time to confirm": patient("bookings:new", slot="free"),
    "a visit": patient("bookings:detail", "visit"),
    "a visit to move": patient("bookings:move", "visit"),
    "a move to confirm": patient("bookings:move", "visit", slot="free"),
    "a move to a time that is taken": patient("bookings:move", "visit", slot="taken"),
    "a time that is taken": patient("bookings:new", slot="taken"),
    "times held instead": patient("bookings:offers", "visit"),
    "a visit to cancel": patient("bookings:cancel", "visit"),
    "a patient's day": patient("dashboards:patient"),
    "a patient's visits": patient("bookings:patient_list"),
    "the waiting list": patient("bookings:waiting_join", "slug"),
    "the waiting list, and times that fit": lambda world: world.ask(
        make_patient().user, "bookings:waiting_join", world.doctor.slug
    ),
    "the desk": staff("bookings:desk", date="2026-08-06"),
    "booking at the desk": staff("bookings:desk_book", new=NUMBER, doctor="slug"),
    "times, in the admin": staff("admin:doctors_slot_changelist"),
    "a time, in the admin": staff("admin:doctors_slot_change", "free"),
    "visits, in the admin": staff("admin:bookings_booking_changelist"),
    "a visit, in the admin": staff("admin:bookings_booking_change", "visit"),
    "time off, in the admin": staff("admin:doctors_timeoff_changelist"),
}
CLOCK = re.compile(r"\b\d{1,2}:\d\d(?:am|pm)\b")
# When something was done, which is NOW for all that is in the history.
DONE = re.compile(r"5 Aug(?:ust)? 2026, 9:00am")
NEAR = 45


def shown(response: HttpResponse) -> str:
    """The words of a page, as somebody reads them."""
    assert response.status_code in {200, 409}
    main = re.sub(r"(?s)<(script|style|select|header)\b.*?</\1>", " ", response.content.decode())
    return DONE.sub("", re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main))))


def unnamed(text: str) -> list[str]:
    """Each time that has no zone near it."""
    return [
        text[max(found.start() - NEAR, 0) : found.end() + NEAR]
        for found in CLOCK.finditer(text)
        if not re.search("BST|in Kathmandu", text[max(found.start() - NEAR, 0) : found.end() + NEAR])
    ]


@pytest.mark.parametrize("page", PAGES)
def test_both_times_or_the_zone_stand_near_each_time(page: str) -> None:
    text = shown(PAGES[page](World(KATHMANDU)))

    assert CLOCK.search(text)
    assert unnamed(text) == []


@pytest.mark.parametrize("page", PAGES)
def test_where_the_two_are_equal_nothing_is_said(page: str) -> None:
    here = shown(PAGES[page](World("Europe/London")))

    assert CLOCK.search(here)
    assert "Kathmandu" not in here
    assert "hospital’s clock" not in here
    # A range names its zone behind, as ever.
    assert not re.search(r"(?<!to )\b\d{1,2}:\d\d(?:am|pm) (?:BST|\()(?!BST)", here)


# A button to choose a time, or the same as plain text, without what is read out only.
BUTTON = re.compile(r"""(?s)<(a|button|span)\b[^>]* class="time[ "].*?</\1>""")
HIDDEN = re.compile(r"""(?s)<span\s+class="visually-hidden"\s*>.*?</span>""")
SHORT = re.compile(r"(?:\w{3} \d{1,2} \w{3}, )?\d{1,2}:\d\d(?:am|pm)")
LISTS = {
    "the directory",
    "the doctor's page",
    "a visit to move",
    "a visit to move, by its doctor",
    "a move to a time that is taken",
    "a time that is taken",
    "times held instead",
    "booking at the desk",
    "the waiting list, and times that fit",
}


def seen(response: HttpResponse) -> str:
    """A page without the words that are read out only."""
    return HIDDEN.sub("", response.content.decode())


def words_of(markup: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", markup))).strip()


@pytest.mark.parametrize("page", PAGES)
def test_buttons_say_the_time_shortly_and_the_other_clock_is_named_once_above_them(page: str) -> None:
    response = PAGES[page](World(KATHMANDU))
    buttons = list(BUTTON.finditer(seen(response)))

    assert bool(buttons) is (page in LISTS)
    for button in buttons:
        assert SHORT.fullmatch(words_of(button[0])), button[0]
        assert "Kathmandu" in seen(response)[: button.start()]
    # What is read out of each is as full as ever.
    full = response.content.decode()
    read_out = re.findall(r"""(?s)<(?:a|button)\b[^>]* class="time".*?</(?:a|button)>""", full)
    assert len(read_out) == len(buttons)
    for button in read_out:
        assert "in Kathmandu)" in words_of(button)
    assert words_of(full).count("Times are by the hospital’s clock (BST), not by the doctor’s own in Kathmandu.") == (
        1 if page in LISTS - {"the directory"} else 0
    )


def test_times_of_doctors_of_two_places_name_both() -> None:
    world = World(KATHMANDU)
    other = make_doctor(time_zone="Asia/Tokyo", department=world.doctor.department, min_notice=timedelta(0))
    make_slot(other, starts_at=TEN + timedelta(hours=1))

    page = shown(world.ask(world.staff, "bookings:desk_book", new=NUMBER, department=world.doctor.department.slug))

    assert "Times are by the hospital’s clock (BST), not by the doctors’ own in Kathmandu and Tokyo." in page


# Whole days, and what ends with a day, have no hour of their own.
DAYS_OFF: dict[str, Callable[[World], HttpResponse]] = {
    "the list": own("bookings:time_off"),
    "to remove": own("bookings:time_off_remove", "days off"),
    "looked at": lambda world: world.send(
        world.doctor.user,
        "bookings:time_off_new",
        first_day="2026-08-20",
        last_day="2026-08-21",
        start="",
        end="",
        note="",
    ),
    "in the admin": staff("admin:doctors_timeoff_changelist"),
}


ZONES = [(KATHMANDU, True), ("Europe/London", False)]


@pytest.mark.parametrize("page", DAYS_OFF)
@pytest.mark.parametrize(("zone", "differs"), ZONES)
def test_whole_days_off_say_which_hours_these_are_by_the_other_clock(page: str, zone: str, *, differs: bool) -> None:
    days = "Thursday 20 August 2026 to Friday 21 August 2026"

    said = shown(DAYS_OFF[page](World(zone)))

    assert days in said
    assert (f"{days} (in Kathmandu from 4:45am on Thu 20 Aug to 4:45am on Sat 22 Aug)" in said) is differs
    assert (f"{days} (" in said) is differs


@pytest.mark.parametrize(("zone", "differs"), ZONES)
def test_the_end_of_a_day_off_says_its_hour_by_the_other_clock(zone: str, *, differs: bool) -> None:
    typed = {"first_day": "2026-08-20", "last_day": "2026-08-20", "start": "09:00", "end": "", "note": ""}
    world = World(zone)

    said = shown(world.send(world.doctor.user, "bookings:time_off_new", **typed))

    assert "to the end of the day" in said
    assert ("to the end of the day (4:45am on Fri 21 Aug in Kathmandu)" in said) is differs
    assert ("to the end of the day (" in said) is differs


def test_an_event_moved_at_google_is_told_by_both_clocks() -> None:
    event = SeenEvent(
        event_id="e", sequence=0, summary="", location="", starts_at=TEN, ends_at=TEN + timedelta(minutes=30)
    )

    assert moved_words(event, KATHMANDU).endswith("to Thursday 6 August 2026 at 10:00am BST (2:45pm in Kathmandu).")
    assert moved_words(event, "Europe/London").endswith("to Thursday 6 August 2026 at 10:00am.")


@pytest.mark.parametrize("name", ["slot_new", "day_new", "availability"])
def test_forms_say_by_which_clock_hours_are_typed(name: str) -> None:
    for zone, said in ((KATHMANDU, True), ("Europe/London", False), ("Europe/Lisbon", False)):
        doctor = make_doctor(time_zone=zone)
        page = shown(_browser(doctor.user).get(reverse(f"doctors:{name}")))
        assert (NOTE in page) is said
        page = shown(_browser(doctor.user).get(reverse("bookings:time_off_new")))
        assert (NOTE in page) is said


def test_another_date_is_said_too() -> None:
    doctor = make_doctor(time_zone=KATHMANDU)
    make_slot(doctor, starts_at=datetime.combine(date(2026, 8, 6), time(20), UTC))

    page = shown(_browser(make_patient().user).get(f"/doctors/{doctor.slug}/"))

    assert "9:00pm BST (1:45am on Fri 7 Aug in Kathmandu)" in page
