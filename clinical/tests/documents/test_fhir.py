"""A history as a FHIR R4 Bundle: right by the published schema, whatever was written, and nothing left out (F4)."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft6Validator

from bookings.choices import Status
from bookings.tests.conftest import NOW
from clinical import selectors
from clinical.content import RecordContent
from clinical.documents.fhir import _ENCOUNTER_STATUS, _text, history_bundle
from clinical.medications import Code, Medication
from clinical.models import TreatmentRecord, TreatmentRecordQuerySet
from clinical.tests import fhir_schema
from clinical.tests.factories import AMOXICILLIN, ASTHMA, amend, make_record, make_visit
from patients.models import PatientProfile
from patients.tests.factories import make_patient

SCHEMA = Path(fhir_schema.__file__).parent
JUDGE = Draft6Validator(json.loads((SCHEMA / "r4.json").read_text(encoding="utf-8")))
FULL = RecordContent(
    diagnosis="अस्थमा, हल्का",
    diagnosis_code=Code(system="http://hl7.org/fhir/sid/icd-10", code="J45.9", display="Asthma, unspecified"),
    notes="Chest clear.\nΒήχας τη νύχτα.",
    medications=(
        replace(AMOXICILLIN, instructions="With food", allergy_reason="Tolerated last year"),
        Medication(
            name="سالبوتامول",
            dose="2 puffs",
            frequency="every 4 hours",
            route="inhaled",
            as_needed=True,
            as_needed_for="wheezing",
            code=Code(system="http://www.whocc.no/atc", code="R03AC02"),
        ),
        Medication(name="布洛芬", dose="200 mg", frequency="twice a day", as_needed=True),
    ),
    instructions="พักผ่อน",
    follow_up_date=date(2026, 9, 1),
)


def bundle_of(patient: PatientProfile) -> dict[str, Any]:
    return history_bundle(patient, records_of(patient), made_at=NOW)


def records_of(patient: PatientProfile) -> list[TreatmentRecord]:
    records = TreatmentRecordQuerySet(TreatmentRecord).signed().with_visit()
    return list(selectors.with_versions(selectors.newest_first(records, patient)))


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def strings(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    parts = list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else []
    return [text for item in parts for text in strings(item)]


# The schema


def test_the_schema_is_the_one_its_source_names() -> None:
    found = dict(re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", (SCHEMA / "SOURCE.md").read_text(), re.MULTILINE))

    assert found == {"r4.json": hashlib.sha256((SCHEMA / "r4.json").read_bytes()).hexdigest()}
    Draft6Validator.check_schema(JUDGE.schema)


@pytest.mark.django_db(transaction=True)
def test_a_bundle_with_everything_is_valid() -> None:
    patient = make_patient(full_name="प्रिया शर्मा")
    make_record(make_visit(patient=patient), FULL)
    make_record(make_visit(patient=patient, completed=True, hours=-5), ASTHMA)

    bundle = bundle_of(patient)

    assert list(JUDGE.iter_errors(bundle)) == []
    kinds = ("Patient", "Encounter", "Condition", "MedicationRequest")
    assert [len(resources(bundle, kind)) for kind in kinds] == [1, 2, 2, 4]
    assert json.loads(json.dumps(bundle)) == bundle


@pytest.mark.django_db(transaction=True)
def test_a_patient_without_records_is_a_bundle_too() -> None:
    assert list(JUDGE.iter_errors(bundle_of(make_patient()))) == []


BREAKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a status that is none": lambda one: resources(one, "Encounter")[0].update(status="maybe"),
    "a dosage that is no list": lambda one: resources(one, "MedicationRequest")[0].update(dosageInstruction="500 mg"),
    "a medicine of nobody": lambda one: resources(one, "MedicationRequest")[0].pop("subject"),
    "an instant without its offset": lambda one: one.update(timestamp="2026-08-05T09:00:00"),
    "a field that is none": lambda one: resources(one, "Patient")[0].update(shoe_size=42),
    "an empty text": lambda one: resources(one, "Condition")[0]["code"].update(text=""),
    "a text with a control character": lambda one: resources(one, "Condition")[0]["code"].update(text="\u2028"),
    "a resource that is none": lambda one: resources(one, "Patient")[0].update(resourceType="Patience"),
    "a bundle of no type": lambda one: one.update(type="heap"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_bundle_is_refused(what: str) -> None:
    """The control: a schema that lets everything through would pass the tests above."""
    version = make_record(content=FULL)
    bundle = bundle_of(version.record.booking.patient)
    broken = copy.deepcopy(bundle)
    BREAKS[what](broken)

    assert JUDGE.is_valid(bundle)
    assert not JUDGE.is_valid(broken)


# What the schema doesn't ask


@pytest.mark.django_db(transaction=True)
def test_each_entry_has_a_name_of_its_own_and_every_reference_leads_to_one() -> None:
    version = make_record(content=FULL)
    bundle = bundle_of(version.record.booking.patient)

    names = [entry["fullUrl"] for entry in bundle["entry"]]
    references = set(re.findall(r'"reference": "([^"]+)"', json.dumps(bundle)))

    assert len(set(names)) == len(names) == 6
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", name) for name in names)
    assert len(references) == 2
    assert references <= set(names)


@pytest.mark.django_db(transaction=True)
def test_names_are_the_same_each_time_and_can_not_be_made_by_others(settings: Any) -> None:
    version = make_record(content=FULL)
    patient = version.record.booking.patient

    first = [entry["fullUrl"] for entry in bundle_of(patient)["entry"]]
    again = [entry["fullUrl"] for entry in bundle_of(patient)["entry"]]
    settings.SECRET_KEY = "another hospital's"
    elsewhere = [entry["fullUrl"] for entry in bundle_of(patient)["entry"]]

    assert first == again
    assert set(first) & set(elsewhere) == set()
    assert str(version.record_id) not in json.dumps(bundle_of(patient))


@pytest.mark.django_db(transaction=True)
def test_nothing_a_record_says_is_left_out() -> None:
    patient = make_patient(full_name="प्रिया शर्मा", allergies="Amoxicillin")
    version = make_record(make_visit(patient=patient), FULL)
    amend(version, replace(FULL, notes="Chest clear now."), reason="Heard again")

    said = strings(bundle_of(patient))

    texts = "\n".join(said)
    for part in ("अस्थमा, हल्का", "J45.9", "Asthma, unspecified", "Chest clear now.", "พักผ่อน", "Heard again"):
        assert part in texts
    for part in ("Amoxicillin", "500 mg", "three times a day", "7 days", "With food", "Tolerated last year"):
        assert part in texts
    for part in ("سالبوتامول", "inhaled", "wheezing", "R03AC02", "布洛芬", "1 September 2026", "प्रिया शर्मा"):
        assert part in texts
    assert "Βήχας" not in texts, "only the last version"


@pytest.mark.django_db(transaction=True)
def test_the_parts_are_where_another_system_looks_for_them() -> None:
    version = make_record(content=FULL)
    booking = version.record.booking
    bundle = bundle_of(booking.patient)
    (visit,), (condition,) = resources(bundle, "Encounter"), resources(bundle, "Condition")
    first, second, third = resources(bundle, "MedicationRequest")

    # Two codes the schema takes any word for: https://hl7.org/fhir/R4/valueset-medicationrequest-status.html
    assert {(one["status"], one["intent"]) for one in (first, second, third)} == {("unknown", "order")}
    assert (visit["status"], visit["class"]["code"]) == ("in-progress", "AMB")
    assert visit["period"] == {"start": "2026-08-05T09:10:00+01:00", "end": "2026-08-05T09:40:00+01:00"}
    assert condition["code"]["coding"][0]["code"] == "J45.9"
    assert condition["recordedDate"] == "2026-08-05T09:00:00+01:00"
    assert condition["recorder"] == {"display": booking.doctor.user.full_name}
    assert first["dosageInstruction"][0] == {
        "text": "500 mg, three times a day, 7 days",
        "patientInstruction": "With food",
        "route": {"text": "by mouth"},
        "asNeededBoolean": False,
    }
    assert second["dosageInstruction"][0]["asNeededCodeableConcept"] == {"text": "wheezing"}
    assert third["dosageInstruction"][0]["asNeededBoolean"] is True


def test_every_status_of_a_visit_has_its_word() -> None:
    assert set(_ENCOUNTER_STATUS) == set(Status)


@given(st.text())
def test_whatever_is_typed_is_a_string_of_fhir_or_nothing(text: str) -> None:
    kept = _text(text)

    assert kept == "" or re.fullmatch(JUDGE.schema["definitions"]["string"]["pattern"], kept)


def test_letters_are_kept_as_they_are() -> None:
    assert _text("प्रिया\u00a0 Ελένη\r\n\x00李\u2028欣") == "प्रिया  Ελένη\r\n李 欣"
