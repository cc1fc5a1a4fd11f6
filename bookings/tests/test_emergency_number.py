"""Whom to call instead of booking: above each field for a complaint, and at the foot of each page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django import forms
from django.test import Client, override_settings
from django.utils.html import escape

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.admin.forms import NewBookingForm
from bookings.desk.forms import DeskBookingForm
from bookings.fields import ComplaintField
from bookings.new.forms import BookingForm
from bookings.tests.conftest import NOW
from bookings.tests.desk.people import NUMBER
from bookings.tests.people import browser_of, new_address, slot_in, text_of
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
HERE = {"EMERGENCY_NUMBER": "112", "URGENT_CARE_NUMBER": "116 117"}
WORDS = "In an emergency, call 112. For urgent medical advice, call 116 117. Don’t book an appointment."


def pages() -> dict[str, tuple[Client, str]]:
    slot, patient = slot_in(), make_patient()
    desk, office = (browser_of(make_staff(role)) for role in (StaffRole.RECEPTION, StaffRole.ADMINISTRATOR))
    chosen = f"doctor={slot.doctor.slug}&time={slot.pk}"
    return {
        "patient": (browser_of(patient.user), new_address(slot)),
        "desk": (desk, f"/staff/book/?patient={patient.pk}&{chosen}"),
        "desk, newcomer": (desk, f"/staff/book/?new={NUMBER}&{chosen}"),
        "admin": (office, "/admin/bookings/booking/add/"),
    }


@override_settings(**HERE)
@pytest.mark.parametrize("name", ["patient", "desk", "desk, newcomer", "admin"])
def test_it_stands_beside_each_complaint(name: str) -> None:
    browser, address = pages()[name]
    form = text_of(browser.get(address)).partition("<main")[2].partition("</main>")[0] or text_of(browser.get(address))
    assert 'name="reason"' in form
    before, _, after = form.partition('name="reason"')
    assert escape(WORDS) in (after if name == "admin" else before)[-2_500 if name != "admin" else 0 :]


@override_settings(**HERE)
@pytest.mark.parametrize("address", ["/", "/doctors/", "/accounts/login/"])
def test_it_stands_at_the_foot_of_each_page(address: str) -> None:
    foot = text_of(Client().get(address)).partition("<footer")[2]
    assert escape(WORDS) in foot


def test_no_form_of_a_booking_asks_for_a_reason_without_it() -> None:
    today = (NOW + timedelta(0)).date()
    asked: list[forms.BaseForm] = [BookingForm(), DeskBookingForm(is_new=True, today=today)]
    assert all(isinstance(form.fields["reason"], ComplaintField) for form in asked)
    assert str(NewBookingForm.base_fields["reason"].help_text).startswith("In an emergency, call 999.")
