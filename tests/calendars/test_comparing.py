"""The hourly comparison: what was changed in a calendar is put right, and no appointment changes for it (E2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from bookings.models import Booking
from bookings.services.cancel import cancel
from bookings.services.steps import check_in, complete
from core import clock
from core.formats import clock_time
from integrations.choices import ConnectionStatus
from integrations.google_calendar.events import marks
from integrations.google_calendar.fake import FakeGoogle
from integrations.models import GoogleConnection, OutgoingMessage
from tests.calendars.people import DOCTOR, PATIENT, Pair, compare, connect_calendar, deliver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def booking(pair: Pair) -> Booking:
    made = pair.book()
    deliver()
    assert compare() == 0
    return made


def at_google(pair: Pair, email: str) -> dict[str, Any]:
    """The one event as the stand-in keeps it, to be changed as its owner would."""
    (event,) = pair.google.calendar(email).values()
    return event


def drag(event: dict[str, Any], **by: float) -> datetime:
    """To another time, as with the mouse; the new start."""
    moment = timedelta(**by)
    for edge in ("start", "end"):
        event[edge]["dateTime"] = (datetime.fromisoformat(event[edge]["dateTime"]) + moment).isoformat()
    event["sequence"] += 1
    return datetime.fromisoformat(event["start"]["dateTime"])


def facts_of(booking: Booking) -> dict[str, Any]:
    kept = ("starts_at", "ends_at", "status", "slot", "doctor", "patient", "calendar_sequence")
    return Booking.objects.values(*kept).get(pk=booking.pk)


@pytest.mark.parametrize("email", [DOCTOR, PATIENT])
def test_an_event_deleted_at_google_comes_back(pair: Pair, booking: Booking, email: str) -> None:
    before, event = facts_of(booking), at_google(pair, email)
    event |= {"status": "cancelled", "sequence": event["sequence"] + 1}
    assert pair.events(email) == []

    assert compare() == 1

    assert [one["id"] for one in pair.events(email)] == [event["id"]]
    assert facts_of(booking) == before
    assert compare(hours=1) == 0


@pytest.mark.parametrize(("field", "value"), [("summary", "Dentist"), ("location", "At home")])
def test_another_title_or_place_is_put_back(pair: Pair, booking: Booking, field: str, value: str) -> None:
    event = at_google(pair, PATIENT)
    right, event[field] = event[field], value

    assert compare() == 1
    assert at_google(pair, PATIENT)[field] == right


def test_a_time_changed_by_its_doctor_becomes_a_note_and_is_put_back(pair: Pair, booking: Booking) -> None:
    before = facts_of(booking)
    wished = drag(at_google(pair, DOCTOR), hours=3)

    assert compare() == 1

    assert datetime.fromisoformat(at_google(pair, DOCTOR)["start"]["dateTime"]) == booking.starts_at
    assert facts_of(booking) == before
    doctor, patient = Client(), Client()
    doctor.force_login(pair.doctor.user)
    patient.force_login(pair.patient.user)
    page = f"/bookings/{booking.reference}/"
    words = f"you moved this appointment to {clock_time(wished)}"
    assert words.rsplit(" to ", 1)[0] in doctor.get(page).content.decode()
    assert clock_time(wished) in doctor.get(page).content.decode()
    assert "Pat Patient" in doctor.get("/doctor/").content.decode().split("changed the time of appointments")[1][:400]
    assert "you moved this appointment" not in patient.get(page).content.decode()

    assert doctor.post(f"{page}calendar-note/").status_code == 302
    assert "you moved this appointment" not in doctor.get(page).content.decode()
    assert "changed the time of appointments" not in doctor.get("/doctor/").content.decode()


def test_moved_into_the_past_it_is_noticed_as_moved(pair: Pair, booking: Booking) -> None:
    drag(at_google(pair, DOCTOR), days=-4)

    assert compare() == 1
    assert Booking.objects.get().calendar_note.startswith("In your Google Calendar you moved")


def test_made_to_last_all_day_it_is_noticed(pair: Pair, booking: Booking) -> None:
    event = at_google(pair, DOCTOR)
    day = booking.starts_at.date()
    event |= {"start": {"date": day.isoformat()}, "end": {"date": (day + timedelta(days=1)).isoformat()}}

    assert compare() == 1
    assert Booking.objects.get().calendar_note == "In your Google Calendar you changed this appointment’s time."


def test_a_time_changed_by_the_patient_is_put_back_without_a_note(pair: Pair, booking: Booking) -> None:
    drag(at_google(pair, PATIENT), hours=3)

    assert compare() == 1
    assert datetime.fromisoformat(at_google(pair, PATIENT)["start"]["dateTime"]) == booking.starts_at
    assert Booking.objects.get().calendar_note == ""


def test_an_event_of_ours_without_an_appointment_is_taken_out(pair: Pair, booking: Booking) -> None:
    orphan = {**at_google(pair, DOCTOR), "id": "0" * 26}
    pair.google.store.calendars[DOCTOR][orphan["id"]] = orphan

    assert compare() == 1
    assert [event["id"] for event in pair.events(DOCTOR)] == [booking.doctor_event_id]


def test_what_is_not_ours_is_left_alone(pair: Pair, booking: Booking) -> None:
    """A private event, and one of another copy of this site."""
    like = at_google(pair, DOCTOR)
    theirs = [
        {**like, "id": "1" * 26, "extendedProperties": {}},
        {**like, "id": "2" * 26, "extendedProperties": {"private": {"hms": "elsewhere.example"}}},
    ]
    assert like["extendedProperties"]["private"] == marks() != theirs[1]["extendedProperties"]["private"]
    for event in theirs:
        pair.google.store.calendars[DOCTOR][event["id"]] = event

    assert compare() == 0
    assert len(pair.events(DOCTOR)) == 3


def test_two_people_who_share_a_calendar_keep_their_events_in_it(pair: Pair, google: FakeGoogle) -> None:
    connect_calendar(google, pair.patient.user, DOCTOR)
    pair.book()
    deliver()
    assert len(pair.events(DOCTOR)) == 2

    assert compare() == 0
    assert len(pair.events(DOCTOR)) == 2


def test_a_visit_that_is_over_keeps_its_event(pair: Pair) -> None:
    booking = pair.book(hours=1)
    deliver()
    moment = booking.starts_at + timedelta(minutes=1)
    check_in(booking=booking, by=pair.doctor.user, now=moment)
    complete(booking=booking, by=pair.doctor.user, now=moment)

    assert compare() == 0
    assert len(pair.events(DOCTOR)) == len(pair.events(PATIENT)) == 1


def test_what_is_on_its_way_is_not_repaired_as_well(pair: Pair) -> None:
    pair.book()
    assert pair.in_both() == [[], []]

    assert compare() == 0
    assert OutgoingMessage.objects.filter(channel="GOOGLE").count() == 2


def test_a_message_that_failed_for_good_is_made_up_for(pair: Pair, google: FakeGoogle) -> None:
    google.fail("404", times=2, on="events.insert")
    pair.book()
    deliver()
    assert pair.in_both() == [[], []]
    assert OutgoingMessage.objects.filter(channel="GOOGLE", status="FAILED").count() == 2

    assert compare() == 2
    assert [len(calendar) for calendar in pair.in_both()] == [1, 1]


def test_google_being_away_changes_nothing(pair: Pair, booking: Booking, google: FakeGoogle) -> None:
    google.fail("503", times=2, on="events.list")

    assert compare() == 0
    assert GoogleConnection.objects.live().count() == 2


def test_a_grant_taken_back_is_noticed_and_its_owner_told_once(
    pair: Pair, booking: Booking, google: FakeGoogle
) -> None:
    google.store.revoke(PATIENT)

    for hour in range(3):
        compare(hours=hour)

    row = GoogleConnection.objects.get(user=pair.patient.user)
    assert row.status == ConnectionStatus.BROKEN
    assert OutgoingMessage.objects.filter(action="ACCOUNT_NOTICE").count() == 1


def test_a_cancellation_meanwhile_is_not_undone_by_a_repair(
    pair: Pair, booking: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled after Google was looked at, before the repair is written."""
    from bookings.calendars import reconcile  # noqa: PLC0415

    at_google(pair, PATIENT)["summary"] = "Dentist"
    compared = reconcile._compared

    def compare_and_cancel(*args: Any) -> Any:
        found = compared(*args)
        fresh = Booking.objects.get(pk=booking.pk)
        if fresh.status != "CANCELLED":
            cancel(booking=fresh, by=pair.patient.user, now=clock.now())
        return found

    monkeypatch.setattr(reconcile, "_compared", compare_and_cancel)
    compare()

    assert pair.in_both() == [[], []]
