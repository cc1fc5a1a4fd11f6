"""The reception desk's day (H1): who comes, who is here and since when, who is late, and one click for each."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from bookings.choices import Status
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.selectors import history
from bookings.services.book import book
from bookings.services.move import move
from bookings.services.steps import complete
from bookings.tests.conftest import NOW
from bookings.tests.desk.people import a_whole_day, arrives, comes, counts_of, page_of, rows_of
from bookings.tests.people import booked, browser_of, cancelled, slot_in, text_of
from doctors.models import DoctorProfile
from doctors.tests.factories import DepartmentFactory, make_doctor
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db
DESK, BOARD = "/staff/desk/", "/staff/desk/board/"
HTMX = {"HTTP_HX_REQUEST": "true"}
SetClock = Callable[[datetime], None]


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor(room="Room 12")


# Who comes


def test_everybody_of_the_day_stands_where_they_are(desk: Client, doctor: DoctorProfile) -> None:
    a_whole_day(doctor)

    response = desk.get(DESK)

    assert {name: row.tag.label for name, row in rows_of(response).items()} == {
        "Dora": "Done",
        "Mia": "Missed",
        "Leo": "12 min late",
        "Hanna": "Here since 8:53am, 7 min",
        "Carl": "Coming",
        "Pia": "Request sent",
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
    complete(booking=booking, by=doctor.user, now=NOW - timedelta(minutes=2))
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

    assert [(item.department, item.name) for item in found] == [
        ("Heart", "Dr Ben Bo"),
        ("Heart", "Dr Zoe Zorn"),
        ("Skin", "Dr Amy Ahn"),
    ]


def test_whoever_is_here_can_be_rung_up_with_one_tap(desk: Client, doctor: DoctorProfile) -> None:
    comes("Carl Coming", doctor, minutes=30)

    assert '<a class="desk-row__phone" href="tel:+442079460002">' in text_of(desk.get(DESK))


def test_somebody_in_care_stands_there_with_who_cares_for_them(desk: Client, doctor: DoctorProfile) -> None:
    mother = make_patient(full_name="Paula Parent")
    child = make_person(mother, full_name="Tom Parent")
    book(slot_id=slot_in(doctor, hours=1).pk, patient_ref=PatientRef.person(child.pk), by=mother.user, now=NOW)

    row = rows_of(desk.get(DESK))["Tom"]

    assert (row.cared_for_by, row.phone) == ("Cared for by Paula Parent (“my son”)", "020 7946 0002")


def test_what_calls_for_a_look_is_flagged(desk: Client, doctor: DoctorProfile) -> None:
    booking = comes("Carl Coming", doctor, minutes=30)
    Booking.objects.filter(pk=booking.pk).update(conflict="The doctor is away then.")

    assert "The doctor is away then." in text_of(desk.get(DESK))


def test_a_moved_appointment_says_where_to(desk: Client, doctor: DoctorProfile) -> None:
    booking = comes("Carl Coming", doctor, minutes=30)
    move(booking=booking, to_slot_id=slot_in(doctor, days=2).pk, by=doctor.user, now=NOW)

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
        name: [row.action.label if row.action else "", *(action.label for action in row.more)]
        for name, row in rows_of(desk.get(DESK)).items()
    }

    assert offered == {
        "Dora": [""],
        "Mia": [""],
        "Leo": ["Check in", "Missed", "Cancel"],
        "Hanna": ["", "Complete"],
        "Carl": ["Check in", "Move", "Cancel"],
        "Pia": ["Check in", "Confirm", "Move", "Cancel"],
        "Cora": [""],
    }


def test_who_was_not_confirmed_yet_is_checked_in_with_one_click_all_the_same(
    desk: Client, doctor: DoctorProfile
) -> None:
    booking = booked(slot=slot_in(doctor, hours=1))
    desk_of = reverse("bookings:check_in", args=[booking.reference])
    assert "Has the patient arrived?" in text_of(desk.get(desk_of))

    desk.post(desk_of)

    steps = [row.to_status for row in history(booking)]
    assert steps == [Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN]
    assert OutgoingMessage.objects.filter(action="BOOKING_CONFIRMATION").count() == 1
    desk.post(reverse("bookings:undo", args=[booking.reference]))
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


def test_a_pending_one_of_another_day_can_only_be_confirmed(desk: Client, doctor: DoctorProfile) -> None:
    booking = booked(slot=slot_in(doctor, days=1))

    row = rows_of(desk.get(DESK, {"date": "2026-08-06"}))["Pat"]
    desk.post(reverse("bookings:check_in", args=[booking.reference]))

    booking.refresh_from_db()
    assert (row.action.label, booking.status) == ("Confirm", Status.PENDING)


def test_its_doctor_still_confirms_before_checking_in(doctor: DoctorProfile) -> None:
    booking = booked(slot=slot_in(doctor, hours=1))

    said = browser_of(doctor.user).post(reverse("bookings:check_in", args=[booking.reference]), follow=True)

    booking.refresh_from_db()
    assert booking.status == Status.PENDING
    assert "Confirm the appointment first." in text_of(said)


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


def test_who_has_been_is_folded_into_one_line(desk: Client, doctor: DoctorProfile) -> None:
    for minutes in (-90, -60):
        booking = arrives(comes(f"Dora Done{minutes}", doctor, minutes=minutes))
        complete(booking=booking, by=doctor.user, now=NOW)
    comes("Carl Coming", doctor, minutes=30)

    [day] = page_of(desk.get(DESK)).doctors

    assert ([row.name for row in day.rows], len(day.done), day.done_words) == (["Carl Coming"], 2, "2 done")
    assert re.search(r'<details class="desk-done" id="[^"]+">\s*<summary>2 done', text_of(desk.get(DESK)))
    assert " open>\n              <summary>2 done" in text_of(desk.get(f"{DESK}?status={day.done[0].standing}"))


def test_why_somebody_comes_is_behind_a_click_and_never_on_paper(desk: Client, doctor: DoctorProfile) -> None:
    """The screen stands on a counter, and the list hangs on a wall."""
    booking = comes("Carl Coming", doctor, minutes=30)
    Booking.objects.filter(pk=booking.pk).update(reason="Palpitations")

    page = text_of(desk.get(DESK))

    folded = (
        rf'<details class="desk-row__reason no-print" id="reason-{booking.reference}">(?:(?!</details>).)*Palpitations'
    )
    assert re.search(folded, page, re.DOTALL)
    assert page.count("Palpitations") == 1
