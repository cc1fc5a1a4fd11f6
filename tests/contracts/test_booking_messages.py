"""Every message about appointments and new accounts is taken by the real function and reads as it should (D2, D6)."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from icalendar import Calendar

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings.departures import services as departures
from bookings.departures.rules import DepartureDecision
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services import reminders
from bookings.services.book import book as book_slot
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.services.steps import confirm
from bookings.tests.factories import make_waiting
from bookings.time_off.rules import TimeOffDecision
from bookings.time_off.services import take_time_off
from bookings.waiting_list import services as waiting_list
from core import clock
from doctors.models import DoctorProfile
from doctors.services import approve_doctor
from doctors.tests.factories import make_doctor, make_slot
from email_service import contract
from integrations.choices import Channel
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient
from tests.contracts.letterbox import Answer, Letter, Letterbox

pytestmark = pytest.mark.django_db(transaction=True)
SECRETS = ("Chest pain", "Warfarin", "Penicillin", "Asthma", "Dermatitis", "Hepatology", "double shift")
WITHOUT_CALENDAR = {"APPOINTMENT_REMINDER", "TIMES_OFFERED"}
SENT = Answer(200, "sent", "")
MAILS_OF_ITS_LIFE = 5  # asked for and told, two; confirmed, one; cancelled, two
# Where messages about appointments and new accounts are written; a new one there must be produced here as well.
WRITERS = ("bookings/messages.py", "doctors/messages.py")
ROOT = Path(__file__).resolve().parents[2]
HOSTILE = (
    'Zoë "the boss" O’Neil, Ω; \\n',
    "<b>Bold</b> & <script>alert(1)</script>",
    "=?utf-8?q?=42cc=3A?= x",
    "Eve\r\nBcc: mallory@example.com",
    "Eve\r\n\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR",
    "\u202eevil\u202c 王芳 🩺 مرحبا",
    'X";TZID=Europe/Paris:20260101T000000',
    "http://phish.example/win www.phish.example",
    "Ñ" * 120,
    "{{7*7}} ${x} %s {0}",
)


def talking_patient(**facts: Any) -> Any:
    return make_patient(allergies="Penicillin", medical_history="Asthma", **facts)


def book(doctor: DoctorProfile, patient: Any = None, *, days: float = 2) -> Booking:
    """With every text a patient may type, none of which may leave the house."""
    patient = patient or talking_patient()
    slot = make_slot(doctor, days=days)
    return book_slot(
        slot_id=slot.pk,
        patient_ref=PatientRef.of(patient),
        by=patient.user,
        reason="Chest pain",
        notes="Warfarin",
        now=clock.now(),
    )


def waiting(**facts: Any) -> Booking:
    return book(make_doctor(specialization="Hepatology", room="Building B, room 12", **facts))


def confirmed() -> Booking:
    booking = waiting()
    return confirm(booking=booking, by=booking.doctor.user, now=clock.now())


def booked_at_once() -> Booking:
    return waiting(confirms_automatically=True)


def cancelled(by: Callable[[Booking], User]) -> Booking:
    booking = waiting()
    return cancel(booking=booking, by=by(booking), reason="double shift", now=clock.now())


def moved() -> Booking:
    booking = confirmed()
    later = make_slot(booking.doctor, days=3)
    return move(booking=booking, to_slot_id=later.pk, by=booking.patient.user, now=clock.now())


def offered_from_the_waiting_list() -> Booking:
    """Somebody cancels, and the time is held for whoever waits for one."""
    waits, today = talking_patient(), clock.hospital_day(clock.now())
    noon = clock.start_of_day(today + timedelta(days=3)) + timedelta(hours=12)
    booking = waiting()
    slot = make_slot(booking.doctor, starts_at=noon)
    other = book_slot(
        slot_id=slot.pk, patient_ref=PatientRef.of(booking.patient), by=booking.patient.user, now=clock.now()
    )
    waiting_list.join(
        patient=waits,
        doctor=booking.doctor,
        first_day=today,
        last_day=today + timedelta(days=7),
        weekdays=list(range(7)),
        earliest=time(0, 0),
        latest=time(23, 59),
        by=waits.user,
        now=clock.now(),
    )
    return cancel(booking=other, by=StaffFactory(), reason="double shift", now=clock.now())


def reminded() -> Booking:
    booking = confirmed()
    reminders.remind(now=booking.starts_at - timedelta(hours=12))
    return booking


def offered_other_times() -> None:
    booking = confirmed()
    make_slot(booking.doctor, days=5)
    off = booking.starts_at - timedelta(hours=1), booking.ends_at + timedelta(hours=1)
    take_time_off(
        doctor=booking.doctor,
        off=off,
        note="double shift",
        decisions={booking.reference: TimeOffDecision.OFFER},
        by=booking.doctor.user,
        now=clock.now(),
    )


def left() -> None:
    """A doctor leaves: a time with a colleague is held for the one patient, the other waited in vain."""
    booking = confirmed()
    doctor = booking.doctor
    colleague = make_doctor(department=doctor.department, full_name="Col League", specialization="Hepatology")
    make_slot(colleague, days=6)
    make_waiting(patient=talking_patient(), doctor=doctor)
    departures.leave(
        doctor=doctor,
        last_day=None,
        decisions={},
        otherwise=DepartureDecision.COLLEAGUE,
        seen=[booking.reference],
        reason="double shift",
        by=StaffFactory(),
        now=clock.now(),
    )


def approved() -> DoctorProfile:
    doctor = make_doctor(approved=False, specialization="Hepatology")
    return approve_doctor(doctor=doctor, by=StaffFactory(), now=clock.now())


STORIES: dict[str, Callable[[], object]] = {
    "waiting": waiting,
    "confirmed": confirmed,
    "booked at once": booked_at_once,
    "cancelled by the patient": lambda: cancelled(lambda booking: booking.patient.user),
    "cancelled by the doctor": lambda: cancelled(lambda booking: booking.doctor.user),
    "cancelled by staff": lambda: cancelled(lambda booking: StaffFactory()),
    "moved": moved,
    "offered from the waiting list": offered_from_the_waiting_list,
    "reminded": reminded,
    "offered other times": offered_other_times,
    "approved": approved,
    "left": left,
}


def outbox() -> list[OutgoingMessage]:
    return list(OutgoingMessage.objects.filter(channel=Channel.EMAIL).order_by("pk"))


@pytest.mark.parametrize("event", ["rest", "http"])
@pytest.mark.parametrize("story", STORIES)
def test_every_message_is_sent_and_tells_no_more_than_it_should(letterbox: Letterbox, story: str, event: str) -> None:
    STORIES[story]()
    messages = outbox()
    assert messages
    for message in messages:
        assert letterbox.deliver(message, event=event) == SENT, message.action
        assert letterbox.newest.recipients == (message.data["to"]["email"],)
        _tells_no_more_than_it_should(letterbox.newest, message)


def _tells_no_more_than_it_should(letter: Letter, message: OutgoingMessage) -> None:
    data, everything = message.data, letter.everything
    assert [word for word in SECRETS if word.lower() in everything.lower()] == []
    assert settings.HOSPITAL_NAME in letter.text
    booking = data.get("booking")
    if booking:
        assert booking["patient_name"] not in letter.mail["Subject"]  # it shows on a locked screen
        assert booking["reference"] in letter.text
        assert bool(letter.calendars) == (message.action not in WITHOUT_CALENDAR)
    urls = links_of(letter)
    assert urls & {value for name, value in data.items() if name.endswith("_url")}
    for url in urls:
        assert url.startswith(f"{settings.BASE_URL}/")
        assert not {data["to"]["email"], data["to"]["name"].split()[0]} & set(re.split(r"[/?&=]", url))


def links_of(letter: Letter) -> set[str]:
    return {html.unescape(url) for url in re.findall(r'href="([^"]+)"', letter.html)}


def test_no_message_the_application_can_write_is_left_out() -> None:
    written = {word for path in WRITERS for word in _words_of(ROOT / path)} & set(contract.ACTIONS)
    for story in STORIES.values():
        story()

    assert {message.action for message in outbox()} == written | {"SIGNUP_WELCOME"}


def _words_of(path: Path) -> set[str]:
    return {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}  # type: ignore[misc]


# The calendar file (D6)


def test_the_file_puts_in_replaces_and_takes_out_one_event(letterbox: Letterbox) -> None:
    booking = waiting()
    patient, doctor = booking.patient.user, booking.doctor.user
    confirm(booking=booking, by=doctor, now=clock.now())
    cancel(booking=booking, by=patient, now=clock.now())
    sent = [letterbox.deliver(message) for message in outbox()]
    assert len(sent) > 4
    assert set(sent) == {SENT}

    for reader, methods in ((patient, ["REQUEST", "REQUEST", "CANCEL"]), (doctor, ["REQUEST", "CANCEL"])):
        letters = [letter for letter in letterbox.letters if reader.email in letter.recipients and letter.calendars]
        files = [_checked_file(letter, booking, reader) for letter in letters]
        events = [file.walk("VEVENT")[0] for file in files]
        assert [str(file["method"]) for file in files] == methods
        assert {str(event["uid"]) for event in events} == {f"{booking.calendar_uid}@testserver"}
        assert all(before < after for before, after in pairwise([event["sequence"] for event in events]))
        assert str(events[-1]["status"]) == "CANCELLED"


def _checked_file(letter: Letter, booking: Booking, reader: User) -> Any:
    """The file of a letter, once as mail programs read it and once attached, as RFC 5545 and 5546 want it."""
    (method, content), attached = letter.calendars
    assert attached == (method, content)
    lines = content.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75  # octets
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    file = Calendar.from_ical(content)
    (event,) = file.walk("VEVENT")
    assert str(file["method"]) == method
    assert (event["dtstart"].to_ical()[-1:], event["dtend"].to_ical()[-1:]) == (b"Z", b"Z")  # instants, in UTC
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (booking.starts_at, booking.ends_at)
    assert event["organizer"]
    assert str(event["attendee"]).lower() == f"mailto:{reader.email}"
    return file


# Hostile names


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(letterbox: Letterbox, name: str) -> None:
    """Written past the forms, as an old import or a shell could: neither mail nor file is led astray by it."""
    doctor, patient = make_doctor(), talking_patient()
    User.objects.filter(pk__in=[doctor.user_id, patient.user_id]).update(full_name=name)
    DoctorProfile.objects.filter(pk=doctor.pk).update(room=name)
    patient.user.refresh_from_db()
    booking = book(doctor, patient)
    confirm(booking=booking, by=doctor.user, now=clock.now())
    cancel(booking=booking, by=patient.user, now=clock.now())

    told = [message for message in outbox() if message.stream.startswith(f"booking:{booking.calendar_uid}:")]
    assert len(told) == MAILS_OF_ITS_LIFE
    for message in told:
        assert letterbox.deliver(message) == SENT
        letter = letterbox.newest
        assert letter.recipients == (message.data["to"]["email"],)
        assert {"Bcc", "Cc"} & set(letter.mail.keys()) == set()
        assert [len(letter.mail.get_all(header)) for header in ("From", "To", "Subject")] == [1, 1, 1]
        assert [address.addr_spec for address in letter.mail["To"].addresses] == [message.data["to"]["email"]]
        assert not [tag for tag in ("<script", "<b>Bold") if tag in letter.html]
        reader = doctor.user if doctor.user.email in letter.recipients else patient.user
        event = _checked_file(letter, booking, reader).walk("VEVENT")[0]
        assert flat(name) in flat(str(event["summary"]))


def flat(text: str) -> str:
    return "".join(text.split())


def test_both_secrets_are_good_while_one_replaces_the_other(
    letterbox: Letterbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The application signs with both; the function may know the old one, the new one, or both."""
    old, new = settings.EMAIL_SERVICE_SECRETS[0], "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItMTI="
    settings.EMAIL_SERVICE_SECRETS = [new, old]
    waiting()
    waiting()
    for message, known in zip(outbox()[:3], (old, new, f"{old},{new}"), strict=True):
        monkeypatch.setenv("EMAIL_SERVICE_SECRETS", known)
        assert letterbox.deliver(message) == SENT


def test_a_message_asked_for_again_arrives_once(letterbox: Letterbox) -> None:
    waiting()
    message = outbox()[-1]
    answers = [letterbox.deliver(message), letterbox.deliver(message)]

    assert answers == [SENT, Answer(200, "already_sent", "")]
    assert len(letterbox.letters) == 1


def test_times_are_the_hospitals(letterbox: Letterbox) -> None:
    booking = waiting()
    for message in outbox():
        letterbox.deliver(message)
    local: datetime = booking.starts_at.astimezone(clock.timezone.get_default_timezone())

    said = f"{local:%A} {local.day} {local:%B} {local.year}, {local.hour % 12 or 12}:{local:%M}{local:%p}".lower()
    assert said in letterbox.newest.mail["Subject"].lower()
