"""A patient's treatment history as a CSV file: a row for each visit, as its record holds now (F4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from clinical import selectors
from clinical.content import medication_words, system_name
from clinical.models import TreatmentRecord, TreatmentRecordQuerySet
from core.csv_file import csv_chunks

AT_ONCE = 200
BETWEEN_MEDICINES = " | "
Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """For whoever waits for the whole file anyway."""


def history_chunks(records: TreatmentRecordQuerySet, progress: Progress = no_progress) -> Iterator[bytes]:
    """The file in pieces, `records` in their order: those of one patient that whoever asks may read
    (clinical/selectors.py), asked again for each batch.

    `progress` is told how many of how many are done: 0 first, then after each batch of 200. Two queries a batch and
    one before, however long the history is.
    """
    for piece in csv_chunks(header=header(), rows=_rows(records, progress)):
        yield piece.encode()


def header() -> list[str]:
    return [
        _("Day of the visit"),
        _("Time"),
        _("Reference"),
        _("Doctor"),
        _("Department"),
        _("Version"),
        _("Signed at"),
        _("Signed by"),
        _("Amended because"),
        _("Diagnosis"),
        _("Code"),
        _("System of the code"),
        _("Notes"),
        _("Medicines"),
        _("Instructions"),
        _("Follow-up"),
    ]


def _rows(records: TreatmentRecordQuerySet, progress: Progress) -> Iterator[list[Any]]:
    keys = list(records.values_list("pk", flat=True))
    progress(0, len(keys))
    for start in range(0, len(keys), AT_ONCE):
        batch = keys[start : start + AT_ONCE]
        found = selectors.with_versions(records.filter(pk__in=batch))
        yield from map(_row, found)
        progress(start + len(batch), len(keys))


def _row(record: TreatmentRecord) -> list[Any]:
    """In the order of the header; days and instants as the file writes them all (core/csv_file.py)."""
    booking, version = record.booking, list(record.versions.all())[-1]
    begins = timezone.localtime(booking.starts_at, timezone.get_default_timezone())
    content = version.content
    code = content.diagnosis_code
    return [
        begins.date(),
        f"{begins:%H:%M}",
        booking.reference,
        booking.doctor.display_name,
        booking.doctor.department.name,
        version.number,
        version.signed_at,
        version.author.full_name,
        version.reason,
        content.diagnosis,
        code.code if code else "",
        system_name(code.system) if code else "",
        content.notes,
        BETWEEN_MEDICINES.join(medication_words(content.medications)),
        content.instructions,
        content.follow_up_date,
    ]
