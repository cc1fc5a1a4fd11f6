"""A patient's own invoices, and those of whom they care for (G3)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from billing import selectors


@require_safe
@requires(Can.SEE_OWN_INVOICES)
def invoice(request: SignedInRequest, number: str) -> HttpResponse:
    """One invoice, what was paid of it and what is open."""
    found = selectors.invoice_by_number(request.user, number)
    if found is None:
        raise Http404
    return render(request, "billing/own/invoice.html", {"invoice": found})
