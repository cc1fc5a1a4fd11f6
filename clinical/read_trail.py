"""Each reading of a record leaves a row before the answer is sent (F2, H4).

The row is an entry of the audit trail: nobody can change it, and address, request and page are in it by themselves. It
is written on the connection the record is read with, so that where it can't be written nobody is shown anything.
"""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import User
from audit.choices import Kind
from audit.services import record
from clinical.choices import Capacity, ReadChannel
from clinical.models import TreatmentRecord
from patients.models import PatientProfile


def record_read(
    patient: PatientProfile,
    records: Iterable[TreatmentRecord] = (),
    *,
    viewer: User,
    capacity: Capacity,
    channel: ReadChannel,
    version: int | None = None,
    count: int | None = None,
) -> None:
    """`viewer` is about to be given what `records` of one patient say, or the page on which one is written: one entry.

    `version`: where it is a single one; `count`: how many, of a file with a whole history, which names none of them.
    Raises what the database raises, and then the answer must not be sent.
    """
    rows = list(records)
    target = rows[0] if len(rows) == 1 else patient
    details = {
        "channel": channel.value,
        "capacity": capacity.value,
        "records": len(rows) if count is None else count,
        "version": version,
    }
    record(
        Kind.RECORD_READ,
        actor=viewer,
        target=target,
        details={name: value for name, value in details.items() if value is not None},
        about=[patient, *rows],
    )
