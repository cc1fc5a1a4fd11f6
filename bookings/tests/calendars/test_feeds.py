"""The private address at which any calendar finds a person's appointments (E4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import icalendar
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import sign_in
from bookings.calendars import feeds
from bookings.models import Booking, CalendarFeed
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.tests.factories import make_booking
from core import clock
from core.calendar_file import CalendarInvitation
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_doctor, make_slot
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(user: User) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def slot_in(doctor: DoctorProfile, days: int) -> Slot:
    return make_slot(doctor, starts_at=clock.now() + timedelta(days=days))


def address_of(user: User) -> str:
    feeds.make_feed(user=user, now=clock.now())
    feed = feeds.feed_of(user)
    assert feed
    return f"/feeds/{feeds.token_of(feed)}.ics"


def read(path: str) -> icalendar.Calendar:
    answer = Client().get(path)
    assert answer.status_code == 200
    return icalendar.Calendar.from_ical(answer.content)


def events(path: str) -> dict[str, Any]:
    """By uid. Twice the same uid would be a fault of its own."""
    found = read(path).walk("VEVENT")
    assert len({str(event["uid"]) for event in found}) == len(found)
    return {str(event["uid"]): event for event in found}


# Reading


def test_it_holds_ones_own_appointments_and_nobody_elses() -> None:
    booking, other = make_booking(), make_booking()
    of_patient = events(address_of(booking.patient.user))
    of_doctor = events(address_of(booking.doctor.user))

    assert len(of_patient) == len(of_doctor) == 1
    assert [str(event["summary"]) for event in of_patient.values()] == [
        f"Appointment with {booking.doctor.display_name}"
    ]
    assert [str(event["summary"]) for event in of_doctor.values()] == ["Appointment with Pat Patient"]
    assert other.reference not in str(of_patient) + str(of_doctor)


def test_nothing_said_about_health_is_in_it() -> None:
    booking = make_booking(reason="chest pain")

    file = Client().get(address_of(booking.doctor.user)).content
    assert booking.reference.encode() in file
    assert b"chest" not in file


def test_uids_are_those_of_the_mail_attachment() -> None:
    booking = make_booking()
    mail = OutgoingMessage.objects.filter(action="BOOKING_PENDING").get()
    attached = icalendar.Calendar.from_ical(CalendarInvitation.from_data(mail.data["calendar"]).file()["content"]).walk(
        "VEVENT"
    )[0]

    (event,) = events(address_of(booking.patient.user)).values()
    for name in ("uid", "sequence", "summary", "location"):
        assert str(event[name]) == str(attached[name])
    for name in ("dtstart", "dtend", "dtstamp"):
        assert event[name].dt == attached[name].dt


def test_a_cancelled_one_is_gone_and_so_is_one_that_was_moved_and_then_cancelled() -> None:
    """Most programs show what a feed marks as cancelled like anything else; what it no longer names they take out."""
    booking, other = make_booking(), make_booking()
    paths = [address_of(visit.patient.user) for visit in (booking, other)]
    assert [str(event["status"]) for path in paths for event in events(path).values()] == ["TENTATIVE"] * 2

    cancel(booking=booking, by=booking.patient.user, now=clock.now())
    to = make_slot(other.doctor, days=4)
    moved = move(booking=other, to_slot_id=to.pk, by=other.patient.user, now=clock.now())
    cancel(booking=moved, by=other.patient.user, now=clock.now())

    assert [events(path) for path in paths] == [{}, {}]


def test_a_moved_one_keeps_its_uid_and_stands_once_at_its_new_time() -> None:
    booking = make_booking()
    path = address_of(booking.patient.user)
    before = events(path)
    to = make_slot(booking.doctor, days=4)
    move(booking=booking, to_slot_id=to.pk, by=booking.patient.user, now=clock.now())

    after = events(path)
    assert set(after) == set(before)
    ((uid, event),) = after.items()
    assert event["dtstart"].dt == to.starts_at
    assert int(event["sequence"]) > int(before[uid]["sequence"])
    assert str(event["status"]) != "CANCELLED"


def test_it_reaches_a_month_back_and_as_far_ahead_as_there_is_anything() -> None:
    patient, doctor = make_patient(), make_doctor()
    kept = [make_booking(slot=slot_in(doctor, days), patient=patient) for days in (-29, 1, 300)]
    make_booking(slot=slot_in(doctor, -31), patient=patient)

    found = events(address_of(patient.user)).values()
    assert len(found) == 3
    assert all(booking.reference in str(found) for booking in kept)


def test_those_one_cares_for_are_in_it() -> None:
    guardian = make_patient()
    child = PatientProfile.objects.create(
        own_name="Tom", guardian=guardian.user, date_of_birth=clock.now().date() - timedelta(days=2_000)
    )
    booking = book(slot_id=make_slot().pk, patient_ref=PatientRef.of(child), by=guardian.user, now=clock.now())

    assert booking.reference in str(events(address_of(guardian.user)))


def test_calendars_learn_its_name_its_zone_and_when_to_ask_again() -> None:
    calendar = read(address_of(make_patient().user))

    assert "Riverside Hospital" in str(calendar["x-wr-calname"])
    assert calendar["refresh-interval"].to_ical() == b"PT1H"
    assert str(calendar["x-wr-timezone"]) == "Europe/London"


def test_its_answer_is_for_calendars_only_and_no_other_eye() -> None:
    answer = Client().get(address_of(make_patient().user))

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, max-age=300"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.cookies == {}


def test_whoever_is_signed_in_the_address_alone_decides() -> None:
    booking = make_booking()
    path = address_of(booking.patient.user)

    assert booking.reference in signed_in(make_patient().user).get(path).content.decode()


def test_unchanged_it_is_not_sent_again() -> None:
    booking = make_booking()
    path = address_of(booking.patient.user)
    first = Client().get(path)
    again = Client().get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Cache-Control"] == "private, max-age=300"

    cancel(booking=booking, by=booking.patient.user, now=clock.now())
    changed = Client().get(path, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


@pytest.mark.parametrize("token", ["x" * 43, "x" * 42, "x" * 44, "..%2f" + "x" * 40, "ω" * 43, "%00" * 43])
def test_a_wrong_token_is_no_page(token: str) -> None:
    address_of(make_patient().user)

    assert Client().get(f"/feeds/{token}.ics").status_code in {400, 404}


def test_of_a_deactivated_owner_there_is_nothing() -> None:
    patient = make_patient()
    path = address_of(patient.user)
    User.objects.filter(pk=patient.user.pk).update(is_active=False)

    assert Client().get(path).status_code == 404


def test_it_takes_two_queries_however_long_it_is() -> None:
    patient, doctor = make_patient(), make_doctor()
    path = address_of(patient.user)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert Client().get(path).status_code == 200
        return len(queries)

    make_booking(slot=slot_in(doctor, 1), patient=patient)
    few = count()
    for days in range(2, 12):
        make_booking(slot=slot_in(doctor, days), patient=patient)
    assert count() == few == 2


# One's own address


def test_making_showing_replacing_and_removing() -> None:
    user = make_patient().user
    client = signed_in(user)
    assert "Make my address" in client.get("/calendar/feed/").content.decode()

    client.post("/calendar/feed/new/")
    feed = CalendarFeed.objects.get()
    first = f"/feeds/{feeds.token_of(feed)}.ics"
    assert f"http://testserver{first}" in client.get("/calendar/feed/").content.decode()
    assert Client().get(first).status_code == 200

    assert "will stop working straight away" in client.get("/calendar/feed/new/").content.decode()
    client.post("/calendar/feed/new/")
    second = f"/feeds/{feeds.token_of(CalendarFeed.objects.get())}.ics"
    assert first != second
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)

    assert "will stop working straight away" in client.get("/calendar/feed/remove/").content.decode()
    assert Client().get(second).status_code == 200
    client.post("/calendar/feed/remove/")
    assert Client().get(second).status_code == 404
    assert "Make my address" in client.get("/calendar/feed/").content.decode()


def test_the_token_is_nowhere_in_clear() -> None:
    path = address_of(make_patient().user)
    assert Client().get(path).status_code == 200
    token = path.removeprefix("/feeds/").removesuffix(".ics")
    feed = CalendarFeed.objects.get()

    assert len(token) > 30
    assert token not in f"{feed.sealed_token} {feed.digest} {feed}"


def test_a_row_given_to_somebody_else_shows_them_nothing() -> None:
    one, other = make_patient().user, make_patient().user
    address_of(one)
    CalendarFeed.objects.update(user=other)

    assert feeds.token_of(CalendarFeed.objects.get()) == ""


def test_the_bookings_are_those_the_owner_may_see() -> None:
    booking = make_booking()

    assert list(feeds.feed_bookings(booking.patient.user, clock.now())) == [booking]
    assert Booking.objects.count() == 1
