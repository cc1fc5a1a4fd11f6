"""A treatment history as a CSV file, made in the background (F4)."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.models import Booking
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, confirmed, slot_in
from clinical.models import EmergencyAccess
from clinical.tests.factories import ASTHMA, make_record, make_visit, readings
from doctors.tests.factories import make_doctor
from exports.models import Export
from exports.services import claim, run
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db(transaction=True)


def made() -> Export:
    """The file that was asked for, made as a worker does."""
    export = claim(Export.objects.get().pk, now=NOW)
    assert export is not None
    assert run(export, now=lambda: NOW)
    return export


def asked(user: Any, patient_id: object) -> Any:
    return browser_of(user).post(reverse("clinical:export"), {"patient": str(patient_id)})


def test_a_history_is_asked_for_made_and_downloaded() -> None:
    patient = make_patient()
    for days in (-14, -7):
        make_record(
            make_visit(patient=patient, days=days), replace(ASTHMA, notes="=HYPERLINK()", diagnosis=f"Day {days}")
        )
    response = asked(patient.user, patient.pk)
    export = Export.objects.get()
    assert response["Location"] == reverse("exports:export", args=[export.pk])
    assert readings() == []  # nobody has read anything yet

    made()
    file = browser_of(patient.user).get(reverse("exports:download", args=[export.pk]))

    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [row[9] for row in rows] == ["Diagnosis", "Day -7", "Day -14"]
    assert rows[1][12] == "'=HYPERLINK()"  # no spreadsheet takes it for a formula
    assert [row.details for row in readings()] == [{"channel": "csv", "capacity": "patient", "records": 2}]
    assert readings()[0].about == [f"patients.patientprofile:{patient.pk}"]


def test_nobody_else_has_one_made() -> None:
    version = make_record()
    patient = Booking.objects.get().patient
    guardian = make_patient()
    make_person(guardian)
    helper = make_doctor()
    EmergencyAccess.objects.create(
        doctor=helper, patient=patient, reason="OTHER", words="x", granted_at=NOW, until=NOW + timedelta(hours=1)
    )
    far = make_doctor()
    confirmed(slot=slot_in(far, days=9), patient=patient)
    strangers = [make_doctor().user, make_patient().user, guardian.user, helper.user, far.user]

    for user in (*strangers, *(make_staff(kind) for kind in StaffRole)):
        assert asked(user, patient.pk).status_code == 404
    assert asked(patient.user, "x").status_code == 404
    assert asked(patient.user, 2**40).status_code == 404
    assert not Export.objects.exists()
    assert version


def test_the_doctor_who_treats_them_may_until_they_do_no_more() -> None:
    version = make_record()
    booking = Booking.objects.get(treatment_record=version.record)
    treating = make_doctor()
    ahead = confirmed(slot=slot_in(treating, days=5), patient=booking.patient)
    asked(treating.user, booking.patient_id)
    made()
    address = reverse("exports:download", args=[Export.objects.get().pk])
    assert browser_of(treating.user).get(address).status_code == 200

    Booking.objects.filter(pk=ahead.pk).update(
        status="CANCELLED", cancelled_at=NOW, cancelled_by=booking.patient.user, slot=None
    )

    assert browser_of(treating.user).get(address).status_code in {403, 404}
    assert len(readings()) == 1
