"""Signing: version 1 closes all that is under it; what was wrong is amended by another version, with a reason (F1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from accounts.models import User
from accounts.services import ERASED_ERRORS
from bookings import locks
from bookings.models import Booking
from clinical.content import RecordContent, with_reasons_where_needed
from clinical.medications import allergy_found, unexplained_allergies
from clinical.models import RecordDraft, TreatmentRecord, TreatmentRecordVersion
from clinical.rules import (
    AllergyNotExplained,
    RecordBusy,
    RecordChanged,
    check_amendment,
    check_content,
    check_writable,
)
from clinical.services.drafts import record_and_number
from core.clock import hospital_day
from core.db import short_transaction
from core.errors import DomainError, translated

# What stands behind the lock: whoever got past it is told the same.
SIGNING_ERRORS: Mapping[str, type[DomainError]] = {
    **ERASED_ERRORS,
    "version_number_once": RecordChanged,
    "version_comes_next": RecordChanged,
    "clinical_treatmentrecord_booking_id_key": RecordChanged,
}


def sign(
    *,
    booking: Booking,
    content: RecordContent,
    based_on: int,
    revision: int | None = None,
    reason: str = "",
    by: User,
    now: datetime,
) -> TreatmentRecordVersion:
    """Sign `content` as the next version of the record of a visit; its draft goes.

    `based_on`: the version it amends, 0 for the first; `revision`: of the draft the page was opened with, which another
    tab may have saved since; None where there is no page. `reason`: why it is amended.

    Raises NotTheAuthor, NotYetAVisit, RecordChanged, ReasonMissing, DiagnosisMissing, InvalidFollowUp,
    AllergyNotExplained, RecordBusy.
    """
    with translated(SIGNING_ERRORS, busy=RecordBusy), short_transaction():
        # The appointment's lock is the record's: of two who sign at once one comes first, the other is shown both.
        fresh = locks.booking(booking.pk)
        record, number = record_and_number(fresh)
        check_writable(status=fresh.status, is_author=fresh.doctor.user_id == by.pk, is_signed=number > 0)
        draft = RecordDraft.objects.filter(record=record).first() if record else None
        if revision is not None and revision != (draft.revision if draft else 0):
            raise RecordChanged
        check_amendment(number=number + 1, based_on=based_on, reason=reason)
        check_content(content, visit_day=hospital_day(fresh.starts_at))
        content = _explained(content, fresh.patient.allergies)
        record = record or TreatmentRecord.objects.create(booking=fresh, created_at=now)
        version = TreatmentRecordVersion.objects.create(
            record=record,
            number=number + 1,
            author=by,
            signed_at=now,
            reason=reason.strip() if number else "",
            diagnosis=content.diagnosis.strip(),
            diagnosis_code=content.diagnosis_code.as_json() if content.diagnosis_code else None,
            notes=content.notes.strip(),
            medications=[medication.as_json() for medication in content.medications],
            instructions=content.instructions.strip(),
            follow_up_date=content.follow_up_date,
        )
        if draft:
            draft.delete()
        return version


def _explained(content: RecordContent, allergies: str) -> RecordContent:
    """Raises AllergyNotExplained."""
    if missing := unexplained_allergies(content.medications, allergies):
        raise AllergyNotExplained(missing)
    found = {row: allergy_found(medication.name, allergies) for row, medication in enumerate(content.medications)}
    return with_reasons_where_needed(content, {row: word for row, word in found.items() if word})
