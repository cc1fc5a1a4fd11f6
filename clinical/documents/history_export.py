"""A patient's treatment history as a CSV file, made while they do something else (F4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clinical import selectors
from clinical.choices import Capacity, ReadChannel
from clinical.documents.history_csv import history_chunks
from clinical.models import TreatmentRecordQuerySet
from clinical.read_trail import record_read
from core import clock
from core.clock import hospital_day
from exports.kinds import ExportFacts, ExportKind, FileMade, Progress
from exports.models import Export
from patients.models import PatientProfile

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NAME = "treatment_history"


class TreatmentHistory(ExportKind):
    """For the patient, whoever cares for them, and doctors who treat them. An emergency opens pages, and no file that
    would stay when its hour is over."""

    label: StrOrPromise = _("Treatment history")

    def may(self, owner: User, subject: PatientProfile | None) -> bool:
        return self._capacity(owner, subject) is not None

    def make(self, facts: ExportFacts, progress: Progress) -> FileMade:
        if facts.subject is None:
            raise LookupError("a history is somebody's")
        records = self._records(facts.owner, facts.subject)
        return FileMade(
            name=f"treatment-history-{hospital_day(facts.now):%Y-%m-%d}.csv",
            content_type="text/csv; charset=utf-8",
            content=b"".join(history_chunks(records, progress)),
        )

    def log_read(self, request: HttpRequest, export: Export) -> None:
        capacity = self._capacity(export.owner, export.subject)
        if export.subject is None or capacity is None:
            raise LookupError("the right was lost before the download")
        count = self._records(export.owner, export.subject).count()
        record_read(export.subject, viewer=export.owner, capacity=capacity, channel=ReadChannel.CSV, count=count)

    def _capacity(self, owner: User, subject: PatientProfile | None) -> Capacity | None:
        capacity = selectors.capacity_of(owner, subject, clock.now()) if subject else None
        return None if capacity == Capacity.EMERGENCY else capacity

    def _records(self, owner: User, subject: PatientProfile) -> TreatmentRecordQuerySet:
        return selectors.newest_first(selectors.records_visible_to(owner, clock.now()), subject)


TREATMENT_HISTORY = TreatmentHistory()
