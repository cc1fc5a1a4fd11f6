"""Two people of one name on one list are told apart by their birth dates; nobody else's is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
from django import forms
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from bookings.account_closure.forms import ClosingForm
from bookings.departures import forms as departure_forms
from bookings.models import Booking
from bookings.new.for_whom import choices_of
from bookings.tests.desk.people import receptionist
from bookings.tests.people import booked, browser_of, confirmed, slot_in, text_of
from bookings.time_off import forms as time_off_forms
from bookings.waiting_list.presenters import people_choices
from core import clock
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.presenters import names_apart
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)
FIRST, SECOND = "born Thursday 4 June 2015", "born Monday 6 June 2016"


@pytest.fixture
def namesakes() -> list[PatientProfile]:
    """One name as two families write it, and somebody else."""
    return [
        make_patient(full_name="Sean O\u2019Brien", date_of_birth=date(2015, 6, 4)),
        make_patient(full_name="sean obrien", date_of_birth=date(2016, 6, 6)),
        make_patient(full_name="Carl Other", date_of_birth=date(1990, 5, 17)),
    ]


def test_only_namesakes_have_their_birth_date_beside_the_name(namesakes: list[PatientProfile]) -> None:
    names = list(names_apart(namesakes).values())

    assert names == [f"Sean O\u2019Brien, {FIRST}", f"sean obrien, {SECOND}", "Carl Other"]
    assert list(names_apart([namesakes[0], namesakes[0]]).values()) == ["Sean O\u2019Brien"]


def test_on_the_pages_of_the_doctor_and_at_the_desk(namesakes: list[PatientProfile]) -> None:
    doctor = make_doctor()
    for number, patient in enumerate(namesakes):
        make = booked if number == 1 else confirmed
        make(slot=slot_in(doctor, minutes=10, hours=number + 1), patient=patient)
    browser = browser_of(doctor.user)
    pages = {
        "home": browser.get(reverse("dashboards:doctor")),
        "list": browser.get(reverse("bookings:doctor_list")),
        "desk": receptionist().get(reverse("bookings:desk")),
    }
    for called, page in pages.items():
        assert page.status_code == 200, called
        assert FIRST in text_of(page), called
        assert SECOND in text_of(page), called
        assert "Carl Other" in text_of(page), called
        assert "17 May 1990" not in text_of(page), called


def test_where_is_asked_for_whom(namesakes: list[PatientProfile]) -> None:
    parent = namesakes[2]
    one, two = namesakes[:2]
    for words in (
        [label for _, label in pick]
        for pick in (choices_of(namesakes, {}, parent.user), people_choices(namesakes, parent.user))
    ):
        assert f"{one.full_name}, {FIRST}" in words[0]
        assert f"{two.full_name}, {SECOND}" in words[1]
        assert words[2] == "Yourself, Carl Other"


DECIDED: dict[str, Callable[[list[Booking], User], forms.Form]] = {
    "time off": lambda found, by: time_off_forms.DecisionForm(
        effect=SimpleNamespace(bookings=found, offers={}), now=clock.now()
    ),
    "a doctor leaves": lambda found, by: departure_forms.DepartureDecisionsForm(
        effect=SimpleNamespace(bookings=found, with_colleague={})
    ),
    "an account is closed": lambda found, by: ClosingForm(bookings=found, by=by, now=clock.now()),
}


@pytest.mark.parametrize("why", DECIDED)
def test_where_it_is_decided_what_becomes_of_their_appointments(namesakes: list[PatientProfile], why: str) -> None:
    doctor = make_doctor()
    found = [booked(slot=slot_in(doctor, hours=n + 1), patient=patient) for n, patient in enumerate(namesakes)]
    fields = DECIDED[why](found, make_staff(StaffRole.ADMINISTRATOR)).fields
    names = [f"Sean O\u2019Brien, {FIRST}", f"sean obrien, {SECOND}", "Carl Other"]

    for booking, name, other in zip(found, names, ["", "", "born"], strict=True):
        field = fields[f"choice_{booking.reference}"]
        assert str(field.label).startswith(f"{name}, " if why != "an account is closed" else f"{name} with ")
        assert name in str(field.error_messages["required"])
        assert name in str(field.error_messages["invalid_choice"])
        assert not other or other not in str(field.label)
