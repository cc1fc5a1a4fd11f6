"""Treatment records in a copy of somebody's data: to read, as a table, and for another hospital's system (F2, F4).

Only in what people download themselves: staff who hand out a copy read no records, so none are in it
(docs/records.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from clinical import selectors
from clinical.choices import Capacity, ReadChannel
from clinical.documents import pdf
from clinical.documents.fhir import history_bundle
from clinical.documents.history_csv import history_chunks
from clinical.models import TreatmentRecordQuerySet
from clinical.read_trail import record_read
from patients.models import PatientProfile
from privacy.data_subjects import DataSubject


def record_files(viewer: User, person: DataSubject, *, now: datetime) -> dict[str, bytes]:
    """By their place in the archive: "record" is the person's own folder, "record-2" and so on of those they care for.

    Nothing for whoever has no records, or for a viewer who is somebody else. Reads only: `log_records_read` is the
    caller's to call before the answer is sent.
    """
    files = {}
    for folder, patient, records in _readable(viewer, person, now):
        found = list(selectors.with_versions(records))
        bundle = history_bundle(patient, found, made_at=now)
        files[f"{folder}/history.csv"] = b"".join(history_chunks(records))
        files[f"{folder}/record.pdf"] = pdf.history_pdf(found)
        files[f"{folder}/fhir.json"] = json.dumps(bundle, ensure_ascii=False, indent=2).encode()
    return files


def log_records_read(viewer: User, person: DataSubject, *, now: datetime, made_since: datetime | None = None) -> None:
    """A row for each patient whose records are in the file that `viewer` is about to be given.

    `made_since`: when a file that is given out only now was asked for. None is given out once somebody in it was taken
    off the family (privacy/archive.py); whoever is at the very moment of the download gets a row all the same.
    """
    for _folder, patient, records in _readable(viewer, person, now):
        record_read(
            patient,
            viewer=viewer,
            capacity=_capacity(person, patient),
            channel=ReadChannel.ARCHIVE,
            count=records.count(),
        )
    if made_since is not None:
        for patient in removed_since(viewer.pk, made_since):
            record_read(patient, viewer=viewer, capacity=Capacity.GUARDIAN, channel=ReadChannel.ARCHIVE)


def removed_since(guardian_id: int, moment: datetime) -> QuerySet[PatientProfile]:
    """Who was taken off the family of an account since: they are in a file that was asked for before."""
    return PatientProfile.objects.filter(guardian=guardian_id, removed_at__gte=moment)


def _readable(
    viewer: User, person: DataSubject, now: datetime
) -> Iterator[tuple[str, PatientProfile, TreatmentRecordQuerySet]]:
    """Folder, patient and records, of those who have any: the person first."""
    if not person.is_account(viewer):
        return
    visible = selectors.records_visible_to(viewer, now)
    people = PatientProfile.objects.filter(pk__in=person.patients).select_related("user", "guardian")
    others = 1
    for patient in sorted(people, key=lambda one: (one.pk not in person.own_patients, one.pk)):
        others += patient.pk not in person.own_patients
        records = selectors.newest_first(visible, patient)
        if records.exists():
            yield "record" if patient.pk in person.own_patients else f"record-{others}", patient, records


def _capacity(person: DataSubject, patient: PatientProfile) -> Capacity:
    return Capacity.PATIENT if patient.pk in person.own_patients else Capacity.GUARDIAN
