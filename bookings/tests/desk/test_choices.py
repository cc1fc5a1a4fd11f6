"""Booking on the phone (C10): finding the patient, the doctor and a time, all of it in the address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.rules import Newcomer, PatientRef
from bookings.services.walk_in import walk_in
from bookings.tests.conftest import NOW
from bookings.tests.desk.people import BOOK, NUMBER, WANDA, comes, names, times
from bookings.tests.people import booked, confirmed, slot_in, text_of
from core.errors import DomainError
from doctors.models import DoctorProfile, Slot, TimeOff
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db
SetClock = Callable[[datetime], None]


# Who


def test_namesakes_are_told_apart_by_birth_date_and_phone(desk: Client) -> None:
    make_patient(full_name="Wanda Walker", date_of_birth=date(1980, 3, 31))
    make_patient(full_name="Wanda Walker", date_of_birth=date(2001, 1, 2))

    page = desk.get(BOOK, {"q": "walker"})

    assert [(person.born, person.phone) for person in page.context["who"].found] == [
        ("31 March 1980 (46 years old)", "020 7946 0002"),
        ("2 January 2001 (25 years old)", "020 7946 0002"),
    ]
    assert names(desk.get(BOOK, {"q": "walker 2 1 2001"})) == ["Wanda Walker"]


def test_somebody_in_care_is_found_by_who_cares_for_them_and_shown_with_them(desk: Client) -> None:
    make_person(make_patient(full_name="Paula Parent", email="paula@example.org"), full_name="Tom Sprout")

    found = {person.name: person for person in desk.get(BOOK, {"q": "paula"}).context["who"].found}

    assert set(found) == {"Paula Parent", "Tom Sprout"}
    assert found["Tom Sprout"].cared_for_by == "Cared for by Paula Parent (“my son”)"
    assert found["Tom Sprout"].email == "paula@example.org"


def test_the_caller_who_wants_to_change_one_finds_it_beside_their_name(desk: Client) -> None:
    booking = confirmed(days=2)
    booked(patient=booking.patient, days=-2)
    query = {"q": booking.patient.full_name}

    [line] = desk.get(BOOK, query).context["who"].found[0].coming

    back = parse_qs(urlsplit(line.move_url).query)["next"]
    assert back == ["/staff/book/?q=Pat+Patient"]
    assert [desk.get(url).status_code for url in (line.move_url, line.cancel_url, line.url)] == [200, 200, 200]
    cancelled = desk.post(line.cancel_url, {"reason": "She is ill.", "next": back[0]}, follow=True)
    assert cancelled.request["PATH_INFO"] == BOOK


def test_a_name_many_have_asks_for_more(desk: Client) -> None:
    for _ in range(9):
        make_patient()

    page = desk.get(BOOK, {"q": "pat"})

    assert len(names(page)) == 8
    assert "Too many matches: add the date of birth or phone number." in text_of(page)


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("wanda walker 31/3/1980", ["Wanda Walker", "31 March 1980", "", ""]),
        ("Wanda van der Walk 020 7946 0999", ["Wanda van der Walk", "", "020 7946 0999", ""]),
        ("020 7946 0999 w@example.org", ["", "", "020 7946 0999", "w@example.org"]),
    ],
)
def test_what_was_searched_for_need_not_be_typed_again(
    desk: Client, doctor: DoctorProfile, typed: str, known: list[str]
) -> None:
    slot = slot_in(doctor)

    form = desk.get(BOOK, {"q": typed, "new": NUMBER, "doctor": doctor.slug, "time": slot.pk}).context["form"]

    assert [form[field].value() or "" for field in WANDA] == known


# With whom


def test_a_name_only_one_doctor_has_chooses_them(desk: Client, doctor: DoctorProfile) -> None:
    make_doctor(full_name="Bo Berg")

    assert desk.get(BOOK, {"new": NUMBER, "find": "smith"})["Location"].endswith(f"doctor={doctor.slug}")


def test_a_department_is_found_with_its_doctors(desk: Client, doctor: DoctorProfile) -> None:
    links = desk.get(BOOK, {"new": NUMBER, "find": "cardio"}).context["wish"].links

    assert [link.label for link in links] == ["Dr Sarah Smith, Cardiology", "Anyone in Cardiology"]
    assert "No doctor or department matches" in text_of(desk.get(BOOK, {"new": NUMBER, "find": "xyz"}))


def test_whom_they_have_seen_before_is_offered_first(desk: Client, doctor: DoctorProfile) -> None:
    booking = booked(slot=slot_in(doctor, days=-5))

    page = desk.get(BOOK, {"patient": booking.patient.pk})

    assert [link.label for link in page.context["wish"].recent] == ["Dr Sarah Smith, Cardiology"]


def test_an_unknown_patient_or_doctor_is_asked_for_again(desk: Client, doctor: DoctorProfile) -> None:
    for query in ({"patient": 999_999}, {"patient": "x"}, {"patient": "9" * 30}):
        assert not desk.get(BOOK, query).context["who"].is_done
    page = desk.get(BOOK, {"new": NUMBER, "doctor": "no-such-doctor"})
    assert page.context["wish"].name == ""
    assert page.context["when"] is None


# When


def test_first_free_with_anyone_of_a_department(desk: Client, doctor: DoctorProfile) -> None:
    colleague = make_doctor(full_name="Inés Álvarez", department=doctor.department)
    late, early = slot_in(doctor, days=2), slot_in(colleague, days=1)
    slot_in(make_doctor(), hours=1)

    page = desk.get(BOOK, {"new": NUMBER, "department": "cardiology"})

    assert times(page) == [early.starts_at, late.starts_at]
    assert "Dr Inés Álvarez" in text_of(page)


def test_three_days_at_a_time_and_later_ones_behind_a_link(desk: Client, doctor: DoctorProfile) -> None:
    slots = [slot_in(doctor, days=day) for day in (1, 2, 5, 9)]
    page = desk.get(BOOK, {"new": NUMBER, "doctor": doctor.slug})
    assert times(page) == [slot.starts_at for slot in slots[:3]]

    later = desk.get(page.context["when"].later_url)
    assert times(later) == [slots[3].starts_at]
    assert later.context["when"].later_url == ""
    assert times(desk.get(BOOK, {"new": NUMBER, "doctor": doctor.slug, "day": "2026-08-07"})) == [
        slot.starts_at for slot in slots[1:]
    ]


def test_what_cannot_be_had_is_not_offered(desk: Client, doctor: DoctorProfile) -> None:
    """Past, booked, held for somebody, closed by the doctor's own calendar, or while the patient is elsewhere."""
    booking = comes("Carl Coming", make_doctor(), minutes=24 * 60)
    slot_in(doctor, hours=-1)
    slot_in(doctor, days=1)  # the same minutes as Carl's
    confirmed(slot=slot_in(doctor, days=2))
    held, closed, free = (slot_in(doctor, days=day) for day in (3, 4, 5))
    Slot.objects.filter(pk=held.pk).update(held_until=NOW + timedelta(hours=1))
    Slot.objects.filter(pk=closed.pk).update(closed_by_calendar=True)

    assert times(desk.get(BOOK, {"patient": booking.patient.pk, "doctor": doctor.slug})) == [free.starts_at]


def test_the_desk_is_not_bound_by_notice_or_window(desk: Client) -> None:
    doctor = make_doctor(min_notice=timedelta(days=2), booking_window=timedelta(days=10))
    soon, far = slot_in(doctor, hours=1), slot_in(doctor, days=60)

    assert times(desk.get(BOOK, {"new": NUMBER, "doctor": doctor.slug})) == [soon.starts_at, far.starts_at]


def test_a_full_department_shows_whole_days(desk: Client, doctor: DoctorProfile) -> None:
    for number in range(100):
        slot_in(doctor, minutes=5, hours=1 + number / 10)
    tomorrow = slot_in(doctor, days=1)

    page = desk.get(BOOK, {"new": NUMBER, "department": "cardiology"})

    assert len(times(page)) == 91
    assert times(desk.get(page.context["when"].later_url)) == [tomorrow.starts_at]


# While somebody types


def test_who_is_still_typing_is_shown_the_only_one_and_who_asks_is_led_on(desk: Client, doctor: DoctorProfile) -> None:
    typing = desk.get(BOOK, {"new": NUMBER, "find": "smith"}, headers={"HX-Request": "true"})
    assert typing.status_code == 200
    assert 'id="wish-found"' in text_of(typing)
    assert [link.label for link in typing.context["wish"].links] == [f"{doctor.display_name}, {doctor.specialization}"]
    assert desk.get(BOOK, {"new": NUMBER, "find": "smith"}).status_code == 302


def off(doctor: DoctorProfile) -> None:
    during = {"starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(hours=1), "created_at": NOW}
    TimeOff.objects.create(doctor=doctor, created_by=make_staff(StaffRole.RECEPTION), **during)


def held_just_now(doctor: DoctorProfile) -> None:
    running = slot_in(doctor, hours=-0.1)
    Slot.objects.filter(pk=running.pk).update(held_until=NOW + timedelta(hours=1))


STANDINGS: dict[str, tuple[Callable[[DoctorProfile], Any], str]] = {
    "nothing in the diary": (lambda doctor: None, ""),
    "a free time runs": (lambda doctor: slot_in(doctor, hours=-0.1), ""),
    "with a patient": (
        lambda doctor: confirmed(slot=slot_in(doctor, hours=-0.1)),
        "Dr Sarah Smith is with a patient until 9:24am. Next free: 3:00pm.",
    ),
    "a time held runs": (held_just_now, "Dr Sarah Smith isn’t free until 9:24am. Next free: 3:00pm."),
    "the next begins at once": (
        lambda doctor: slot_in(doctor, seconds=120),
        "The next time in the doctor’s diary starts in a moment. Next free: 9:02am.",
    ),
    "away": (off, "Dr Sarah Smith is away now. Next free: 3:00pm."),
    "takes nobody": (lambda doctor: DoctorProfile.objects.filter(pk=doctor.pk).update(is_accepting=False), ""),
}


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize("by_name", [True, False])
def test_now_is_offered_exactly_when_it_can_be_had(desk: Client, standing: str, by_name: bool) -> None:
    doctor = make_doctor(full_name="Sarah Smith")
    slot_in(doctor, hours=6)
    arrange, words = STANDINGS[standing]
    arrange(doctor)
    asked = {"doctor": doctor.slug} if by_name else {"department": doctor.department.slug}

    page = desk.get(BOOK, {"here": 1, "new": NUMBER, **asked})
    offered = bool(page.context["when"].now)
    try:
        someone = Newcomer("Wanda Walker", date(1980, 3, 31), "020 7946 0999")
        fresh = DoctorProfile.objects.get(pk=doctor.pk)
        walk_in(patient_ref=PatientRef.newcomer(someone), doctor=fresh, by=make_staff(StaffRole.RECEPTION), now=NOW)
        was_possible = True
    except DomainError:
        was_possible = False

    assert offered == was_possible
    if by_name and words:
        assert words in text_of(page)
