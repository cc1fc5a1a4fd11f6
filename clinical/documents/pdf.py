from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from clinical.models import TreatmentRecord, TreatmentRecordVersion


def record_pdf(record: TreatmentRecord, version: TreatmentRecordVersion) -> bytes:
    return b""


def history_pdf(records: Sequence[TreatmentRecord]) -> bytes:
    return b""


def file_name(record: TreatmentRecord, now: datetime) -> str:
    return "record.pdf"
