"""The reception desk's day (H1): who comes, who is here and since when, who is late, and one click for each."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bookings import moving, services
from bookings.choices import Status
from bookings.models import Booking
from bookings.tests.conftest import NOW
from bookings.tests.desk_people import a_whole_day, arrives, comes, receptionist
from bookings.tests.people import booked, cancelled, slot_in, text_of
from doctors.models import DoctorProfile
from doctors.tests.factories import DepartmentFactory, make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db
DESK, BOARD = "/staff/desk/", "/staff/desk/board/"
HTMX = {"HTTP_HX_REQUEST": "true"}
SetClock = Callable[[datetime], None]


@pytest.fixture
def desk() -> Client:
    return receptionist()


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor(room="Room 12")


def page_of(response: Any) -> Any:
    return response.context["page"]


def rows_of(response: Any) -> dict[str, Any]:
    """By the patient's first name."""
    page = page_of(response)
    return {row.name.split()[0]: row for row in [*(r for one in page.doctors for r in one.rows), *page.cancelled]}


def counts_of(response: Any) -> dict[str, int]:
    return {one.standing.value: one.count for one in page_of(response).counts}


# Who comes


def test_everybody_of_the_day_stands_where_they_are(desk: Client, doctor: DoctorProfile) -> None:
    a_whole_day(doctor)

    response = desk.get(DESK)

    assert {name: row.tag.label for name, row in rows_of(response).items()} == {
        "Dora": "Done",
        "Mia": "Did not come",
        "Leo": "12 min late",
        "Hanna": "Here since 8:53am, 7 min",
        "Carl": "Coming",
        "Pia": "To be confirmed",
        "Cora": "Cancelled",
    }
    assert counts_of(response) == {"coming": 2, "here": 1, "late": 1, "done": 1, "missed": 1}
    assert page_of(response).label == "Today, Wednesday 5 August 2026"


@pytest.mark.parametrize(("minutes", "is_late"), [(5, False), (6, True)])
def test_late_is_who_is_more_than_five_minutes_behind(
    desk: Client, doctor: DoctorProfile, minutes: int, is_late: bool
) -> None:
    comes("Leo Late", doctor, minutes=-minutes)

    assert counts_of(desk.get(DESK))["late"] == is_late


def test_who_waited_long_is_told_in_hours(desk: Client, doctor: DoctorProfile, set_clock: SetClock) -> None:
    arrives(comes("Hanna Here", doctor, minutes=15))
    set_clock(NOW + timedelta(minutes=84))

    assert rows_of(desk.get(DESK))["Hanna"].tag.label == "Here since 9:00am, 1 h 24 min"


def test_taking_a_completion_back_does_not_change_when_somebody_arrived(desk: Client, doctor: DoctorProfile) -> None:
    booking = arrives(comes("Hanna Here", doctor, minutes=15), NOW - timedelta(minutes=9))
    services.complete(booking=booking, by=doctor.user, now=NOW - timedelta(minutes=2))
    desk.post(reverse("bookings:undo", args=[booking.reference]))

    assert rows_of(desk.get(DESK))["Hanna"].tag.label == "Here since 8:51am, 9 min"


def test_next_is_the_first_who_is_here_else_the_first_to_come(desk: Client, doctor: DoctorProfile) -> None:
    first, second = comes("Ada First", doctor, minutes=20), comes("Bea Second", doctor, minutes=40)
    comes("Leo Late", doctor, minutes=-30)
    assert "Next: <strong>Ada First, 9:20am</strong>" in text_of(desk.get(DESK))

    arrives(second)
    assert "Next: <strong>Bea Second, 9:40am</strong>" in text_of(desk.get(DESK))

    arrives(first)
    assert "Next: <strong>Ada First, 9:20am</strong>" in text_of(desk.get(DESK))


def test_doctors_stand_side_by_side_by_department_and_name(desk: Client) -> None:
    skin, heart = DepartmentFactory(name="Skin"), DepartmentFactory(name="Heart")
    for name, department in (("Zoe Zorn", heart), ("Amy Ahn", skin), ("Ben Bo", heart)):
        comes(f"Patient of {name}", make_doctor(full_name=name, department=department), minutes=30)

    found = page_of(desk.get(DESK)).doctors

    assert [(one.department, one.name) for one in found] == [
        ("Heart", "Dr Ben Bo"),
        ("Heart", "Dr Zoe Zorn"),
        ("Skin", "Dr Amy Ahn"),
    ]


def test_whoever_is_here_can_be_rung_up_with_one_tap(desk: Client, doctor: DoctorProfile) -> None:
    comes("Carl Coming", doctor, minutes=30)

    assert '<a class="desk-row__phone" href="tel:02079460002">' in text_of(desk.get(DESK))


def test_somebody_in_care_stands_there_with_who_cares_for_them(desk: Client, doctor: DoctorProfile) -> None:
    mother = make_patient(full_name="Paula Parent")
    child = make_person(mother, full_name="Tom Parent")
    services.book(slot_id=slot_in(doctor, hours=1).pk, person_id=child.pk, by=mother.user, now=NOW)

    row = rows_of(desk.get(DESK))["Tom"]

    assert (row.cared_for_by, row.phone) == ("Cared for by Paula Parent (“my son”)", "020 7946 0002")


def test_what_calls_for_a_look_is_flagged(desk: Client, doctor: DoctorProfile) -> None:
    booking = comes("Carl Coming", doctor, minutes=30)
    Booking.objects.filter(pk=booking.pk).update(attention="The doctor is away then.")

    assert "The doctor is away then." in text_of(desk.get(DESK))


def test_a_moved_appointment_says_where_to(desk: Client, doctor: DoctorProfile) -> None:
    booking = comes("Carl Coming", doctor, minutes=30)
    moving.move(booking=booking, to_slot_id=slot_in(doctor, days=2).pk, by=doctor.user, now=NOW)

    row = rows_of(desk.get(DESK))["Carl"]

    assert (row.tag.label, row.note) == ("Moved", "Moved to Friday 7 August 2026 at 9:00am")


# Days and filters


def test_another_day_is_a_click_away_and_unreadable_ones_are_today(desk: Client, doctor: DoctorProfile) -> None:
    comes("Tess Tomorrow", doctor, minutes=24 * 60)
    page = page_of(desk.get(DESK))
    assert not page.doctors

    tomorrow = desk.get(page.after_url)
    assert (page_of(tomorrow).label, list(rows_of(tomorrow))) == ("Tomorrow, Thursday 6 August 2026", ["Tess"])
    assert page_of(desk.get(page_of(tomorrow).before_url)).is_today
    for day in ("yesterday", "2026-02-30", "9999-12-31", "'"):
        assert page_of(desk.get(DESK, {"date": day})).is_today


def test_filters_narrow_the_day_but_never_change_what_is_counted_elsewhere(desk: Client) -> None:
    heart, skin = make_doctor(full_name="Hal Heart"), make_doctor(full_name="Sal Skin")
    comes("Carl Coming", heart, minutes=30)
    arrives(comes("Hanna Here", heart, minutes=15))
    comes("Sven Skin", skin, minutes=30)

    assert list(rows_of(desk.get(DESK, {"department": heart.department.slug}))) == ["Hanna", "Carl"]
    by_doctor = desk.get(DESK, {"doctor": skin.slug})
    assert (list(rows_of(by_doctor)), counts_of(by_doctor)["coming"]) == (["Sven"], 1)
    here = desk.get(DESK, {"status": "here"})
    assert (list(rows_of(here)), counts_of(here)["coming"]) == (["Hanna"], 2)
    assert not rows_of(desk.get(DESK, {"doctor": "no-such-doctor"}))
    assert len(rows_of(desk.get(DESK, {"status": "no-such-standing"}))) == 3


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ängström", ["Björn"]),
        ("bjorn", ["Björn"]),
        ("7946 0555", ["Björn"]),
        ("+44 20 7946 0555", ["Björn"]),
        ("carl coming", ["Carl"]),
        ("nobody", []),
        ("'; drop", []),
        ("%", []),
    ],
)
def test_somebody_is_found_by_name_or_phone(desk: Client, doctor: DoctorProfile, typed: str, found: list[str]) -> None:
    comes("Carl Coming", doctor, minutes=30)
    booking = comes("Björn Ångström", doctor, minutes=60)
    booking.patient.user.phone = "(020) 7946-0555"
    booking.patient.user.save()

    assert list(rows_of(desk.get(DESK, {"q": typed}))) == found


def test_a_part_of_the_reference_finds_the_row_and_the_whole_one_leads_straight_to_it(
    desk: Client, doctor: DoctorProfile
) -> None:
    booking = comes("Carl Coming", doctor, minutes=60 * 24 * 3)
    today = comes("Tessa Today", doctor, minutes=30)
    where = reverse("bookings:detail", args=[booking.reference])
    scanned = booking.reference.replace("-", "").lower()

    assert list(rows_of(desk.get(DESK, {"q": today.reference[:6].lower()}))) == ["Tessa"]
    assert desk.get(DESK, {"q": booking.reference})["Location"] == where
    assert desk.get(DESK, {"q": scanned})["Location"] == where
    assert desk.get(DESK, {"q": scanned}, **HTMX)["HX-Redirect"] == where


def test_who_is_not_of_this_day_can_be_looked_for_among_all_patients(desk: Client) -> None:
    assert 'href="/staff/book/?q=walker"' in text_of(desk.get(DESK, {"q": "walker"}))


# What is done about it


def test_one_click_checks_in_and_comes_back_with_a_way_to_undo_it(desk: Client, doctor: DoctorProfile) -> None:
    booking = comes("Carl Coming", doctor, minutes=30)
    row = rows_of(desk.get(DESK))["Carl"]
    assert (row.action.label, row.action.is_post) == ("Check in", True)

    back = desk.post(row.action.url, {"next": row.action.next_url}, follow=True)

    booking.refresh_from_db()
    assert booking.status == Status.CHECKED_IN
    assert back.redirect_chain == [("/staff/desk/?date=2026-08-05", 302)]
    assert "Checked in: Carl Coming." in text_of(back)
    assert rows_of(back)["Carl"].action.label == "Undo"
    desk.post(rows_of(back)["Carl"].action.url)
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


def test_each_row_offers_what_fits_it(desk: Client, doctor: DoctorProfile) -> None:
    a_whole_day(doctor)

    offered = {
        name: [row.action.label if row.action else "", *(one.label for one in row.more)]
        for name, row in rows_of(desk.get(DESK)).items()
    }

    assert offered == {
        "Dora": [""],
        "Mia": [""],
        "Leo": ["Check in", "Did not attend", "Cancel"],
        "Hanna": ["", "Complete"],
        "Carl": ["Check in", "Move", "Cancel"],
        "Pia": ["Confirm", "Move", "Cancel"],
        "Cora": [""],
    }


# The open page asks again


def refreshed(desk: Client, response: Any) -> Any:
    return desk.get(page_of(response).refresh_url, **HTMX)


def test_while_nothing_changes_the_open_page_is_told_nothing(desk: Client, doctor: DoctorProfile) -> None:
    a_whole_day(doctor)

    assert refreshed(desk, desk.get(DESK, {"q": "a"})).status_code == 204


def test_what_happened_is_shown_and_read_out(desk: Client, doctor: DoctorProfile) -> None:
    booking = comes("Carl Coming", doctor, minutes=30)
    before = desk.get(DESK)
    arrives(booking)

    news = text_of(refreshed(desk, before))

    assert "Here since 9:00am" in news
    assert "The day has changed: 0 coming, 1 here, 0 late, 0 done, 0 did not come. Updated at 9:00am." in news
    assert "<html" not in news


def test_a_minute_that_passes_is_shown_but_not_read_out(
    desk: Client, doctor: DoctorProfile, set_clock: SetClock
) -> None:
    arrives(comes("Hanna Here", doctor, minutes=15))
    before = desk.get(DESK)
    set_clock(NOW + timedelta(minutes=1))

    later = text_of(refreshed(desk, before))

    assert "Here since 9:00am, 1 min" in later
    assert "The day has changed" not in later


def test_who_becomes_late_is_read_out(desk: Client, doctor: DoctorProfile, set_clock: SetClock) -> None:
    comes("Carl Coming", doctor, minutes=1)
    before = desk.get(DESK)
    set_clock(NOW + timedelta(minutes=8))

    assert "0 coming, 0 here, 1 late" in text_of(refreshed(desk, before))


# What it costs


def crowd(doctors: list[DoctorProfile], each: int) -> None:
    """So many more for every doctor, one every twenty minutes, each somebody else."""
    for number in range(each * len(doctors)):
        doctor = doctors[number % len(doctors)]
        person = PatientProfile(
            own_name=f"{NAMES[number % 3]} {NAMES[number % 6]}-{number}",
            own_phone=f"020 7946 {number:04}",
            date_of_birth=date(1980, 1, 1),
        )
        person.save()
        slot = slot_in(doctor, minutes=15, hours=(number // len(doctors)) / 3 - 3)
        reason = f"{NAMES[number % 5]} on the {number}th step"
        Booking.objects.create(
            slot=slot,
            doctor=doctor,
            patient=person,
            booked_by=doctor.user,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            status=Status.CONFIRMED,
            fee_cents=100,
            reason=reason,
            created_at=NOW,
        )


NAMES = ("Amara", "Bartholomew", "Christodoulou", "Dimitri", "Evangeline", "Featherstonehaugh")
QUERIES = 3  # session with account, kinds of staff, the day


def test_a_day_of_300_costs_as_many_queries_as_a_day_of_one_and_stays_light(
    desk: Client, django_assert_num_queries: Any
) -> None:
    """By 15 doctors. Compressed as the web server would, the page is at most 100 kB."""
    doctors = [make_doctor(full_name=f"Doctor Number {number}", room=f"Room {number}") for number in range(15)]
    comes("Only One", doctors[0], minutes=11 * 60)
    with django_assert_num_queries(QUERIES):
        desk.get(DESK)
    crowd(doctors, 20)

    with django_assert_num_queries(QUERIES):
        response = desk.get(DESK)

    assert sum(len(one.rows) for one in page_of(response).doctors) == 301
    assert len(gzip.compress(response.content)) < 100_000


# Little and nothing


def test_an_empty_day_says_so(desk: Client) -> None:
    assert "No appointments on this day" in text_of(desk.get(DESK, {"date": "2026-08-09"}))


def test_cancelled_ones_are_folded_away(desk: Client, doctor: DoctorProfile) -> None:
    cancelled(slot=slot_in(doctor, hours=1))

    folded = r'<details class="desk-cancelled" id="desk-cancelled">\s*<summary>1 cancelled or moved'
    assert re.search(folded, text_of(desk.get(DESK)))


def test_a_patient_of_many_days_counts_only_today(desk: Client, doctor: DoctorProfile) -> None:
    booked(slot=slot_in(doctor, days=1))
    booked(slot=slot_in(doctor, days=-1))
    booked(slot=slot_in(doctor, hours=1))

    assert counts_of(desk.get(DESK))["coming"] == 1
