from __future__ import annotations

from datetime import datetime

from clinical.models import TreatmentRecord, TreatmentRecordVersion


def record_pdf(record: TreatmentRecord, version: TreatmentRecordVersion) -> bytes:
    return b""


def file_name(record: TreatmentRecord, now: datetime) -> str:
    return "record.pdf"
