"""The same form sent twice is answered once: its key says that it was sent before, the fingerprint what it said.

A key that comes again with other answers is refused: whoever went back and changed them must not be shown the first
answer as if it were theirs.
"""

from __future__ import annotations

import json
from typing import TypeVar

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from billing.errors import FormReused
from billing.models import CreditNote, Invoice, Payment, Refund

Made = TypeVar("Made", Invoice, Payment, CreditNote, Refund)


def fingerprint(*said: object) -> str:
    """A digest of all a form says, of plain values. Nobody without our key finds out what was typed by trying."""
    return salted_hmac("form of billing", json.dumps(said, default=str), algorithm="sha256").hexdigest()


def answered(made: QuerySet[Made], key: str | None, said: str) -> Made | None:
    """What the form of this key made before, out of all its sender `made`; to be asked under the lock that the writing
    needs. Raises FormReused when it said something else."""
    earlier = made.filter(idempotency_key=key).first() if key else None
    if earlier is not None and earlier.request_fingerprint != said:
        raise FormReused
    return earlier
