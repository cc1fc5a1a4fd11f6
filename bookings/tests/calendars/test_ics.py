"""An appointment in a calendar: the file, read back by the library (RFC 5545)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from icalendar import Calendar

from bookings.models import Booking
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.steps import confirm
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, browser_of, slot_in
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db


def fetch(booking: Booking, user: Any) -> Any:
    return browser_of(user).get(reverse("bookings:calendar_file", args=[booking.reference]))


def event_of(booking: Booking, user: Any) -> Any:
    return Calendar.from_ical(fetch(booking, user).content).walk("VEVENT")[0]


def test_the_file_is_offered_as_a_download() -> None:
    booking = booked()
    response = fetch(booking, booking.patient.user)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="appointment-{booking.reference}.ics"'


def test_its_times_are_instants_that_need_no_time_zone_to_be_read() -> None:
    """Some programs read no lists of dates in a VTIMEZONE, and would be an hour off in summer."""
    booking = booked(slot=slot_in(hours=24.5))
    body = fetch(booking, booking.patient.user).content.decode()
    assert "DTSTART:20260806T083000Z" in body
    assert "DTEND:20260806T090000Z" in body
    assert "TZID" not in body
    assert event_of(booking, booking.patient.user).decoded("dtstart") == booking.starts_at


def test_every_line_ends_and_folds_as_the_standard_says() -> None:
    booking = booked(slot=slot_in(make_doctor(full_name="Ñ" * 100, room="R" * 120)))
    lines = fetch(booking, booking.patient.user).content.split(b"\r\n")
    assert b"BEGIN:VEVENT" in lines
    assert [line for line in lines if line.startswith(b" ")] != [], "the long ones are folded"
    assert all(len(line) <= 75 for line in lines)
    assert not any(b"\n" in line for line in lines)


def test_each_change_keeps_the_uid_and_raises_the_sequence() -> None:
    booking = booked()
    patient = booking.patient.user
    events = [event_of(booking, patient)]
    confirm(booking=booking, by=booking.doctor.user, now=NOW)
    events.append(event_of(booking, patient))
    cancel(booking=booking, by=patient, now=NOW + timedelta(minutes=1))
    events.append(event_of(booking, patient))
    assert {str(event["uid"]) for event in events} == {f"{booking.calendar_uid}@testserver"}
    assert [event["sequence"] for event in events] == [0, 1, 2]
    assert [str(event["status"]) for event in events] == ["TENTATIVE", "CONFIRMED", "CANCELLED"]
    assert [str(event["summary"]).partition(" ")[0] for event in events] == ["Appointment", "Appointment", "Cancelled:"]
    assert [event.decoded("dtstamp") for event in events][1:] == [NOW, NOW + timedelta(minutes=1)]


def test_the_same_state_gives_the_same_file() -> None:
    booking = booked()
    user = booking.patient.user
    first = fetch(booking, user)
    assert first.status_code == 200
    assert fetch(booking, user).content == first.content


def test_no_word_about_health_leaves_in_it() -> None:
    patient = make_patient(allergies="Penicillin", medical_history="Asthma")
    booking = book(slot_id=slot_in().pk, by=patient.user, reason="Knee", notes="Warfarin", now=NOW)
    for user in (patient.user, booking.doctor.user):
        body = fetch(booking, user).content.decode()
        assert "BEGIN:VEVENT" in body
        assert not [word for word in ("Knee", "Warfarin", "Penicillin", "Asthma", "Cardiology") if word in body]


def test_it_says_with_whom_and_where_to_change_it() -> None:
    booking = booked(patient=make_patient(full_name="Zoë; DROP, Ω"))
    to_patient, to_doctor = event_of(booking, booking.patient.user), event_of(booking, booking.doctor.user)
    assert str(to_patient["summary"]) == "Appointment with Dr Ana Álvarez"
    assert str(to_doctor["summary"]) == "Appointment with Zoë; DROP, Ω"
    assert f"/bookings/{booking.reference}/" in str(to_patient["description"])
    assert str(to_patient["location"]).endswith("Riverside Hospital, 1 Riverside Walk, London SE1 7XX")


def test_another_persons_file_is_not_there() -> None:
    booking = booked()
    assert fetch(booking, make_patient().user).status_code == 404
    assert fetch(booking, make_doctor().user).status_code == 404
