"""A long history costs what a short one does (QUALITY): its pages ask the database the same number of times."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking
from bookings.tests.people import browser_of
from clinical.links import history_url, own_records_url, record_url
from clinical.tests.many import many_records
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)


def asked(count: int) -> list[int]:
    """How often each page asks the database, of a patient with so many visits."""
    doctor, patient = make_doctor(), make_patient()
    many_records(doctor, patient, count)
    last = Booking.objects.filter(patient=patient).latest("starts_at")
    return [
        queries(doctor.user, history_url(patient)),
        queries(patient.user, own_records_url(patient)),
        queries(doctor.user, record_url(last)),
    ]


def queries(user: object, address: str) -> int:
    browser = browser_of(user)  # type: ignore[arg-type]
    browser.get(address)  # what a process asks once is asked
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_a_thousand_visits_are_asked_for_as_eleven_are() -> None:
    few = asked(11)

    assert asked(1_000) == few
    assert max(few) < 25
    assert PatientProfile.objects.count() == 2
