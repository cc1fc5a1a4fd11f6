"""What was collected as one file: JSON for other programs, a page for people. Made at once, or by a worker (H3, F4)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Can, may
from audit import services as audit
from audit.choices import Kind
from core import clock
from core.clock import hospital_day
from core.site import site_facts
from exports.kinds import ExportFacts, ExportKind, FileMade, Progress
from exports.models import Export
from patients.models import PatientProfile
from privacy import data_subjects
from privacy.collect import Collected, collect
from privacy.data_subjects import DataSubject
from privacy.record_files import log_records_read, record_files, removed_since

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NAME = "personal_data"


def build(
    person: DataSubject, collected: Sequence[Collected], *, records: Mapping[str, bytes] | None = None, now: datetime
) -> bytes:
    """A ZIP of `data.json`, `data.html`, and the files of the treatment records (privacy/record_files.py)."""
    records = records or {}
    site = site_facts()
    facts = {
        "hospital": site["name"],
        "person": person.name,
        "made_at": now.isoformat(),
        "sections": [
            {"title": section.title, "complete": section.is_complete, "rows": section.rows} for section in collected
        ],
    }
    context = {
        "collected": collected,
        "person": person,
        "made_at": now,
        "hospital_name": site["name"],
        "files": sorted(records),
    }
    page = render_to_string("privacy/export.html", context)
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(facts, ensure_ascii=False, indent=2))
        archive.writestr("data.html", page)
        for name, content in records.items():
            archive.writestr(name, content)
    return box.getvalue()


def file_name(now: datetime) -> str:
    """Nobody's name in it: files lie about in download folders."""
    return f"personal-data-{hospital_day(now):%Y-%m-%d}.zip"


class PersonalData(ExportKind):
    """One's own data; or a patient's, for staff who handle personal data."""

    label: StrOrPromise = _("Personal data")
    asks_who_it_is = True

    def may(self, owner: User, subject: PatientProfile | None) -> bool:
        return _has_own(owner) if subject is None else _person(owner, subject) is not None

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

    def is_still_right(self, export: Export) -> bool:
        """Not once somebody whose data may be in it was taken off the family."""
        guardian = export.subject.user_id if export.subject else export.owner_id
        return guardian is None or not removed_since(guardian, export.requested_at).exists()

    def log_read(self, request: HttpRequest, export: Export) -> None:
        target = export.subject or export.owner
        audit.record(Kind.PERSONAL_DATA_EXPORTED, target=target, details={"bytes": export.size})
        person = _person(export.owner, export.subject)
        if person is not None:
            log_records_read(export.owner, person, now=clock.now(), made_since=export.requested_at)


def _person(owner: User, subject: PatientProfile | None) -> DataSubject | None:
    """Whose data it is, as far as `owner` may have it now."""
    if subject is None:
        return data_subjects.myself(owner) if _has_own(owner) else None
    handles = may(owner, Can.HANDLE_PERSONAL_DATA)
    return data_subjects.patient_person(owner, subject.pk) if handles else None


def _has_own(owner: User) -> bool:
    return may(owner, Can.EDIT_PATIENT_PROFILE) or may(owner, Can.EDIT_DOCTOR_PROFILE)


PERSONAL_DATA = PersonalData()
