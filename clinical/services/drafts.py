"""What a doctor types, kept until it is signed: in the browser's pauses, and by the button (F1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from accounts.services import ERASED_ERRORS
from bookings import locks
from bookings.models import Booking
from clinical.models import RecordDraft, TreatmentRecord
from clinical.rules import RecordBusy, RecordChanged, check_writable
from core.db import short_transaction
from core.errors import translated


def save_draft(
    *, booking: Booking, typed: dict[str, Any], based_on: int, revision: int, by: User, now: datetime
) -> RecordDraft:
    """Keep what `by` typed, as typed. `based_on`: the version they amend, 0 before the first; `revision`: that of the
    draft their page was opened with, 0 for none.

    Raises NotTheAuthor, NotYetAVisit, RecordChanged, RecordBusy.
    """
    with translated(ERASED_ERRORS, busy=RecordBusy), short_transaction():
        # The appointment's lock is the record's: what becomes of the visit and what is written of it take turns.
        fresh = locks.booking(booking.pk)
        record, number = record_and_number(fresh)
        check_writable(status=fresh.status, is_author=fresh.doctor.user_id == by.pk, is_signed=number > 0)
        draft = RecordDraft.objects.filter(record=record).first() if record else None
        if based_on != number or revision != (draft.revision if draft else 0):
            raise RecordChanged
        record = record or TreatmentRecord.objects.create(booking=fresh, created_at=now)
        draft = draft or RecordDraft(record=record, author=by, revision=0)
        draft.typed, draft.saved_at = typed, now
        draft.revision += 1
        draft.save()
        return draft


def discard_draft(*, booking: Booking, revision: int, by: User) -> None:
    """Throw away what is not signed, as it was when the page was opened. Nothing to do when there is none.

    Raises NotTheAuthor, RecordChanged, RecordBusy.
    """
    with translated(ERASED_ERRORS, busy=RecordBusy), short_transaction():
        fresh = locks.booking(booking.pk)
        check_writable(status=fresh.status, is_author=fresh.doctor.user_id == by.pk, is_signed=True)
        draft = RecordDraft.objects.filter(record__booking=fresh, author=by).first()
        if draft and draft.revision != revision:
            raise RecordChanged
        if draft:
            draft.delete()


def record_and_number(booking: Booking) -> tuple[TreatmentRecord | None, int]:
    """The record of an appointment whose lock the caller holds, and the number of its last version, 0 for none."""
    record = TreatmentRecord.objects.filter(booking=booking).first()
    last = record.versions.order_by("-number").values_list("number", flat=True).first() if record else None
    return record, last or 0
