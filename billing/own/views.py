"""A patient's own invoices, and those of whom they care for (G3)."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Can, may
from accounts.requests import SignedInRequest
from billing import selectors
from billing.own.page import invoice_card, invoice_page, open_words
from core import clock

PAGE_SIZE = 20


@require_safe
def invoices(request: SignedInRequest) -> HttpResponse:
    """The newest first; on top what is open in all."""
    if not may(request.user, Can.SEE_OWN_INVOICES):
        raise Http404
    today = clock.hospital_day(clock.now())
    rows = Paginator(selectors.own_invoices(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "cards": [invoice_card(row, request.user, today) for row in rows],
        "open": open_words(selectors.own_open_amounts(request.user)),
        "page": rows,
    }
    return render(request, "billing/own/invoices.html", context)


@require_safe
def invoice(request: SignedInRequest, invoice_number: str) -> HttpResponse:
    """One invoice, what was paid of it and what is open. Somebody else's reads like none at all (A7); staff have
    theirs at the desk."""
    may_read = may(request.user, Can.SEE_OWN_INVOICES)
    found = selectors.invoice_by_number(request.user, invoice_number) if may_read else None
    if found is None:
        raise Http404
    page = invoice_page(found, selectors.parts_of(found), request.user, clock.hospital_day(clock.now()))
    return render(request, "billing/own/invoice.html", {"page": page})
