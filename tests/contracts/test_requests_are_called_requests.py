"""What nobody has confirmed is a request: no message, page or trail says of it that an appointment stands (C3, D2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import StaffFactory, sign_in
from audit.models import Entry
from audit.presenters import what
from bookings.choices import Status
from bookings.models import Booking
from bookings.services import reminders
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.tests.factories import make_booking, make_offers
from bookings.time_off.rules import TimeOffDecision
from bookings.time_off.services import take_time_off
from core import clock
from doctors.tests.factories import make_slot
from email_service import contract
from email_service.messages import compose
from integrations.choices import Channel
from integrations.email_gateway.client import data_of
from integrations.models import OutgoingMessage
from tests.contracts.test_booking_messages import booked_at_once, confirmed, moved, waiting

pytestmark = pytest.mark.django_db(transaction=True)
STANDS = re.compile(
    r"appointment (is )?(booked|moved|cancelled|confirmed|coming)|(your|this|the|an|new) appointment", re.IGNORECASE
)
ASKS = "You have asked for an appointment with"  # what a request is


def moves(booking: Booking, by: User) -> Booking:
    later = make_slot(booking.doctor, days=3)
    return move(booking=booking, to_slot_id=later.pk, by=by, now=clock.now())


def withdrawn(by: Callable[[Booking], User]) -> Booking:
    booking = waiting()
    return cancel(booking=booking, by=by(booking), now=clock.now())


def reminded() -> Booking:
    booking = waiting()
    reminders.remind(now=booking.starts_at - timedelta(hours=12))
    return booking


def offered() -> Booking:
    booking = waiting()
    make_slot(booking.doctor, days=5)
    take_time_off(
        doctor=booking.doctor,
        off=(booking.starts_at - timedelta(hours=1), booking.ends_at + timedelta(hours=1)),
        note="",
        decisions={booking.reference: TimeOffDecision.OFFER},
        by=booking.doctor.user,
        now=clock.now(),
    )
    return booking


def request_moved() -> Booking:
    booking = waiting()
    return moves(booking, booking.patient.user)


REQUESTS: dict[str, Callable[[], Booking]] = {
    "asked for": waiting,
    "moved while asked for": request_moved,
    "confirmed, and moved by the patient": moved,
    "withdrawn by the patient": lambda: withdrawn(lambda booking: booking.patient.user),
    "declined by the doctor": lambda: withdrawn(lambda booking: booking.doctor.user),
    "declined by staff": lambda: withdrawn(lambda _booking: StaffFactory()),
    "reminded of": reminded,
    "offered other times": offered,
}
# Of what is not, or no longer, a request; the rest has nothing to do with one booking.
OF_OTHERS = {"BOOKING_CONFIRMATION"}
OF_NO_BOOKING = {"WAITLIST_OFFER", "WAITLIST_CLOSED"}


def told_of(booking: Booking) -> list[OutgoingMessage]:
    mails = OutgoingMessage.objects.filter(channel=Channel.EMAIL).order_by("pk")
    return [mail for mail in mails if mail.data.get("booking", {}).get("reference") == booking.reference]


def words_of(mail: OutgoingMessage) -> str:
    letter = compose(mail.action, dict(contract.check({"id": "m", "action": mail.action, "data": data_of(mail)}).data))
    said = [letter.subject, letter.heading, *letter.opening, letter.button.label, *letter.closing]
    return "\n".join(said).replace(ASKS, "")


@pytest.mark.parametrize("story", REQUESTS)
def test_no_message_calls_a_request_an_appointment(story: str) -> None:
    mails = told_of(REQUESTS[story]())
    assert len(mails) >= 1
    for mail in mails:
        found = STANDS.search(words_of(mail))
        assert not found, (mail.action, words_of(mail))
        assert re.search("request|asked for|please confirm|other time|another time", words_of(mail), re.IGNORECASE) or (
            "can't see you" in words_of(mail)
        )


def test_every_kind_of_message_about_a_booking_is_walked() -> None:
    seen = {mail.action for story in REQUESTS.values() for mail in told_of(story())}
    about = {name for name in contract.ACTIONS if "BOOKING" in name or "TIMES" in name or "REMINDER" in name}
    assert about == seen | OF_OTHERS
    waitlist = {name for name in contract.ACTIONS if name.startswith("WAITLIST")}
    assert waitlist == OF_NO_BOOKING


def test_the_control_an_appointment_that_stands_is_called_so() -> None:
    """What is searched for is what these messages say."""
    booking = confirmed()
    cancel(booking=booking, by=booking.patient.user, now=clock.now())
    said = [words_of(mail) for mail in told_of(booking) if mail.action != "BOOKING_PENDING"]
    assert sum(bool(STANDS.search(words)) for words in said) >= 2


def trail_of(booking: Booking) -> str:
    made = Entry.objects.get(name=booking.reference, pgh_label="insert")
    return what(made)


def test_the_trail_says_requested_of_a_request_and_booked_of_an_appointment() -> None:
    asked, stands = waiting(), booked_at_once()
    assert trail_of(asked).endswith(f"{asked.reference} requested")
    assert trail_of(stands).endswith(f"{stands.reference} booked")
    new = moved()
    assert new.status == Status.PENDING
    assert trail_of(new).endswith(f"{new.reference} requested, instead of an earlier time")


def page_after(browser: Client, path: str, sent: dict[str, Any]) -> str:
    return browser.post(path, sent, follow=True).content.decode()


@pytest.mark.parametrize("make", [waiting, confirmed, booked_at_once])
def test_the_page_after_a_move_says_what_the_new_time_is(make: Callable[[], Booking]) -> None:
    booking, browser = make(), Client()
    sign_in(browser, booking.patient.user)
    later = make_slot(booking.doctor, days=3)
    path = f"/bookings/{booking.reference}/move/?slot={later.pk}"
    page = page_after(browser, path, {"idempotency_key": "k" * 32})

    new = Booking.objects.get(moved_from=booking)
    asked = "The doctor still has to confirm it."
    assert (asked in page) is (new.status == Status.PENDING)
    assert "Moved to " in page
    old = browser.get(f"/bookings/{booking.reference}/", follow=True).content.decode()
    assert ("This is the request now." in old) is (new.status == Status.PENDING)


def offered_then(booking: Booking) -> Booking:
    make_offers(booking, [make_slot(booking.doctor, days=6)], now=clock.now())
    return booking


Pages = Callable[[Booking], tuple[User, str]]


def by_patient(path: str) -> Pages:
    return lambda booking: (booking.patient.user, f"/bookings/{booking.reference}/{path}")


# Whose, which page; `{free}` is a time of the doctor's to move to, `{taken}` one that somebody else has.
REQUEST_PAGES: dict[str, Pages] = {
    "the request": by_patient(""),
    "the request, by its doctor": lambda booking: (booking.doctor.user, f"/bookings/{booking.reference}/"),
    "the request, by staff": lambda booking: (StaffFactory(), f"/bookings/{booking.reference}/"),
    "to move": by_patient("move/"),
    "to move, a time chosen": by_patient("move/?slot={free}"),
    "to move, a time that is taken": by_patient("move/?slot={taken}"),
    "to withdraw": by_patient("cancel/"),
    "other times held instead": by_patient("offers/"),
}


def main_of(answer: Any) -> str:
    """The words of a page, its title too, without what stands on every page."""
    assert answer.status_code in {200, 409}, answer
    text = answer.content.decode()
    title, main = re.search(r"(?s)<title>(.*?)</title>", text), re.search(r"(?s)<main\b.*?</main>", text)
    assert title
    assert main
    words = re.sub(r"<[^>]+>", " ", f"{title[1]}. {main[0]}")
    return re.sub(r"\s+", " ", unescape(words)).replace("Don’t book an appointment.", "")


def page_of(make: Callable[[], Booking], page: str) -> str:
    booking, browser = make(), Client()
    if page == "other times held instead":
        offered_then(booking)
    free, taken = make_slot(booking.doctor, days=4), make_slot(booking.doctor, days=5)
    make_booking(slot=taken)
    user, path = REQUEST_PAGES[page](booking)
    browser.force_login(user)
    return main_of(browser.get(path.format(free=free.pk, taken=taken.pk)))


@pytest.mark.parametrize("page", REQUEST_PAGES)
def test_no_page_calls_a_request_an_appointment(page: str) -> None:
    words = page_of(waiting, page)
    assert STANDS.findall(words) == [], words
    assert "request" in words.lower()


@pytest.mark.parametrize("page", sorted(set(REQUEST_PAGES) - {"to move, a time chosen"}))
def test_the_control_a_page_of_an_appointment_calls_it_so(page: str) -> None:
    assert re.search("appointment", page_of(confirmed, page), re.IGNORECASE)


def test_a_request_that_was_withdrawn_never_became_an_appointment() -> None:
    for booking, is_request in ((withdrawn(lambda one: one.patient.user), True), (confirmed(), False)):
        if not is_request:
            cancel(booking=booking, by=booking.patient.user, now=clock.now())
        browser = Client()
        browser.force_login(booking.patient.user)
        words = main_of(browser.get(f"/bookings/{booking.reference}/"))
        assert words.startswith("Your request to Dr" if is_request else "Your appointment with Dr")


@pytest.mark.parametrize("make", [waiting, confirmed, booked_at_once])
@pytest.mark.parametrize("way", ["move", "offers"])
def test_who_moves_twice_is_told_what_has_been_moved(make: Callable[[], Booking], way: str) -> None:
    booking, browser = make(), Client()
    browser.force_login(booking.patient.user)
    first, second = make_slot(booking.doctor, days=3), make_slot(booking.doctor, days=4)
    new = move(booking=booking, to_slot_id=first.pk, by=booking.patient.user, now=clock.now())
    if way == "move":
        sent = (f"/bookings/{booking.reference}/move/?slot={second.pk}", {"idempotency_key": "k" * 32})
    else:
        sent = (f"/bookings/{booking.reference}/offers/", {"slot": str(second.pk)})
    page = unescape(page_after(browser, *sent))

    asked = "This request has already been moved. This is the time it asks for now."
    stands = "This appointment has already been moved. This is its new time."
    assert (asked in page, stands in page) == (new.status == Status.PENDING, new.status != Status.PENDING)
