"""Who sees what at the desk: why somebody comes, but nothing clinical; managers not at all (A7, H1)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import StaffFactory, make_staff
from bookings.models import Booking
from bookings.tests.desk.people import NUMBER, comes, receptionist
from bookings.tests.people import browser_of, slot_in, text_of
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
DESK, BOARD, BOOK = "/staff/desk/", "/staff/desk/board/", "/staff/book/"
SECRETS = ("Epilepsy since 2001", "Penicillin", "Takes lithium", "AB+", "3 Harbour Street")


@pytest.fixture
def booking() -> Booking:
    clinical = dict(zip(("medical_history", "allergies"), SECRETS, strict=False))
    booking = comes("Carl Coming", make_doctor(), minutes=30, **clinical, blood_group="AB+", address="3 Harbour Street")
    Booking.objects.filter(pk=booking.pk).update(reason="Cough for a week", notes="Takes lithium")
    return booking


def desk_pages(booking: Booking) -> list[str]:
    slot = slot_in(booking.doctor, days=1)
    chosen = f"{BOOK}?patient={booking.patient.pk}&doctor={booking.doctor.slug}"
    booked = reverse("bookings:desk_booked", args=[booking.reference])
    return [DESK, BOARD, BOOK, f"{BOOK}?q=carl", chosen, f"{chosen}&time={slot.pk}", booked]


def test_reception_reads_why_somebody_comes_and_nothing_clinical(booking: Booking) -> None:
    desk = receptionist()

    pages = {path: text_of(desk.get(path)) for path in desk_pages(booking)}

    assert "Cough for a week" in pages[DESK]
    assert "Carl Coming" in pages[f"{BOOK}?q=carl"]
    assert {secret: path for path, page in pages.items() for secret in SECRETS if secret in page} == {}


def test_only_reception_and_administrators_have_a_desk(booking: Booking) -> None:
    kept_out = {
        "manager": browser_of(make_staff(StaffRole.MANAGER)),
        "of no kind": browser_of(StaffFactory(is_superuser=False)),
        "doctor": browser_of(booking.doctor.user),
        "patient": browser_of(booking.patient.user),
    }
    let_in = [receptionist(), browser_of(make_staff(StaffRole.ADMINISTRATOR)), browser_of(StaffFactory())]
    for path in desk_pages(booking):
        assert {who: browser.get(path).status_code for who, browser in kept_out.items()} == dict.fromkeys(kept_out, 403)
        assert [browser.get(path).status_code for browser in let_in] == [200] * 3
        assert Client().get(path)["Location"].startswith("/accounts/login/")


def test_who_is_kept_out_books_nothing(booking: Booking) -> None:
    slot = slot_in(booking.doctor, days=1)
    url = f"{BOOK}?patient={booking.patient.pk}&doctor={booking.doctor.slug}&time={slot.pk}"

    for user in (make_staff(StaffRole.MANAGER), booking.doctor.user, make_patient().user):
        assert browser_of(user).post(url, {"reason": "", "key": "k"}).status_code == 403
    assert Booking.objects.count() == 1


@pytest.mark.parametrize(
    "name", ["q", "find", "patient", "new", "doctor", "department", "day", "time", "date", "status"]
)
@pytest.mark.parametrize("value", ["'", "%00", "x" * 3_000, "-1", "９９", "<b>", "2026-08-05T00:00", "🦉"])
def test_no_parameter_breaks_a_page(name: str, value: str) -> None:
    desk = receptionist()

    for path in (DESK, BOARD, BOOK):
        asked = {"new": NUMBER} | {name: value}
        assert desk.get(path, asked, follow=True).status_code in {200, 409}
