"""The treatment history as a CSV file: a row a visit, safe for spreadsheets, at a constant cost a batch (F4)."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.tests.conftest import NOW
from clinical import selectors
from clinical.documents import history_csv
from clinical.documents.history_csv import header, history_chunks
from clinical.medications import Code, Medication
from clinical.models import TreatmentRecordQuerySet
from clinical.tests.factories import AMOXICILLIN, ASTHMA, amend, make_record, make_visit
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)


def own(patient: PatientProfile) -> TreatmentRecordQuerySet:
    return selectors.newest_first(selectors.records_visible_to(patient.user, NOW), patient)


def file_of(records: TreatmentRecordQuerySet) -> str:
    return b"".join(history_chunks(records)).decode("utf-8")


def rows_of(records: TreatmentRecordQuerySet) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file_of(records).removeprefix("\ufeff"))))


def test_a_row_says_all_of_a_record_as_it_holds_now() -> None:
    patient = make_patient()
    version = make_record(make_visit(patient=patient), ASTHMA)
    content = replace(
        ASTHMA,
        diagnosis_code=Code(system="http://hl7.org/fhir/sid/icd-10", code="J45.9"),
        medications=(AMOXICILLIN, Medication(name="布洛芬", dose="200 mg", frequency="twice a day", as_needed=True)),
        follow_up_date=date(2026, 9, 1),
    )
    amend(version, content, reason="A medicine was missing")
    booking = version.record.booking

    assert rows_of(own(patient)) == [
        {
            "Day of the visit": "2026-08-05",
            "Time": "09:10",
            "Reference": booking.reference,
            "Doctor": booking.doctor.display_name,
            "Department": booking.doctor.department.name,
            "Version": "2",
            "Signed at": "2026-08-05T09:01:00+01:00",
            "Signed by": booking.doctor.user.full_name,
            "Amended because": "A medicine was missing",
            "Diagnosis": "Asthma, well controlled",
            "Code": "J45.9",
            "System of the code": "ICD-10",
            "Notes": "Chest clear.",
            "Medicines": "Amoxicillin, 500 mg, by mouth, three times a day, 7 days | "
            "布洛芬, 200 mg, twice a day, as needed",
            "Instructions": "Rest, and drink enough.",
            "Follow-up": "2026-09-01",
        }
    ]


def test_no_spreadsheet_takes_what_was_written_for_a_program() -> None:
    patient = make_patient()
    content = replace(ASTHMA, diagnosis="=1+1", notes="@SUM(A1)\nand more", instructions="＝HYPERLINK()")
    make_record(make_visit(patient=patient), content)

    (row,) = rows_of(own(patient))

    assert file_of(own(patient)).startswith("\ufeff")
    assert (row["Diagnosis"], row["Notes"]) == ("'=1+1", "'@SUM(A1) and more")
    assert row["Instructions"].startswith("'")


def test_only_what_is_signed_and_only_of_the_patient_is_in_it() -> None:
    patient = make_patient()
    make_record(make_visit(patient=patient))
    make_visit(patient=patient, hours=-5)
    make_record()

    assert len(rows_of(own(patient))) == 1


def test_without_records_there_is_the_header_alone() -> None:
    assert file_of(own(make_patient())).count("\n") == 1
    assert len(header()) == len(set(header()))


def test_progress_is_told_after_each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_csv, "AT_ONCE", 2)
    patient = make_patient()
    for day in range(5):
        make_record(make_visit(patient=patient, completed=True, days=-day - 1))
    told: list[tuple[int, int]] = []

    list(history_chunks(own(patient), lambda done, total: told.append((done, total))))

    assert told == [(0, 5), (2, 5), (4, 5), (5, 5)]
    days = [row["Day of the visit"] for row in rows_of(own(patient))]
    assert days == sorted(days, reverse=True)
    assert len(days) == 5


def test_a_batch_costs_the_same_however_many_are_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def cost(patient: PatientProfile) -> int:
        with CaptureQueriesContext(connection) as queries:
            list(history_chunks(own(patient)))
        return len(queries)

    one, several = make_patient(), make_patient()
    make_record(make_visit(patient=one, completed=True, days=-1))
    for day in range(4):
        amend(make_record(make_visit(patient=several, completed=True, days=-day - 1)), ASTHMA)

    assert cost(one) == cost(several) == 3
    monkeypatch.setattr(history_csv, "AT_ONCE", 2)
    assert cost(several) == 5
