"""Somebody's data as a file that is made while they do something else: the same ZIP, when there is much in it (H3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Can, may
from audit import services as audit
from audit.choices import Kind
from core import clock
from exports.kinds import ExportFacts, ExportKind, FileMade, Progress
from exports.models import Export
from patients.models import PatientProfile
from privacy import data_subjects
from privacy.archive import build, file_name
from privacy.collect import collect
from privacy.data_subjects import DataSubject
from privacy.record_files import log_records_read, record_files

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NAME = "personal_data"


class PersonalData(ExportKind):
    """One's own data; or a patient's, for staff who handle personal data."""

    label: StrOrPromise = _("Personal data")
    asks_who_it_is = True

    def may(self, owner: User, subject: PatientProfile | None) -> bool:
        return _person(owner, subject) is not None

    def make(self, facts: ExportFacts, progress: Progress) -> FileMade:
        person = _person(facts.owner, facts.subject)
        if person is None:
            raise LookupError("the right was lost while it was made")
        collected = collect(person, progress, to_themselves=person.is_account(facts.owner))
        return FileMade(
            name=file_name(facts.now),
            content_type="application/zip",
            content=build(person, collected, records=record_files(facts.owner, person, now=facts.now), now=facts.now),
        )

    def log_read(self, request: HttpRequest, export: Export) -> None:
        target = export.subject or export.owner
        audit.record(Kind.PERSONAL_DATA_EXPORTED, target=target, details={"bytes": export.size})
        person = _person(export.owner, export.subject)
        if person is not None:
            log_records_read(export.owner, person, now=clock.now(), made_since=export.requested_at)


def _person(owner: User, subject: PatientProfile | None) -> DataSubject | None:
    """Whose data it is, as far as `owner` may have it now."""
    if subject is None:
        has_own = may(owner, Can.EDIT_PATIENT_PROFILE) or may(owner, Can.EDIT_DOCTOR_PROFILE)
        return data_subjects.myself(owner) if has_own else None
    handles = may(owner, Can.HANDLE_PERSONAL_DATA)
    return data_subjects.patient_person(owner, subject.pk) if handles else None


PERSONAL_DATA = PersonalData()
