"""What it costs is said before somebody closes their account, or takes a person off their list (G1)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff, sign_in
from billing.models import DoctorFees
from billing.services.visits import settle_visit
from billing.tests.factories import make_invoice, pay
from bookings.fields import choice_name
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.steps import confirm
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, browser_of, confirmed, slot_in, text_of
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


@pytest.fixture(autouse=True)
def _fees(settings: Any) -> None:
    settings.LATE_CANCELLATION_PERCENT = 50
    settings.CANCEL_CUTOFF_HOURS = 2


def signed_in_lately(user: User) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def closing_page(viewer: User) -> str:
    page = text_of(signed_in_lately(viewer).get(reverse("bookings:close_own")))
    assert "Close my account" in page
    return page


def visit_of(person: PatientProfile, guardian: PatientProfile, hours: int) -> Booking:
    booking = book(slot_id=slot_in(hours=hours).pk, patient_ref=PatientRef.of(person), by=guardian.user, now=NOW)
    return confirm(booking=booking, by=booking.doctor.user, now=NOW)


def test_closing_says_what_each_visit_costs_and_then_it_costs_that() -> None:
    booking = confirmed(hours=23)

    page = closing_page(booking.patient.user)

    assert "If you cancel the appointment of Pat Patient on " in page
    assert " now, it costs £60.00." in page
    sent = {choice_name(booking): "cancel", "reason": ""}
    signed_in_lately(booking.patient.user).post(reverse("bookings:close_own"), sent)
    settle_visit(booking_id=booking.pk, now=NOW)
    assert booking.invoices.get().total_cents == 6_000


def test_visits_of_whom_somebody_cares_for_cost_as_well() -> None:
    guardian = make_patient()
    visit_of(make_person(guardian, full_name="Tom Low"), guardian, 23)
    visit_of(make_person(guardian, full_name="Ann Low"), guardian, 48)

    page = closing_page(guardian.user)

    assert "If you cancel the appointment of Tom Low on " in page
    assert "If you cancel the appointment of Ann Low on " not in page
    assert page.count(" now, it costs ") == 1


def test_nothing_is_said_of_what_costs_nothing_or_can_only_be_kept() -> None:
    for booking in (confirmed(hours=25), booked(hours=5), confirmed(hours=1)):
        assert "costs" not in closing_page(booking.patient.user)
    free = confirmed(hours=23)
    DoctorFees.objects.create(doctor=free.doctor, late_cancellation_percent=0)
    assert "costs" not in closing_page(free.patient.user)


def test_nothing_is_said_to_staff_whose_closing_costs_nothing() -> None:
    booking = confirmed(hours=23)

    page = text_of(
        browser_of(make_staff(StaffRole.ADMINISTRATOR)).get(reverse("bookings:closing", args=[booking.patient.pk]))
    )

    assert "Close the account" in page
    assert "costs" not in page


def removal_page(person: PatientProfile, guardian: PatientProfile) -> str:
    page = text_of(browser_of(guardian.user).get(reverse("bookings:person_remove", args=[person.pk])))
    assert "Remove from my list" in page
    return page


def test_removing_a_person_says_what_is_still_to_pay_for_them() -> None:
    guardian = make_patient()
    person, other = make_person(guardian, full_name="Tom Low"), make_person(guardian, full_name="Ann Low")
    invoice = make_invoice(8_000, patient=person)
    make_invoice(5_000, patient=person)
    make_invoice(9_900, patient=guardian)
    pay(invoice, 1_000)

    assert "£120.00 is still to pay for Tom Low." in removal_page(person, guardian)
    assert "still to pay" not in removal_page(other, guardian)
