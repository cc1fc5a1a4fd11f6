"""Calendar files are made of facts that JSON can hold, the same at every try."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from icalendar import Calendar

from core.calendar_file import CalendarEntry, CalendarInvitation, Mailbox

START = datetime(2026, 7, 1, 10, 0, tzinfo=timezone(timedelta(hours=1)))
INVITATION = CalendarInvitation(
    filename="appointment-BCDF-GHJK.ics",
    method="REQUEST",
    maker="St. Example",
    entry=CalendarEntry(
        uid="1@hospital.example",
        sequence=3,
        changed_at=datetime(2026, 6, 1, 8, 30, 0, 250_000, tzinfo=UTC),
        starts_at=START,
        ends_at=START + timedelta(minutes=20),
        summary="Appointment; with Ada, Müller",
        location="Room 2, 1 Street",
        description="Reference BCDF-GHJK\nPhone: 1",
        url="https://hospital.example/bookings/BCDF-GHJK/",
        status="CONFIRMED",
    ),
    organizer=Mailbox(name="St. Example", email="book@hospital.example"),
    attendee=Mailbox(name="Pat O’Patient", email="pat@example.org"),
)


def test_facts_survive_being_kept() -> None:
    kept = json.loads(json.dumps(INVITATION.as_data()))

    assert CalendarInvitation.from_data(kept) == INVITATION
    assert CalendarInvitation.from_data(kept).file() == INVITATION.file()


def test_the_file_says_what_the_facts_say() -> None:
    file = INVITATION.file()
    calendar = Calendar.from_ical(file["content"])
    (event,) = calendar.walk("VEVENT")

    assert (file["filename"], file["method"], str(calendar["method"])) == (INVITATION.filename, "REQUEST", "REQUEST")
    assert event["dtstart"].dt == START
    assert event["dtstart"].dt.utcoffset() == timedelta(0)
    assert str(event["summary"]) == INVITATION.entry.summary
    assert str(event["description"]) == INVITATION.entry.description
    assert (str(event["attendee"]), event["attendee"].params["CN"]) == ("MAILTO:pat@example.org", "Pat O’Patient")
    assert event["attendee"].params["PARTSTAT"] == "ACCEPTED"
    assert (str(event["organizer"]), int(event["sequence"])) == ("MAILTO:book@hospital.example", 3)
