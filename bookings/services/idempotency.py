"""The same form sent twice is answered once (C4): the one way in which every service that takes a key treats it.

The key says that a form was sent before, the fingerprint what it asked for. A key that comes again with another wish
is refused: whoever changed their answers and sent the form again must not be shown the first booking as if it were
the second.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass
from typing import TypedDict
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from bookings.models import Booking
from bookings.rules import KeyReused, PatientRef


class KeyFields(TypedDict):
    """What the booking that is made keeps of the request."""

    idempotency_key: str | None
    request_fingerprint: str


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """What `by` asks for under a key of their own. Without a key it is never the same as any other."""

    by: User
    key: str | None
    fingerprint: str

    def earlier(self) -> QuerySet[Booking]:
        """What was booked with this key before: one booking, or none."""
        if not self.key:
            return Booking.objects.none()
        return Booking.objects.filter(booked_by=self.by, idempotency_key=self.key)

    def answered(self) -> Booking | None:
        """The answer this request had before; to be asked under the locks. Raises KeyReused."""
        earlier = self.earlier().first()
        return None if earlier is None else self.same_answer(earlier)

    def same_answer(self, earlier: Booking) -> Booking:
        """Raises KeyReused when `earlier` was the answer to something else."""
        if earlier.request_fingerprint != self.fingerprint:
            raise KeyReused
        return earlier

    @property
    def fields(self) -> KeyFields:
        return {"idempotency_key": self.key or None, "request_fingerprint": self.fingerprint}


def keyed(by: User, key: str | None, slot_id: UUID | None, patient_ref: PatientRef, *said: str) -> KeyedRequest:
    """The request as it is compared: whom it is for, which time, and everything else that was said."""
    return KeyedRequest(by=by, key=key, fingerprint=fingerprint_of(slot_id, patient_ref, *said))


def fingerprint_of(slot_id: UUID | None, patient_ref: PatientRef, *said: str) -> str:
    """A digest of what was asked for, of a patient who is known or new. `slot_id` is None for "now", whichever time
    that comes to be. Bookings keep it: what goes into it never changes, or a form sent before a deploy is refused.
    """
    new = patient_ref.new
    who = patient_ref.patient_id if new is None else [str(fact) for fact in astuple(new)]
    return hashlib.sha256(json.dumps([str(slot_id), who, *said]).encode()).hexdigest()
