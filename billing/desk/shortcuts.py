"""Finding the invoice of an address at the desk."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.http import Http404

from accounts.requests import SignedInRequest
from audit import services as audit
from billing.models import Invoice
from billing.selectors import invoice_by_key
from patients.models import PatientProfile

SAFE_METHODS = ("GET", "HEAD")


def desk_invoice(request: SignedInRequest, invoice_id: UUID) -> Invoice:
    """An invoice or a draft, with its balance; whoever only looks is noted. Raises Http404."""
    found = invoice_by_key(request.user, invoice_id)
    if found is None:
        raise Http404
    note_reading(request, [found.patient], what="invoice")
    return found


def note_reading(request: SignedInRequest, people: Iterable[PatientProfile], *, what: str) -> None:
    """Whoever sends a form has seen its page already, and that was noted."""
    if request.method in SAFE_METHODS:
        audit.personal_data_read(people, what=what)
