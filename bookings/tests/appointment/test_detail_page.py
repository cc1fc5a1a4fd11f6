"""The page of an appointment, for each of those who may see it (A7, C8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import StaffFactory, make_staff
from bookings.models import Booking, BookingStatusChange
from bookings.services.cancel import cancel
from bookings.services.steps import check_in, complete, confirm
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, browser_of, cancelled, confirmed, shown, slot_in, text_of
from core.text.phones import phone_words
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db


def page_of(booking: Booking, user: Any) -> str:
    response = browser_of(user).get(reverse("bookings:detail", args=[booking.reference]))
    assert response.status_code == 200
    return text_of(response)


# Who


def test_another_persons_reference_reads_like_none_at_all() -> None:
    booking = booked()
    url = reverse("bookings:detail", args=[booking.reference])
    strangers = [make_patient().user, make_doctor().user]
    assert [browser_of(user).get(url).status_code for user in strangers] == [404, 404]
    assert browser_of(strangers[0]).get("/bookings/BCDF-GHJK/").status_code == 404
    anonymous = Client().get(url)
    assert (anonymous.status_code, anonymous["Location"].startswith("/accounts/login/")) == (302, True)


def test_its_patient_its_doctor_and_staff_see_it() -> None:
    booking = booked()
    for user in (booking.patient.user, booking.doctor.user, StaffFactory()):
        assert booking.reference in page_of(booking, user)


@pytest.mark.parametrize(
    "typed", [str.lower, lambda ref: ref.replace("-", ""), lambda ref: ref.lower().replace("-", "")]
)
def test_a_reference_typed_carelessly_finds_its_page(typed: Callable[[str], str]) -> None:
    booking = booked()
    assert browser_of(booking.patient.user).get(f"/bookings/{typed(booking.reference)}/").status_code == 200


def test_the_page_only_reads() -> None:
    booking = booked()
    url = reverse("bookings:detail", args=[booking.reference])
    browser = browser_of(booking.patient.user)
    assert browser.post(url, {"status": "CONFIRMED"}).status_code == 405
    booking.refresh_from_db()
    assert booking.status == "PENDING"


# What its patient sees


def test_right_after_booking_everything_needed_stands_there() -> None:
    doctor = make_doctor(room="Building B, room 12", confirms_automatically=True)
    booking = booked(slot=slot_in(doctor, hours=24.5), reason="Knee")
    page = page_of(booking, booking.patient.user)
    for words in [
        "Appointment booked",
        "Thursday 6 August 2026",
        "9:30am to 10:00am (BST)",
        "30 minutes",
        "Dr Ana Álvarez, Cardiology",
        "Building B, room 12",
        "£120.00",
        "What to bring",
        "What happens next",
        "Add to calendar",
        "Knee",
        booking.reference,
        "You can move or cancel your appointment here until Thursday 6 August 2026, 7:30am.",
        reverse("bookings:cancel", args=[booking.reference]),
    ]:
        assert words in page


def test_a_request_is_amber_and_nowhere_called_booked() -> None:
    booking = booked()
    browser = browser_of(booking.patient.user)
    addresses = [reverse("bookings:detail", args=[booking.reference]), "/patient/bookings/", "/patient/"]
    for address in addresses:
        page = text_of(browser.get(address))
        assert "Request sent" in page, address
        main = page.partition("<main")[2].partition("</main>")[0]
        assert not re.search(r"\bbooked\b", main, re.IGNORECASE), address
    page = text_of(browser.get(addresses[0]))
    assert "confirmation confirmation--request" in page
    assert "#hourglass-split" in page
    assert "check-circle-fill" not in page.partition("confirmation--request")[2].partition("</div>")[0]
    assert "Dr Ana Álvarez will confirm your request." in page
    assert "Withdraw request" in page

    confirm(booking=booking, by=booking.doctor.user, now=NOW)
    page = text_of(browser.get(addresses[0]))
    assert "Appointment booked" in page
    assert "confirmation--request" not in page


def test_reloading_changes_nothing() -> None:
    booking = booked()
    before = BookingStatusChange.objects.count()
    browser = browser_of(booking.patient.user)
    pages = [text_of(browser.get(reverse("bookings:detail", args=[booking.reference]))) for _ in range(2)]
    assert all("Request sent" in page for page in pages)
    assert BookingStatusChange.objects.count() == before


def test_in_winter_the_time_is_named_gmt() -> None:
    winter = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)
    booking = booked(slot=slot_in(days=(winter - NOW).total_seconds() / 86_400))
    assert "2:30pm to 3:00pm (GMT)" in page_of(booking, booking.patient.user)


def test_a_cancelled_appointment_is_not_called_booked_and_tells_why() -> None:
    booking = booked()
    cancel(booking=booking, by=booking.doctor.user, reason="The doctor is ill", now=NOW)
    page = page_of(booking, booking.patient.user)
    assert "Appointment booked" not in page
    assert "The doctor is ill" in page
    assert "by Dr Ana Álvarez" in page
    assert "Book again" in page
    assert "Add to calendar" not in page
    assert reverse("bookings:cancel", args=[booking.reference]) not in page


def test_an_appointment_that_is_over_offers_to_book_again() -> None:
    booking = confirmed(days=-3)
    page = page_of(booking, booking.patient.user)
    assert "Appointment booked" not in page
    assert "Book again" in page
    assert reverse("bookings:cancel", args=[booking.reference]) not in page


def test_after_the_cutoff_the_page_says_whom_to_phone() -> None:
    booking = confirmed(hours=1)
    page = page_of(booking, booking.patient.user)
    assert "It’s too late to move or cancel it online. Please phone 020 7946 0100." in page
    assert reverse("bookings:cancel", args=[booking.reference]) not in page


def test_a_patient_gets_no_button_of_the_clinic() -> None:
    booking = confirmed(hours=-0.2)
    page = page_of(booking, booking.patient.user)
    assert booking.reference in page
    for name in ("confirm", "check_in", "complete", "no_show"):
        assert reverse(f"bookings:{name}", args=[booking.reference]) not in page


def test_staff_are_the_hospital_to_a_patient() -> None:
    booking = booked()
    confirm(booking=booking, by=StaffFactory(full_name="Sam Secret"), now=NOW)
    page = page_of(booking, booking.patient.user)
    assert "by the hospital" in page
    assert "Sam Secret" not in page


# What its doctor and staff see


@pytest.fixture
def with_history() -> Booking:
    patient = make_patient(
        full_name="Zoë Ω", date_of_birth=date(1990, 8, 6), allergies="Penicillin", medical_history="Asthma"
    )
    return booked(patient=patient, reason="Knee <b>")


def test_a_doctor_sees_whom_to_expect(with_history: Booking) -> None:
    page = page_of(with_history, with_history.doctor.user)
    for words in [
        "Request of Zoë Ω",
        "6 August 1990 (35 years old)",
        "020 7946 0002",
        "Penicillin",
        shown("Knee <b>"),
    ]:
        assert words in page
    assert "Appointment booked" not in page


def test_what_is_known_of_health_is_for_the_doctor_alone(with_history: Booking) -> None:
    page = page_of(with_history, StaffFactory())
    assert "Zoë Ω" in page
    assert "Penicillin" not in page


@pytest.mark.parametrize(
    ("make", "offered"),
    [
        (lambda: booked(days=1), {"confirm", "cancel"}),
        (lambda: confirmed(days=1), {"cancel"}),
        (lambda: confirmed(hours=2), {"check_in", "cancel"}),
        (lambda: confirmed(hours=-0.2), {"check_in", "no_show", "cancel"}),
        (cancelled, set()),
    ],
)
def test_a_doctor_is_offered_what_the_state_and_the_clock_allow(make: Callable[[], Booking], offered: set[str]) -> None:
    booking = make()
    page = page_of(booking, booking.doctor.user)
    names = ("confirm", "check_in", "complete", "no_show", "cancel")
    assert {name for name in names if reverse(f"bookings:{name}", args=[booking.reference]) in page} == offered


def test_checked_in_can_be_completed() -> None:
    booking = confirmed(hours=1)
    check_in(booking=booking, by=booking.doctor.user, now=NOW)
    page = page_of(booking, booking.doctor.user)
    assert reverse("bookings:complete", args=[booking.reference]) in page
    assert reverse("bookings:cancel", args=[booking.reference]) not in page


def test_the_history_is_told_in_words_in_order() -> None:
    booking = confirmed(hours=1)
    page = page_of(booking, booking.doctor.user)
    told = ["Requested, waiting for the doctor to confirm", "by Pat Patient", "Confirmed</strong> by you"]
    places = [page.index(words) for words in told]
    assert places == sorted(places)


def test_the_page_costs_the_same_however_long_the_history(django_assert_max_num_queries: Any) -> None:
    booking = confirmed(hours=1)
    browser = browser_of(booking.doctor.user)
    costs = {}
    for steps in (1, 3):
        if steps == 3:
            check_in(booking=booking, by=booking.doctor.user, now=NOW)
            complete(booking=booking, by=booking.doctor.user, now=NOW + timedelta(hours=1))
        with django_assert_max_num_queries(5) as captured:
            page = browser.get(reverse("bookings:detail", args=[booking.reference]))
        assert page.status_code == 200
        assert text_of(page).count("by you") >= steps
        costs[steps] = len(captured)
    assert costs[3] <= costs[1]


def test_a_manager_reads_neither_reason_nor_notes_nor_how_to_reach_the_patient() -> None:
    booking = booked(reason="chest pain canary")
    Booking.objects.filter(pk=booking.pk).update(notes="notes canary")
    cancel(booking=booking, by=booking.patient.user, reason="why canary", now=NOW)
    phone = phone_words(booking.patient.phone)
    manager = page_of(booking, make_staff(StaffRole.MANAGER))
    reception = page_of(booking, make_staff(StaffRole.RECEPTION))

    told = ("chest pain canary", "notes canary", "why canary", phone)
    assert [word for word in told if word in manager] == []
    assert [word for word in told if word in reception] == list(told)


def test_a_manager_is_offered_no_step_of_the_desk() -> None:
    booking = booked()

    assert "Cancel" not in page_of(booking, make_staff(StaffRole.MANAGER))
    assert "Cancel" in page_of(booking, make_staff(StaffRole.RECEPTION))


def test_reception_goes_back_to_the_day_at_the_desk_and_a_manager_to_the_records() -> None:
    booking = booked()
    url = reverse("bookings:detail", args=[booking.reference])

    assert (
        browser_of(make_staff(StaffRole.RECEPTION)).get(url).context["page"].back_url == "/staff/desk/?date=2026-08-06"
    )
    assert browser_of(make_staff(StaffRole.MANAGER)).get(url).context["page"].back_url == "/admin/"
