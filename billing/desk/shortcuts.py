"""Finding the invoice of an address at the desk."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from accounts.requests import SignedInRequest
from billing.models import Invoice
from billing.selectors import invoice_by_key


def desk_invoice(request: SignedInRequest, invoice_id: UUID) -> Invoice:
    """An invoice or a draft, with its balance. Raises Http404."""
    found = invoice_by_key(request.user, invoice_id)
    if found is None:
        raise Http404
    return found
