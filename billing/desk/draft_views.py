"""Drafts at the desk: made by hand, changed, issued, removed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from billing.desk.draft_forms import DropForm, InvoiceDraftForm, SeenForm, edited, typed_from, typed_lines, typed_of
from billing.desk.draft_page import EditPage, choose_page, edit_page, gone_page, issue_page
from billing.desk.selectors import can_be_invoiced
from billing.desk.shortcuts import desk_invoice, note_reading
from billing.errors import AlreadyInvoiced, AlreadyIssued, DraftChanged, DraftGone, NotToBeBilled
from billing.fees import charge_for
from billing.links import desk_url
from billing.models import Invoice
from billing.rules import OCCASION_OF
from billing.selectors import invoice_of_visit, parts_of
from billing.services.drafts import LineDraft, change_draft, draft_for_patient, draft_for_visit, drop_draft
from billing.services.issuing import issue
from billing.services.visits import line_words
from bookings.models import Booking
from bookings.selectors import booking_by_reference
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import form_again, refused, refused_back
from patients.models import PatientProfile
from patients.selectors import find_patients, patients_bookable_by

MOST_FOUND = 8
LONGEST_QUERY = 120
LONGEST_NUMBER = 18
METHODS = ("GET", "HEAD", "POST")


# Made by hand


@require_http_methods(METHODS)
@requires(Can.RUN_BILLING)
def new(request: SignedInRequest) -> HttpResponse:
    """`?booking=` the reference of an appointment, `?patient=` for something else, `?q=` to find one of them."""
    reference, patient = request.GET.get("booking", ""), _asked_patient(request)
    if reference:
        booking = booking_by_reference(request.user, reference)
        if booking is None:
            raise Http404
        return _new_for_visit(request, booking)
    if patient is not None:
        return _new_for_patient(request, patient)
    if request.method == "POST":
        raise Http404
    return _choose(request)


def _asked_patient(request: SignedInRequest) -> PatientProfile | None:
    found = _patient(request, request.GET)
    if found is None and request.GET.get("patient"):
        raise Http404
    return found


def _patient(request: SignedInRequest, asked: QueryDict) -> PatientProfile | None:
    key = asked.get("patient", "")
    is_key = key.isascii() and key.isdigit() and len(key) <= LONGEST_NUMBER
    return patients_bookable_by(request.user).filter(pk=int(key)).first() if is_key else None


def _choose(request: SignedInRequest) -> HttpResponse:
    typed = request.GET.get("q", "")[:LONGEST_QUERY]
    booking = booking_by_reference(request.user, typed) if typed else None
    found = find_patients(request.user, typed, limit=MOST_FOUND + 1) if typed and not booking else []
    people = [booking.patient] if booking else found[:MOST_FOUND]
    note_reading(request, people, what="patients found for an invoice")
    page = choose_page(typed, found[:MOST_FOUND], booking, has_more=len(found) > MOST_FOUND, now=clock.now())
    return render(request, "billing/desk/choose.html", {"page": page})


def _new_for_visit(request: SignedInRequest, booking: Booking) -> HttpResponse:
    earlier = invoice_of_visit(request.user, booking)
    if request.method != "POST" and not can_be_invoiced(booking, earlier):
        if earlier is None:
            return refused_back(request, NotToBeBilled(), "bookings:detail", booking.reference)
        return refused_back(request, AlreadyInvoiced(), desk_url(earlier))
    note_reading(request, [booking.patient], what="new invoice")
    make = partial(draft_for_visit, booking=booking)
    return _Draft(request, edit_page(booking.patient, booking=booking), _prefilled(booking), make=make).answer()


def _prefilled(booking: Booking) -> dict[str, str]:
    """The line that billing itself would write, in the hospital's language, and what the visit costs by its rules."""
    occasion = OCCASION_OF.get(booking.status)
    if occasion is None:
        return typed_lines([("", None)], settings.CURRENCY)
    with translation.override(settings.LANGUAGE_CODE):
        words = line_words(occasion, booking)
    charge = charge_for(booking)
    return typed_lines([(words, charge or None)], settings.CURRENCY)


def _new_for_patient(request: SignedInRequest, patient: PatientProfile) -> HttpResponse:
    note_reading(request, [patient], what="new invoice")
    make = partial(draft_for_patient, patient=patient)
    begun = typed_lines([("", None)], settings.CURRENCY)
    return _Draft(request, edit_page(patient), begun, make=make).answer()


# Changed


@require_http_methods(METHODS)
@requires(Can.RUN_BILLING)
def edit(request: SignedInRequest, invoice_id: UUID) -> HttpResponse:
    """All that a draft says."""
    try:
        invoice = desk_invoice(request, invoice_id)
    except Http404:
        return _gone(request)
    if not invoice.is_draft:
        return refused_back(request, AlreadyIssued(), desk_url(invoice))
    begun = typed_of(invoice, parts_of(invoice).lines)
    return _Draft(request, edit_page(invoice.patient, invoice=invoice), begun, invoice=invoice).answer()


def _gone(request: SignedInRequest) -> HttpResponse:
    """Somebody removed it meanwhile: what was typed stays on the page, and can be saved as a new draft. Raises Http404
    where nothing was typed, or nobody knows for whom."""
    whom = QueryDict(request.POST.get("whom", ""))
    booking, patient = booking_by_reference(request.user, whom.get("booking", "")), _patient(request, whom)
    patient = booking.patient if booking else patient
    if patient is None:
        raise Http404
    typed = edited(typed_from(request.POST), request.POST.get("act", "save"))
    form, error = InvoiceDraftForm(initial={**typed, "revision": 0, "idempotency_key": uuid4().hex}), DraftGone()
    messages.error(request, _("This draft is no longer there. What you typed is below: save it to make a new draft."))
    context = {"form": form, "page": gone_page(patient, booking)}
    return refused(error, lambda: render(request, "billing/desk/edit.html", context), is_known=True)


class _Draft:
    """One request of whoever makes or changes a draft. `act` says which button was pressed."""

    def __init__(
        self,
        request: SignedInRequest,
        page: EditPage,
        begun: Mapping[str, str],
        *,
        invoice: Invoice | None = None,
        make: Any = None,
    ) -> None:
        self.request, self.page, self.begun, self.invoice, self.make = request, page, begun, invoice, make
        self.currency = invoice.currency if invoice else settings.CURRENCY

    def answer(self) -> HttpResponse:
        if self.request.method != "POST":
            return self._page(self._fresh(self.begun))
        act = self.request.POST.get("act", "save")
        if act != "save":
            return self._page(self._fresh(edited(typed_from(self.request.POST), act), self.request.POST))
        return self._save()

    def _fresh(self, typed: Mapping[str, Any], posted: Mapping[str, Any] | None = None) -> InvoiceDraftForm:
        """An unsent form; what was seen, and its key, stay those of the page somebody is still filling in."""
        own = {"revision": self.invoice.revision if self.invoice else 0, "idempotency_key": uuid4().hex}
        kept = {name: posted.get(name, own[name]) for name in own} if posted else own
        return InvoiceDraftForm(initial={**typed, **kept}, currency=self.currency)

    def _save(self) -> HttpResponse:
        form = InvoiceDraftForm(self.request.POST, currency=self.currency, initial=self.begun)
        if not form.is_valid():
            return self._page(form)
        try:
            invoice = self._write(form, clock.now())
        except DraftChanged as error:
            return self._both(error)
        except DraftGone:
            return _gone(self.request)
        except DomainError as error:
            return form_again(error, form, lambda: self._page(form))
        messages.success(self.request, _("The draft is saved."))
        return redirect(desk_url(invoice))

    def _write(self, form: InvoiceDraftForm, now: datetime) -> Invoice:
        lines = [LineDraft(**facts) for facts in form.lines]
        said: dict[str, Any] = {
            "lines": lines,
            "discount_cents": form.discount_cents,
            "by": self.request.user,
            "now": now,
        }
        if self.invoice is None:
            made: Invoice = self.make(key=form.cleaned_data["idempotency_key"], **said)
            return made
        return change_draft(invoice=self.invoice, revision=form.cleaned_data["revision"] or 0, **said)

    def _both(self, error: DraftChanged) -> HttpResponse:
        """Somebody was faster: theirs above one's own, which is still in the form. Saving that now is a decision."""
        assert self.invoice is not None  # noqa: S101  only a draft that is there changes
        theirs = desk_invoice(self.request, self.invoice.pk)
        form = InvoiceDraftForm(
            initial={**typed_from(self.request.POST), "revision": theirs.revision}, currency=self.currency
        )
        messages.error(self.request, error.message)
        page = edit_page(theirs.patient, invoice=theirs, theirs=parts_of(theirs))
        return refused(error, lambda: self._page(form, page))

    def _page(self, form: InvoiceDraftForm, page: EditPage | None = None) -> HttpResponse:
        return render(self.request, "billing/desk/edit.html", {"form": form, "page": page or self.page})


# Issued, removed


@require_http_methods(METHODS)
@requires(Can.RUN_BILLING)
def issue_draft(request: SignedInRequest, invoice_id: UUID) -> HttpResponse:
    """Asks first: what is issued stays."""
    invoice = desk_invoice(request, invoice_id)
    if not invoice.is_draft:
        return refused_back(request, AlreadyIssued(), desk_url(invoice))
    form = SeenForm(request.POST or None, initial={"revision": invoice.revision})
    if form.is_valid():
        try:
            issued = issue(invoice=invoice, revision=form.cleaned_data["revision"], by=request.user, now=clock.now())
        except DomainError as error:
            return refused_back(request, error, desk_url(invoice))
        messages.success(request, _("Invoice %(number)s is issued.") % {"number": issued.number})
        return redirect(desk_url(issued))
    page = issue_page(invoice, parts_of(invoice))
    return render(request, "billing/desk/issue.html", {"form": form, "page": page})


@require_http_methods(METHODS)
@requires(Can.RUN_BILLING)
def drop(request: SignedInRequest, invoice_id: UUID) -> HttpResponse:
    """Asks why."""
    invoice = desk_invoice(request, invoice_id)
    if not invoice.is_draft:
        return refused_back(request, AlreadyIssued(), desk_url(invoice))
    form = DropForm(request.POST or None, initial={"revision": invoice.revision})
    page = partial(
        render, request, "billing/desk/drop.html", {"form": form, "page": issue_page(invoice, parts_of(invoice))}
    )
    if not form.is_valid():
        return page()
    try:
        drop_draft(invoice=invoice, by=request.user, now=clock.now(), **form.cleaned_data)
    except DraftChanged as error:
        return refused_back(request, error, desk_url(invoice))
    except DomainError as error:
        return form_again(error, form, page)
    messages.success(request, _("The draft is removed."))
    return redirect(reverse("billing:desk"))
