"""What people read (D2), and that hostile text stays text."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from email_service import wording
from email_service.contract import check
from email_service.fields import one_line
from email_service.letter import Letter, Link
from email_service.messages import compose
from email_service.mime import pack
from email_service.rendering import Rendered, render

from . import examples
from .sink import parsed

MADRID = ZoneInfo("Europe/Madrid")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style><b>",
    "$url ${body} $$",
    "{{ 7*7 }} {% x %}",
    "Ana\r\nBcc: victim@example.com\r\n\r\nHello",
    "=?utf-8?q?=0D=0ABcc:_victim=40example.com?=",
    'a, b <c@d.example>; "e" \\',
    "&lt;b&gt; &amp;",
    "محمد \u202egnp.exe <b>",
)
FREE_TEXT = {
    "name", "phone", "doctor_name", "department", "place", "reference", "patient_name", "fee_text", "total_text",
    "label", "value", "before", "in_place_of",
}  # fmt: skip
HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
}  # fmt: skip


class Tags(HTMLParser):
    """The elements and attribute names of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shape: list[Any] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.shape.append((tag, [name for name, _ in attrs]))
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data):
        self.words += data


def _request(action: str, data: dict[str, Any]):
    return check({"id": "msg_1", "action": action, "data": data})


def _rendered(action: str, data: dict[str, Any]) -> Rendered:
    request = _request(action, data)
    letter = compose(action, request.data)
    return render(letter, to_name=request.data["to"]["name"], hospital=request.data["hospital"])


def _message(action: str, data: dict[str, Any]):
    request = _request(action, data)
    letter = compose(action, request.data)
    parcel = pack(
        message_id=request.id,
        subject=letter.subject,
        rendered=_rendered(action, data),
        to=request.data["to"],
        from_name=request.data["hospital"]["name"],
        from_email="appointments@hospital.example",
        calendar=request.data.get("calendar"),
        now=datetime(2026, 8, 1, 8, 0, tzinfo=UTC),
    )
    return parsed(parcel.content)


def _filled(value: Any, text: str) -> Any:
    """The same data with `text` in every field of free text."""
    if isinstance(value, list):
        return [_filled(item, text) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: text[:40] if key in FREE_TEXT else _filled(item, text) for key, item in value.items()}


@pytest.mark.parametrize(
    ("action", "changes", "subject"),
    [
        ("SIGNUP_WELCOME", {}, "Welcome to Riverside Hospital"),
        ("EMAIL_VERIFICATION", {}, "Confirm your e-mail address for Riverside Hospital"),
        ("PASSWORD_RESET", {}, "Reset your password for Riverside Hospital"),
        ("ACCOUNT_NOTICE", {}, "Your password was changed"),
        ("INVITATION", {}, "Your account at Riverside Hospital"),
        ("ACCOUNT_CLOSED", {}, "Your account at Riverside Hospital is closed"),
        ("DATA_ERASED", {}, "Your data at Riverside Hospital has been erased"),
        ("DOCTOR_APPROVED", {}, "Your account at Riverside Hospital is approved"),
        ("EXPORT_READY", {}, "Your file at Riverside Hospital is ready"),
        ("MEDICAL_RECORD", {}, "The record of your appointment on Thursday 6 August 2026"),
        ("INVOICE", {}, "Invoice INV-2026-000123 from Riverside Hospital"),
        ("DOCTOR_MONTHLY_REPORT", {}, "Your report for July 2026 from Riverside Hospital"),
        ("BOOKING_CONFIRMATION", {}, "Appointment booked: Thursday 6 August 2026, 2:30pm with Dr Ana Álvarez"),
        ("BOOKING_PENDING", {}, "Request sent: Thursday 6 August 2026, 2:30pm with Dr Ana Álvarez"),
        ("BOOKING_NOTIFICATION", {}, "New appointment: Thursday 6 August 2026, 2:30pm"),
        ("BOOKING_NOTIFICATION", {"needs_confirmation": True}, "Please confirm: Thursday 6 August 2026, 2:30pm"),
        ("BOOKING_CANCELLED", {}, "Appointment cancelled: Thursday 6 August 2026, 2:30pm with Dr Ana Álvarez"),
        ("BOOKING_CANCELLED", {"recipient_role": "DOCTOR"}, "Appointment cancelled: Thursday 6 August 2026, 2:30pm"),
        ("BOOKING_RESCHEDULED", {}, "Appointment moved: Thursday 6 August 2026, 2:30pm with Dr Ana Álvarez"),
        ("APPOINTMENT_REMINDER", {}, "Reminder: Thursday 6 August 2026, 2:30pm with Dr Ana Álvarez"),
        ("TIMES_OFFERED", {}, "Please choose another time: Thursday 6 August 2026, 2:30pm with Dr Ana Álvarez"),
        ("WAITLIST_OFFER", {}, "Time free: Thursday 6 August 2026, 2:30pm with Dr Ana Álvarez"),
        (
            "WAITLIST_OFFER",
            {"earlier_than": "2026-08-20T14:30:00+02:00"},
            "Earlier time free: Thursday 6 August 2026, 2:30pm with Dr Ana Álvarez",
        ),
        (
            "WAITLIST_OFFER",
            {"in_place_of": "Dr Bo Berg"},
            "A time for you: Thursday 6 August 2026, 2:30pm with Dr Ana Álvarez",
        ),
        ("WAITLIST_CLOSED", {}, "You're no longer waiting for a time with Dr Ana Álvarez"),
    ],
)
def test_the_subject_says_what_it_is_about(action, changes, subject):
    assert _message(action, examples.data(action, **changes))["Subject"] == subject


@pytest.mark.parametrize(("action", "data"), examples.every_example())
def test_text_and_html_say_the_same(action, data):
    rendered = _rendered(action, data)
    page = Tags(rendered.html)

    lines = rendered.text.split("\n")
    assert len(lines) > 5
    assert len(page.links) > 0
    for line in lines:
        words = line.strip().removesuffix(":")
        if words and words != "--":
            label, _, value = words.partition(": ")
            assert words in page.words or (label in page.words and value in page.words), words
    assert all(link in rendered.text for link in page.links)


@pytest.mark.parametrize(("action", "data"), examples.every_example())
def test_one_button_and_the_whole_address_beside_it(action, data):
    page = _rendered(action, data).html

    has_link = action != "EMAIL_VERIFICATION" or "url" in data
    assert page.count('class="button"') == (1 if has_link else 0)
    assert page.count("Or copy this address into your browser:") == (1 if has_link else 0)
    assert [tag for tag, _ in Tags(page).shape if tag in ("script", "img", "link", "iframe", "form", "object")] == []
    assert 'lang="en"' in page
    assert "prefers-color-scheme: dark" in page


@pytest.mark.parametrize(("action", "data"), examples.every_example())
def test_hostile_text_adds_no_element_and_no_header(action, data):
    usual = _message(action, _filled(data, "Plain"))
    for text in HOSTILE:
        _assert_same_shape(_message(action, _filled(data, text)), usual, text)


def _assert_same_shape(message, usual, text):
    assert set(message.keys()) == HEADERS
    assert message.keys() == usual.keys()
    assert [part.get_content_type() for part in message.walk()] == [part.get_content_type() for part in usual.walk()]
    assert not any(part.defects for part in message.walk())
    assert message["To"].addresses[0].addr_spec == "maria@example.com"
    assert len(message["To"].addresses) == len(message["From"].addresses) == 1
    page = message.get_body(("html",)).get_content()
    assert Tags(page).shape == Tags(usual.get_body(("html",)).get_content()).shape
    assert one_line(text[:40]) in Tags(page).words
    assert one_line(text[:40]) in message.get_body(("plain",)).get_content()
    plain = usual.get_body(("plain",)).get_content()
    assert message.get_body(("plain",)).get_content().count("\n") == plain.count("\n")


def _pack(*, name: str = "Ana", subject: str = "Hello", email: str = "a@b.example") -> bytes:
    return pack(
        message_id="msg_1",
        subject=subject,
        rendered=Rendered(text="Hello", html="<p>Hello</p>"),
        to={"email": email, "name": name},
        from_name=name,
        from_email="from@hospital.example",
        calendar=None,
        now=datetime(2026, 8, 1, 8, 0, tzinfo=UTC),
    ).content


def _name_in(header: str) -> str:
    """The display name. Python 3.11's newer parser adds a space between two encoded words; this one does not."""
    return str(make_header(decode_header(parseaddr(header)[0])))


@settings(deadline=None)
@given(st.text(max_size=300).map(one_line))
def test_any_text_comes_through_the_headers_as_it_went_in(text):
    content = _pack(name=text, subject=text or "x")
    message = parsed(content)

    assert message["Subject"] == (text or "x")
    assert _name_in(message_from_bytes(content)["From"]) == text
    assert message["From"].addresses[0].addr_spec == "from@hospital.example"
    assert set(message.keys()) == HEADERS
    head = content.split(b"\r\n\r\n", 1)[0]
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 998


def test_a_quote_in_an_address_could_not_leave_its_attribute():
    # The contract lets no such address in; this is the second lock on the same door.
    link = Link("Go", "https://hms.example/\" onclick='alert(1)'")
    letter = Letter(subject="Hi", heading="Hi", opening=("Hi",), button=link)
    page = Tags(render(letter, to_name="", hospital={"name": "H", "phone": "", "url": "https://h.example"}).html)

    assert page.links.count(link.url) == 2
    assert "onclick" not in [name for _, names in page.shape for name in names]


def test_the_message_id_is_stable_and_the_message_says_it_is_automatic():
    message = _message("DOCTOR_APPROVED", examples.data("DOCTOR_APPROVED"))

    assert message["Message-ID"] == "<msg_1@hospital.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Sat, 01 Aug 2026 08:00:00 +0000"
    assert message["From"].addresses[0].display_name == "Riverside Hospital"


@pytest.mark.parametrize(("action", "method"), [("BOOKING_CONFIRMATION", "REQUEST"), ("BOOKING_CANCELLED", "CANCEL")])
def test_the_calendar_is_there_twice_with_its_method(action, method):
    message = _message(action, examples.data(action))

    parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert [part.get_content_disposition() for part in parts] == [None, "attachment"]
    for part in parts:
        assert (part.get_param("method"), part.get_param("charset")) == (method, "utf-8")
        assert part.get_payload(decode=True).decode() == examples.ICS.format(method=method)
    assert parts[1].get_filename() == "appointment.ics"


@pytest.mark.parametrize(
    ("role", "by", "sentence"),
    [
        ("PATIENT", "PATIENT", "You have cancelled this appointment."),
        ("PATIENT", "DOCTOR", "the doctor has had to cancel"),
        ("PATIENT", "HOSPITAL", "the hospital has had to cancel"),
        ("DOCTOR", "PATIENT", "The patient has cancelled"),
        ("DOCTOR", "DOCTOR", "You have cancelled this appointment. We have told the patient."),
        ("DOCTOR", "HOSPITAL", "The hospital has cancelled"),
    ],
)
def test_a_cancellation_says_who_cancelled(role, by, sentence):
    data = examples.data("BOOKING_CANCELLED", cancelled_by=by, recipient_role=role)
    assert sentence in _rendered("BOOKING_CANCELLED", data).text


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        ({}, ["attached as a PDF", "Appointment on Thursday 6 August 2026", "Please pay by"], ["sign in"]),
        ({"attachment": None}, ["We'll ask you to sign in."], ["attached"]),
        ({"invoice_url": None, "visit_day": None, "due_on": None}, ["Total: €60.00"], ["For:", "pay by", "billing"]),
    ],
)
def test_an_invoice_says_what_there_is_to_say(changes, said, unsaid):
    text = _rendered("INVOICE", examples.data("INVOICE", **changes)).text
    assert [words for words in said if words not in text] == []
    assert [words for words in unsaid if words in text] == []


def test_the_month_before_january_is_december():
    data = examples.data("DOCTOR_MONTHLY_REPORT", month="2026-01")
    assert "Appointments completed: 112 (December 2025: 98)" in _rendered("DOCTOR_MONTHLY_REPORT", data).text


def test_a_reset_for_nobody_offers_to_sign_up_and_no_reset():
    [(action, data)] = [(a, d) for a, d in examples.every_example() if d.get("account_exists") is False]
    text = _rendered(action, data).text
    assert "There's no account with this e-mail address." in text
    assert data["sign_up_url"] in text
    assert "Choose a new password" not in text


def test_the_first_moment_of_a_code_or_link_is_told():
    assert "    K7M4QX\n" in _rendered("EMAIL_VERIFICATION", examples.data("EMAIL_VERIFICATION")).text
    assert "It works for 15 minutes." in _rendered("EMAIL_VERIFICATION", examples.data("EMAIL_VERIFICATION")).text
    assert "once, for 1 hour." in _rendered("PASSWORD_RESET", examples.data("PASSWORD_RESET")).text


@pytest.mark.parametrize("name", ["www.evil.example", "Win at evil.example", "http://x", "a@b", "Ana / evil"])
def test_a_name_that_reads_as_a_link_is_not_greeted(name):
    message = _message("SIGNUP_WELCOME", examples.data("SIGNUP_WELCOME", to={"email": "ana@hms.example", "name": name}))

    assert "Hello," in message.get_body(("plain",)).get_content().splitlines()
    assert message["To"].addresses[0].display_name == ""
    assert name not in message.as_string()


@pytest.mark.parametrize("name", ["Dr. Ana María", "J. R. Smith", "O'Brien-Łuk", "王小明"])
def test_ordinary_names_are_greeted(name):
    assert wording.person(name) == name


@pytest.mark.parametrize(
    ("utc", "zone", "words"),
    [
        ("2026-08-05T12:30:00Z", "Europe/Madrid", "Wednesday 5 August 2026, 2:30pm"),
        ("2026-08-05T22:00:00Z", "Europe/Madrid", "Thursday 6 August 2026, 12:00am"),
        ("2026-01-05T12:00:00Z", "Europe/London", "Monday 5 January 2026, 12:00pm"),
        ("2026-08-05T23:05:00Z", "Asia/Kolkata", "Thursday 6 August 2026, 4:35am"),
    ],
)
def test_times_are_told_in_the_zone_given(utc, zone, words):
    assert wording.moment_text(datetime.fromisoformat(utc), ZoneInfo(zone)) == words


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/Madrid", "Madrid time (CEST)"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires time (UTC-03)"),
        ("Asia/Dubai", "Dubai time (UTC+04)"),
        ("UTC", "UTC"),
        ("Etc/UTC", "UTC"),
    ],
)
def test_the_zone_is_named(zone, words):
    assert wording.zone_name(datetime(2026, 8, 5, tzinfo=UTC), ZoneInfo(zone)) == words


def test_the_two_half_past_twos_of_october_read_differently():
    summer, winter = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    spans = [wording.span(start, start.replace(minute=45), MADRID) for start in (summer, winter)]
    assert spans == ["2:30am CEST to 2:45am CEST, Madrid time (CEST)", "2:30am CET to 2:45am CET, Madrid time (CET)"]


def test_a_visit_over_midnight_says_on_which_day_it_ends():
    start, end = datetime(2026, 8, 5, 21, 45, tzinfo=UTC), datetime(2026, 8, 5, 22, 15, tzinfo=UTC)
    assert wording.span(start, end, MADRID) == "11:45pm to 12:15am on Thursday 6 August 2026, Madrid time (CEST)"


@pytest.mark.parametrize(
    ("minutes", "words"), [(1, "1 minute"), (90, "90 minutes"), (120, "2 hours"), (4320, "3 days")]
)
def test_lengths_of_time_read_well(minutes, words):
    assert wording.minutes_text(minutes) == words


@pytest.mark.parametrize(("role", "sentence"), [("PATIENT", "still has to confirm"), ("DOCTOR", "You have a request")])
def test_a_moved_appointment_that_waits_for_the_doctor_says_so(role, sentence):
    waiting = examples.data("BOOKING_RESCHEDULED", recipient_role=role, needs_confirmation=True)
    settled = examples.data("BOOKING_RESCHEDULED", recipient_role=role, needs_confirmation=False)

    assert sentence in _rendered("BOOKING_RESCHEDULED", waiting).text
    assert sentence not in _rendered("BOOKING_RESCHEDULED", settled).text


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-10-25T00:30+00:00", "1:30am BST"),
        ("2026-10-25T01:30+00:00", "1:30am GMT"),
        ("2026-10-25T02:00+00:00", "2:00am"),
    ],
)
def test_in_the_hour_that_comes_twice_the_zones_letters_are_said(instant, words):
    assert wording.clock(datetime.fromisoformat(instant), ZoneInfo("Europe/London")) == words
