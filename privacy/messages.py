"""The last message to somebody: written while the address is still known, its content erased once it has left."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from core.clock import start_of_day
from core.web.links import absolute
from integrations.outbox import Addressee, Draft, email
from privacy.data_subjects import DataSubject
from privacy.models import Erasure
from privacy.streams import erasure_stream


def erased(person: DataSubject, erasure: Erasure) -> list[Draft]:
    """To whoever had the data, where there is an address of theirs."""
    to = _address(person)
    if to is None:
        return []
    facts: dict[str, Any] = {"site_url": absolute("/")}
    if erasure.record_due:
        facts["kept_until"] = start_of_day(erasure.record_due).isoformat(timespec="seconds")
    stream = f"account:{erasure.user_id}" if erasure.user_id else erasure_stream(erasure.patient_id or 0)
    return [email(to=to, action="DATA_ERASED", data=facts, dedupe_key=f"DATA_ERASED:{erasure.pk}", stream=stream)]


def _address(person: DataSubject) -> User | Addressee | None:
    if person.user:
        return person.user
    patient = person.patient
    return Addressee(patient.full_name, patient.own_email) if patient and patient.own_email else None
