"""A record as a PDF, in the language of whoever asks; the same bytes for the same version and language (F3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils import dateformat
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bookings.presenters import doctor_words, time_words
from clinical.content import TextRow, allergy_words, as_needed_words, code_words, text_rows
from clinical.medications import Medication
from clinical.models import TreatmentRecord, TreatmentRecordVersion
from clinical.presenters import signed_words
from core.clock import hospital_day
from core.formats import long_date
from core.pdf.maker import make_pdf
from patients.models import PatientProfile

TEMPLATE = Path(__file__).with_name("record.typ")
Signed = tuple[TreatmentRecord, TreatmentRecordVersion]


def record_pdf(record: TreatmentRecord, version: TreatmentRecordVersion) -> bytes:
    """One version of a record, which was read with its visit. Raises PdfError."""
    return _document(_("Medical record"), record.booking.patient, [(record, version)])


def history_pdf(records: Sequence[TreatmentRecord]) -> bytes:
    """Several records of one patient, at least one, read with their versions: each as it is now, in the order they are
    given. Raises PdfError."""
    signed = [(record, list(record.versions.all())[-1]) for record in records]
    return _document(_("Medical records"), records[0].booking.patient, signed)


def _document(title: str, patient: PatientProfile, signed: Sequence[Signed]) -> bytes:
    born = dateformat.format(patient.date_of_birth, "j F Y")
    facts = {
        "people": _rows([TextRow(_("Patient"), patient.full_name), TextRow(_("Date of birth"), born)]),
        "records": [_record(record, version) for record, version in signed],
        "columns": [_("Medicine"), _("Dose"), _("Route"), _("How often"), _("For how long"), _("Instructions")],
    }
    return make_pdf(
        TEMPLATE,
        facts,
        title=title,
        language=get_language() or "en-gb",
        made_at=max(version.signed_at for _record, version in signed),
        running=_("%(name)s, born %(date)s") % {"name": patient.full_name, "date": born},
    )


def _record(record: TreatmentRecord, version: TreatmentRecordVersion) -> Mapping[str, Any]:
    booking, content = record.booking, version.content
    about = [
        TextRow(_("Doctor"), doctor_words(booking.doctor)),
        TextRow(_("Visit"), f"{long_date(booking.starts_at)}, {time_words(booking)}"),
        TextRow(_("Reference"), booking.reference),
    ]
    if version.reason:
        about.append(TextRow(_("Amended because"), version.reason))
    return {
        "title": _("Record of %(day)s") % {"day": long_date(booking.starts_at)},
        "about": _rows(about),
        "parts": [asdict(row) for row in text_rows(content)],
        "medicines": [_medicine(medication) for medication in content.medications],
        "signed": _("Version %(number)s. %(signed)s.") % {"number": version.number, "signed": signed_words(version)},
    }


def _rows(rows: Sequence[TextRow]) -> list[Mapping[str, str]]:
    return [asdict(row) for row in rows]


def _medicine(medication: Medication) -> Mapping[str, str]:
    more = (
        as_needed_words(medication),
        medication.instructions,
        allergy_words(medication),
        code_words(medication.code),
    )
    return {
        "name": medication.name,
        "dose": medication.dose,
        "route": medication.route,
        "frequency": medication.frequency,
        "duration": medication.duration,
        "instructions": "\n".join(filter(None, more)),
    }


def file_name(record: TreatmentRecord) -> str:
    """Nobody's name in it: files lie about in download folders."""
    return f"medical-record-{hospital_day(record.booking.starts_at):%Y-%m-%d}.pdf"
