"""A patient's records as a FHIR R4 Bundle, for another hospital's system (https://hl7.org/fhir/R4/). Pure: no query, no
clock.

Plain dicts, held against the published schema by the tests. What R4 has no better place for (notes, instructions, the
follow-up) is a note of the condition, so that nothing of a record is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from bookings.choices import Status
from bookings.models import Booking
from clinical.content import allergy_words
from clinical.medications import Code, Medication
from clinical.models import TreatmentRecord, TreatmentRecordVersion
from core.formats import long_date
from patients.models import PatientProfile

Resource = dict[str, Any]
# Under which names of ours are hashed; drawn once, and never changed.
_NAMESPACE = UUID("7a0f4b5e-5d0c-4c1c-9d52-3f5b1c0e6f61")
_CLASS = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "code": "AMB",
    "display": "ambulatory",
}
_DIAGNOSIS = {
    "system": "http://terminology.hl7.org/CodeSystem/condition-category",
    "code": "encounter-diagnosis",
    "display": "Encounter Diagnosis",
}
# https://hl7.org/fhir/R4/valueset-encounter-status.html. A signed record stays whatever became of its visit since.
_ENCOUNTER_STATUS: Mapping[str, str] = {
    Status.PENDING: "planned",
    Status.CONFIRMED: "planned",
    Status.CHECKED_IN: "in-progress",
    Status.COMPLETED: "finished",
    Status.CANCELLED: "cancelled",
    Status.NO_SHOW: "cancelled",
}


def history_bundle(patient: PatientProfile, records: Sequence[TreatmentRecord], *, made_at: datetime) -> Resource:
    """The patient and what their signed `records`, read with visit and versions, say now: of each the last version."""
    entries = [_entry(_patient_name(patient), _patient(patient))]
    for record in records:
        entries += _visit(patient, record, list(record.versions.all())[-1])
    return {"resourceType": "Bundle", "type": "collection", "timestamp": _instant(made_at), "entry": entries}


def _visit(patient: PatientProfile, record: TreatmentRecord, version: TreatmentRecordVersion) -> Iterator[Resource]:
    subject = {"reference": _patient_name(patient)}
    visit = _name("Encounter", str(record.pk))
    yield _entry(visit, _encounter(record.booking, subject))
    about = {"subject": subject, "encounter": {"reference": visit}}
    yield _entry(_name("Condition", str(record.pk)), _condition(version, about))
    for row, medication in enumerate(version.content.medications):
        name = _name("MedicationRequest", f"{record.pk}:{version.number}:{row}")
        yield _entry(name, _medication_request(medication, version, about))


def _entry(name: str, resource: Resource) -> Resource:
    return {"fullUrl": name, "resource": resource}


# Names


def _patient_name(patient: PatientProfile) -> str:
    return _name("Patient", str(patient.pk))


def _name(kind: str, key: str) -> str:
    """The same in each bundle while SECRET_KEY is the same; nobody without it can try out which row it is of."""
    hashed = salted_hmac("fhir name", f"{kind}:{key}", algorithm="sha256").hexdigest()
    return f"urn:uuid:{uuid5(_NAMESPACE, hashed)}"


# Resources


def _patient(patient: PatientProfile) -> Resource:
    return _said(
        {
            "resourceType": "Patient",
            "name": [{"use": "official", "text": _text(patient.full_name)}],
            "birthDate": patient.date_of_birth.isoformat(),
        }
    )


def _encounter(booking: Booking, subject: Resource) -> Resource:
    return {
        "resourceType": "Encounter",
        "identifier": [{"value": booking.reference, "assigner": {"display": settings.HOSPITAL_NAME}}],
        "status": _ENCOUNTER_STATUS[booking.status],
        "class": _CLASS,
        "serviceType": {"text": _text(booking.doctor.department.name)},
        "subject": subject,
        "participant": [{"individual": {"display": _text(booking.doctor.display_name)}}],
        "period": {"start": _instant(booking.starts_at), "end": _instant(booking.ends_at)},
        "serviceProvider": {"display": settings.HOSPITAL_NAME},
    }


def _condition(version: TreatmentRecordVersion, about: Resource) -> Resource:
    content = version.content
    return _said(
        {
            "resourceType": "Condition",
            "meta": {"versionId": str(version.number), "lastUpdated": _instant(version.signed_at)},
            "category": [{"coding": [_DIAGNOSIS]}],
            "code": _concept(content.diagnosis, content.diagnosis_code),
            **about,
            "recordedDate": _instant(version.signed_at),
            "recorder": {"display": _text(version.author.full_name)},
            "note": [_note(words, version) for words in _notes(version) if _text(words)],
        }
    )


def _notes(version: TreatmentRecordVersion) -> list[str]:
    content = version.content
    follow_up = _("Follow-up: %(day)s") % {"day": long_date(content.follow_up_date)} if content.follow_up_date else ""
    amended = _("Amended because: %(reason)s") % {"reason": version.reason} if version.reason else ""
    return [content.notes, content.instructions, follow_up, amended]


def _medication_request(medication: Medication, version: TreatmentRecordVersion, about: Resource) -> Resource:
    """Its status is unknown: that it was prescribed the record says, not whether it is still taken."""
    why = allergy_words(medication)
    return _said(
        {
            "resourceType": "MedicationRequest",
            "status": "unknown",
            "intent": "order",
            "medicationCodeableConcept": _concept(medication.name, medication.code),
            **about,
            "authoredOn": _instant(version.signed_at),
            "requester": {"display": _text(version.author.full_name)},
            "note": [_note(why, version)] if why else [],
            "dosageInstruction": [_dosage(medication)],
        }
    )


def _dosage(medication: Medication) -> Resource:
    phrases = (medication.dose, medication.frequency, medication.duration)
    return _said(
        {
            "text": _text(", ".join(filter(None, phrases))),
            "patientInstruction": _text(medication.instructions),
            "route": {"text": _text(medication.route)} if medication.route else None,
            **_as_needed(medication),
        }
    )


def _as_needed(medication: Medication) -> Resource:
    """R4 takes one of the two: what it is needed for says that it is as needed."""
    if medication.as_needed_for:
        return {"asNeededCodeableConcept": {"text": _text(medication.as_needed_for)}}
    return {"asNeededBoolean": medication.as_needed}


# Values


def _concept(text: str, code: Code | None) -> Resource:
    return _said({"coding": list(_codings(code)), "text": _text(text)})


def _codings(code: Code | None) -> Iterable[Resource]:
    if code is not None:
        yield _said({"system": code.system, "code": code.code, "display": _text(code.display)})


def _note(words: str, version: TreatmentRecordVersion) -> Resource:
    author = _text(version.author.full_name)
    return _said({"authorString": author, "time": _instant(version.signed_at), "text": _text(words)})


def _said(parts: Resource) -> Resource:
    """Without what says nothing: FHIR allows no empty text, list or object; a no is something said."""
    return {name: value for name, value in parts.items() if value not in (None, "", [], {})}


def _text(value: str) -> str:
    """FHIR's string: line ends and tabs, no other control character, and no blank but the plain one."""
    kept = "".join(sign for sign in value if sign in "\t\r\n" or unicodedata.category(sign) not in {"Cc", "Cs"})
    return re.sub(r"[^\S \t\r\n]", " ", kept).strip()


def _instant(moment: datetime) -> str:
    """With the hospital's offset."""
    return timezone.localtime(moment, timezone.get_default_timezone()).isoformat(timespec="seconds")
