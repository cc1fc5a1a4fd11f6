"""Who looked: the entries of the audit trail about a patient's records."""

from __future__ import annotations

from django.db.models import QuerySet

from audit.choices import Kind
from audit.models import Entry
from audit.triggers import key_of
from patients.models import PatientProfile

TOLD = (Kind.RECORD_READ, Kind.EMERGENCY_ACCESS)


def readings_of(patient: PatientProfile) -> QuerySet[Entry]:
    """Each time the records of `patient` were read or an emergency opened them, the latest first, with who it was.

    The caller has found the patient for whoever asks. By the index on `about`, however long the trail is.
    """
    entries = Entry.objects.filter(about__contains=[key_of(patient)], pgh_label__in=TOLD)
    return entries.select_related("actor").order_by("-pgh_id")
