"""What a record says: one shape for the form, a signed version, the PDF, the CSV file and FHIR. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from clinical.choices import DIAGNOSIS_SYSTEMS, MEDICINE_SYSTEMS
from clinical.medications import Code, Medication
from core.formats import long_date

NO_TEXT = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContent:
    """`follow_up_date`: the day around which the doctor wants to see the patient again."""

    diagnosis: str
    diagnosis_code: Code | None = None
    notes: str = ""
    medications: tuple[Medication, ...] = ()
    instructions: str = ""
    follow_up_date: date | None = None


@dataclass(frozen=True, slots=True)
class TextRow:
    """One part of a record as people read it: a name and some text, in which line ends count. `is_medicines`: a line
    of the text is a medicine, for whoever lays them out as a table."""

    label: str
    text: str
    is_medicines: bool = False

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")


@dataclass(frozen=True, slots=True)
class ContentChange:
    """What one part of a record said before, and says since."""

    label: str
    before: str
    after: str


def text_rows(content: RecordContent) -> list[TextRow]:
    """The parts of a record that say something, in their order; the medicines one line each."""
    return [row for row in _parts(content) if row.text]


def changes_between(before: RecordContent, after: RecordContent) -> list[ContentChange]:
    """What changed from one version to the next, part by part; nothing for what stayed."""
    pairs = zip(_parts(before), _parts(after), strict=True)
    return [ContentChange(old.label, old.text, new.text) for old, new in pairs if old != new]


def _parts(content: RecordContent) -> list[TextRow]:
    return [
        TextRow(_("Diagnosis"), content.diagnosis),
        TextRow(_("Code of the diagnosis"), code_words(content.diagnosis_code)),
        TextRow(_("Notes"), content.notes),
        TextRow(_("Medicines"), "\n".join(medication_words(content.medications)), is_medicines=True),
        TextRow(_("Instructions"), content.instructions),
        TextRow(_("Follow-up"), long_date(content.follow_up_date)),
    ]


def code_words(code: Code | None) -> str:
    """ "J45.9 Asthma (ICD-10)"."""
    return f"{code.code} {code.display}".strip() + f" ({system_name(code.system)})" if code else NO_TEXT


def system_name(url: str) -> str:
    """ "ICD-10"; the address itself of a system that is no longer known."""
    system = {**DIAGNOSIS_SYSTEMS, **MEDICINE_SYSTEMS}.get(url)
    return system.label if system else url


def medication_words(medications: Iterable[Medication]) -> list[str]:
    """A line for each medicine: "Amoxicillin, 500 mg, by mouth, three times a day, for 7 days"."""
    return [
        ", ".join(filter(None, [medication.name, medication.dose, medication.route, *directions(medication)]))
        for medication in medications
    ]


def directions(medication: Medication) -> list[str]:
    """How it is taken, why it is right though an allergy names it, and its code: each as a phrase."""
    return [
        phrase
        for phrase in (
            medication.frequency,
            as_needed_words(medication),
            medication.duration,
            "; ".join(medication.instructions.splitlines()),  # a medicine is one line
            allergy_words(medication),
            code_words(medication.code),
        )
        if phrase
    ]


def as_needed_words(medication: Medication) -> str:
    if not medication.as_needed:
        return NO_TEXT
    if medication.as_needed_for:
        return _("as needed for %(what)s") % {"what": medication.as_needed_for}
    return _("as needed")


def allergy_words(medication: Medication) -> str:
    reason = medication.allergy_reason
    return _("prescribed despite the allergy noted: %(reason)s") % {"reason": reason} if reason else NO_TEXT


def content_of(fields: Mapping[str, Any], medications: Iterable[Medication]) -> RecordContent:
    """What a form or a program said, already checked."""
    names = ("diagnosis", "diagnosis_code", "notes", "instructions", "follow_up_date")
    return RecordContent(**{name: fields[name] for name in names}, medications=tuple(medications))


def with_reasons_where_needed(content: RecordContent, found: Mapping[int, str]) -> RecordContent:
    """Without the reasons given for a medicine that no allergy names any more. `found`: the words, by row."""
    kept = tuple(
        medication if row in found else replace(medication, allergy_reason="")
        for row, medication in enumerate(content.medications)
    )
    return replace(content, medications=kept)
