"""Every service that takes a key answers the same request alike and refuses another one under the same key (C4).

The services are found by their signature: a new one without a row in `CASES` fails here, and so does a parameter
that nobody compares.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.test import Client

from accounts.tests.factories import StaffFactory
from bookings.models import Booking
from bookings.rules import KeyReused, Newcomer, PatientRef
from bookings.services.book import book
from bookings.services.idempotency import fingerprint_of
from bookings.services.move import move
from bookings.services.walk_in import walk_in as register_walk_in
from bookings.tests.conftest import NOW
from bookings.tests.desk.people import NUMBER, receptionist
from bookings.tests.people import booked, hidden, slot_in, text_of
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db
KEY = "idempotency_key"
# Who asks and when is no part of the wish; `accepting` is only the right by which a time is taken.
NOT_COMPARED = {KEY, "by", "now", "hold_id"}
ANNA = Newcomer("Anna First", date(1980, 3, 31), "020 7946 0999", "")


@dataclass(frozen=True)
class Case:
    """A request, and for each of its parameters another value that makes it another request."""

    service: Callable[..., Booking]
    first: dict[str, Any]
    others: dict[str, list[Any]]


def booking_online() -> Case:
    patient = make_patient()
    own, child = PatientRef.person(patient.pk), PatientRef.person(make_person(patient).pk)
    wish = {"slot_id": slot_in().pk, "patient_ref": own, "reason": "Knee", "notes": "Since May"}
    other = {"slot_id": [slot_in(days=2).pk], "patient_ref": [child], "reason": [""], "notes": ["x"]}
    return Case(book, {**wish, "by": patient.user}, other)


def booking_at_the_desk() -> Case:
    first = {"slot_id": slot_in().pk, "patient_ref": PatientRef.newcomer(ANNA), "by": StaffFactory()}
    return Case(book, first, {"patient_ref": [PatientRef.of(make_patient()), *other_people()]})


def moving_an_appointment() -> Case:
    patient = make_patient()
    doctor = make_doctor()
    first = {"booking": booked(slot=slot_in(doctor), patient=patient), "to_slot_id": slot_in(doctor, days=2).pk}
    others = [booked(slot=slot_in(doctor, days=3), patient=patient), booked(slot=slot_in(doctor, days=4))]
    staff = StaffFactory()
    return Case(move, {**first, "by": staff}, {"booking": others, "to_slot_id": [slot_in(doctor, days=5).pk]})


def walking_in() -> Case:
    doctor = make_doctor()
    first = {
        "patient_ref": PatientRef.newcomer(ANNA),
        "doctor": doctor,
        "slot_id": slot_in(doctor, hours=1).pk,
        "reason": "",
        "by": StaffFactory(),
    }
    other = {
        "patient_ref": [PatientRef.of(make_patient()), *other_people()],
        "doctor": [make_doctor()],
        "slot_id": [slot_in(doctor, hours=2).pk, None],
        "reason": ["Cough"],
    }
    return Case(register_walk_in, first, other)


def walking_in_now() -> Case:
    doctor = make_doctor()
    first = {"patient_ref": PatientRef.of(make_patient()), "doctor": doctor, "by": StaffFactory()}
    others = {"slot_id": [slot_in(doctor, hours=2).pk], "patient_ref": [PatientRef.newcomer(ANNA)]}
    return Case(register_walk_in, first, others)


def other_people() -> list[PatientRef]:
    """Anna, but for one fact."""
    facts = {"full_name": "Bert Second", "date_of_birth": date(1981, 3, 31), "phone": "", "email": "a@example.org"}
    known = {"full_name": ANNA.full_name, "date_of_birth": ANNA.date_of_birth, "phone": ANNA.phone, "email": ANNA.email}
    return [PatientRef.newcomer(Newcomer(**(known | {name: value}))) for name, value in facts.items()]


CASES = [booking_online, booking_at_the_desk, moving_an_appointment, walking_in, walking_in_now]


def keyed_services() -> Iterator[Callable[..., Any]]:
    """Every public function of the product with such a parameter, where it is defined."""
    for app in apps.get_app_configs():
        if app.name not in {
            "accounts",
            "bookings",
            "core",
            "dashboards",
            "doctors",
            "integrations",
            "patients",
            "privacy",
            "sample_data",
        }:
            continue
        for found in pkgutil.walk_packages([app.path], f"{app.name}."):
            if ".migrations" in found.name or ".tests" in found.name or found.name.endswith("__main__"):
                continue
            module = import_module(found.name)
            for name, function in inspect.getmembers(module, inspect.isfunction):
                is_public = function.__module__ == module.__name__ and not name.startswith("_")
                if is_public and KEY in inspect.signature(function).parameters:
                    yield function


READERS = {"booking_made_with"}  # look up what a key made, and write nothing


def test_every_keyed_service_has_a_case_for_each_of_its_parameters() -> None:
    asked: dict[Callable[..., Any], set[str]] = {}
    for make in CASES:
        case = make()
        asked.setdefault(case.service, set()).update(case.others)
    found = {one for one in keyed_services() if one.__name__ not in READERS}
    assert len(found) >= 3
    compared = {item: set(inspect.signature(item).parameters) - NOT_COMPARED for item in found}
    assert asked == compared


@pytest.mark.parametrize("make", CASES)
def test_the_same_request_again_is_answered_alike(make: Callable[[], Case]) -> None:
    case = make()
    first = case.service(**case.first, idempotency_key="k", now=NOW)
    people, bookings = PatientProfile.objects.count(), Booking.objects.count()
    assert case.service(**case.first, idempotency_key="k", now=NOW) == first
    assert first.request_fingerprint
    assert (PatientProfile.objects.count(), Booking.objects.count()) == (people, bookings)


@pytest.mark.parametrize("make", CASES)
def test_another_request_under_the_same_key_is_refused_and_changes_nothing(make: Callable[[], Case]) -> None:
    case = make()
    case.service(**case.first, idempotency_key="k", now=NOW)
    people, bookings = PatientProfile.objects.count(), Booking.objects.count()
    for name, values in case.others.items():
        for value in values:
            with pytest.raises(KeyReused):
                case.service(**(case.first | {name: value}), idempotency_key="k", now=NOW)
    assert (PatientProfile.objects.count(), Booking.objects.count()) == (people, bookings)


# On the page: the walk-in form, sent, gone back to, and sent again about somebody else


@pytest.fixture
def desk() -> Client:
    return receptionist()


def test_a_form_sent_again_about_somebody_else_says_so_and_keeps_what_was_typed(desk: Client, set_clock: Any) -> None:
    set_clock(NOW)
    doctor: DoctorProfile = make_doctor(full_name="Sarah Smith")
    one, other = slot_in(doctor, hours=1), slot_in(doctor, hours=2)
    page = f"/staff/book/?here=1&new={NUMBER}&doctor={doctor.slug}&time="
    anna = {
        "full_name": "Anna First",
        "date_of_birth": "31 3 1980",
        "phone": "020 7946 0999",
        "email": "",
        "reason": "",
    }
    bert = anna | {"full_name": "Bert Second", "reason": "Cut finger"}
    key = hidden(desk.get(f"{page}{one.pk}"), "key")
    assert desk.post(f"{page}{one.pk}", anna | {"key": key}).status_code == 302

    again = desk.post(f"{page}{other.pk}", bert | {"key": key})

    assert again.status_code == 409
    words = text_of(again)
    assert "already been sent with different answers" in words
    assert "Anna First" in words
    assert Booking.objects.get().reference in words
    assert not PatientProfile.objects.filter(own_name="Bert Second").exists()
    for typed in ("Bert Second", "31 3 1980", "Cut finger"):
        assert f'value="{typed}"' in words
    # Pressed once more it is a booking of its own
    fresh = hidden(again, "key")
    assert fresh != key
    assert desk.post(f"{page}{other.pk}", bert | {"key": fresh}).status_code == 302
    assert Booking.objects.get(slot=other).patient.full_name == "Bert Second"
    assert Booking.objects.get(slot=one).patient.full_name == "Anna First"


def test_the_fingerprint_of_a_request_stays_what_it_is() -> None:
    """Bookings keep it: a form sent before a deploy is answered after it."""
    slot = UUID("00000000-0000-4000-8000-000000000001")
    known, new = PatientRef(patient_id=17), PatientRef.newcomer(ANNA)
    assert fingerprint_of(slot, known, "Knee", "") == sha256(f'["{slot}", 17, "Knee", ""]'.encode()).hexdigest()
    anna = '["Anna First", "1980-03-31", "020 7946 0999", ""]'
    assert fingerprint_of(None, new, "walk-in") == sha256(f'["None", {anna}, "walk-in"]'.encode()).hexdigest()
