"""The record of a visit: its doctor writes it, whoever may read it reads it (F1, F2)."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import SignedInRequest
from bookings.choices import HAS_RECORD
from bookings.links import detail_url
from bookings.models import Booking
from clinical import selectors
from clinical.choices import Capacity, ReadChannel
from clinical.content import RecordContent, TextRow, text_rows
from clinical.links import amend_url, record_url
from clinical.models import RecordDraft, TreatmentRecordVersion
from clinical.presenters import record_card, signed_words
from clinical.read_trail import record_read
from clinical.rules import NotYetAVisit, RecordChanged
from clinical.services.drafts import discard_draft, save_draft
from clinical.services.sign import sign
from clinical.visit.forms import RecordForm, edited, typed_from, typed_of
from clinical.visit.page import read_page, saved_words, typed_rows, write_page
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import form_again, refused, refused_back

_COUNTED = re.compile(r"[0-9]{1,9}")  # how many versions, how many saves


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: SignedInRequest, reference: str) -> HttpResponse:
    """Read by whoever may, `?version=` an earlier one; its doctor writes it, and with `?amend` another version."""
    now = clock.now()
    found = selectors.visit_of(request.user, reference, now)
    if found is None:
        raise Http404
    booking, capacity = found
    versions = selectors.versions_of(selectors.record_of(booking))
    is_writing = capacity == Capacity.AUTHOR and (not versions or "amend" in request.GET or request.method == "POST")
    if is_writing:
        return _Writing(request, booking, versions, now).answer()
    if not versions or request.method == "POST":
        raise Http404
    return _read(request, booking, versions, capacity, now)


def _read(
    request: SignedInRequest,
    booking: Booking,
    versions: list[TreatmentRecordVersion],
    capacity: Capacity,
    now: datetime,
) -> HttpResponse:
    version = chosen_version(versions, request.GET.get("version", ""))
    record_row = booking.treatment_record
    next_visit = selectors.next_visit_of(request.user, booking) if capacity == Capacity.AUTHOR else None
    page = read_page(
        record_row, versions, version, viewer=request.user, capacity=capacity, next_visit=next_visit, now=now
    )
    record_read(
        booking.patient,
        [record_row],
        viewer=request.user,
        capacity=capacity,
        channel=ReadChannel.PAGE,
        version=version.number,
    )
    return render(request, "clinical/visit/read.html", {"page": page})


def chosen_version(versions: list[TreatmentRecordVersion], asked: str) -> TreatmentRecordVersion:
    """The version of `?version=`; the last where nothing is asked. Raises Http404 for one there isn't."""
    if not asked:
        return versions[-1]
    version = next((version for version in versions if str(version.number) == asked), None)
    if version is None:
        raise Http404
    return version


class _Writing:
    """One request of the doctor who writes. `act` says which button was pressed."""

    def __init__(
        self, request: SignedInRequest, booking: Booking, versions: list[TreatmentRecordVersion], now: datetime
    ) -> None:
        self.request, self.booking, self.versions, self.now = request, booking, versions, now
        self.url = amend_url(booking) if versions else record_url(booking)

    def answer(self) -> HttpResponse:
        if self.booking.status not in HAS_RECORD and not self.versions:
            return self._not_yet()
        if self.request.method != "POST":
            draft = self._draft()
            return self._page(self._begun_form(draft), draft)
        act = self.request.POST.get("act", "save")
        if act == "sign":
            return self._sign()
        if act == "discard":
            return self._discard()
        return self._keep(act)

    def _not_yet(self) -> HttpResponse:
        if self.request.method == "POST":
            return refused_back(self.request, NotYetAVisit(), detail_url(self.booking))
        response = render(self.request, "clinical/visit/not_yet.html", {"booking": self.booking})
        response.shows_no_record = True  # type: ignore[attr-defined]  # clinical/middleware.py
        return response

    # Forms

    def _draft(self) -> RecordDraft | None:
        return selectors.draft_of(selectors.record_of(self.booking), self.request.user)

    def _begun_form(self, draft: RecordDraft | None) -> RecordForm:
        """With what was kept, or with the version that is amended."""
        typed = draft.typed if draft else typed_of(self.versions[-1].content) if self.versions else {}
        return self._form(typed, draft.revision if draft else 0)

    def _form(self, typed: dict[str, Any], revision: int) -> RecordForm:
        initial = {**typed, "based_on": len(self.versions), "revision": revision}
        return RecordForm(initial=initial, is_amendment=bool(self.versions), allergies=self.booking.patient.allergies)

    def _page(
        self,
        form: RecordForm,
        draft: RecordDraft | None,
        *,
        theirs: list[TextRow] | None = None,
        theirs_title: str = "",
        warned: bool = False,
    ) -> HttpResponse:
        before = selectors.visit_before(self.request.user, self.booking, self.now)
        own = selectors.record_of(self.booking) if self.versions else None
        record_read(
            self.booking.patient,
            [row for row in (own, before) if row],
            viewer=self.request.user,
            capacity=Capacity.AUTHOR,
            channel=ReadChannel.PAGE,
            version=len(self.versions) if own and not before else None,
        )
        page = write_page(
            self.booking,
            viewer=self.request.user,
            saved_at=draft.saved_at if draft else None,
            is_amendment=bool(self.versions),
            now=self.now,
        )
        context = {
            "page": page,
            "form": form,
            "has_draft": draft is not None,
            "before": record_card(before) if before else None,
            "theirs": theirs,
            "theirs_title": theirs_title,
            "warned": warned,
            "action_url": self.url,
        }
        return render(self.request, "clinical/visit/write.html", context)

    # What the buttons do

    def _keep(self, act: str) -> HttpResponse:
        typed = edited(typed_from(self.request.POST), act)
        based_on, revision = self._seen()
        try:
            draft = save_draft(
                booking=self.booking,
                typed=typed,
                based_on=based_on,
                revision=revision,
                by=self.request.user,
                now=self.now,
            )
        except RecordChanged as error:
            return self._told(error) if act == "autosave" else self._both(error, typed)
        except DomainError as error:
            return self._told(error) if act == "autosave" else self._again(error, typed, revision)
        self.booking.treatment_record = draft.record  # made by the first save
        if act == "autosave":
            return JsonResponse({"revision": draft.revision, "saved": saved_words(draft.saved_at)})
        self.request.form_taken = True  # type: ignore[attr-defined]  # accounts/drafts: it is kept here
        if act == "save":
            messages.success(self.request, saved_words(draft.saved_at))
            return HttpResponseRedirect(self.url)
        return self._page(self._form(typed, draft.revision), draft)

    def _told(self, error: DomainError) -> HttpResponse:
        return JsonResponse({"refused": str(error.message)}, status=error.status)

    def _again(self, error: DomainError, typed: dict[str, Any], revision: int) -> HttpResponse:
        messages.error(self.request, error.message)
        return refused(error, lambda: self._page(self._form(typed, revision), self._draft()))

    def _seen(self) -> tuple[int, int]:
        """The version and the draft the page was opened with; what is no number was never ours, and fits nothing."""
        values = [self.request.POST.get(name, "") for name in ("based_on", "revision")]
        based_on, revision = (int(value) if _COUNTED.fullmatch(value) else -1 for value in values)
        return based_on, revision

    def _both(self, error: RecordChanged, typed: dict[str, Any]) -> HttpResponse:
        """Somebody was faster: their text beside the reader's own, which is still in the form. Saving or signing that
        now is a decision, not an accident."""
        self._look_again()
        draft = self._draft()
        theirs: list[TextRow] | None = None
        title = ""  # of a draft that was discarded since, and nothing signed, there is nothing to show
        if draft:
            theirs, title = typed_rows(draft.typed), _("Saved since")
        elif self.versions:
            theirs, title = text_rows(self.versions[-1].content), signed_words(self.versions[-1])
        messages.error(self.request, error.message)
        form = self._form(typed, draft.revision if draft else 0)
        return refused(error, partial(self._page, form, draft, theirs=theirs, theirs_title=title))

    def _look_again(self) -> None:
        """What others have written since this request began."""
        found = selectors.visit_of(self.request.user, self.booking.reference, self.now)
        self.booking = found[0] if found else self.booking
        self.versions = selectors.versions_of(selectors.record_of(self.booking))
        self.url = amend_url(self.booking) if self.versions else record_url(self.booking)

    def _sign(self) -> HttpResponse:
        based_on, revision = self._seen()
        typed = typed_from(self.request.POST)
        # Who saw no version amends none yet: what was signed since is shown to them before they are asked why.
        form = RecordForm(self.request.POST, is_amendment=based_on > 0, allergies=self.booking.patient.allergies)
        if not form.is_valid() or form.content is None:
            return self._page(form, self._draft())
        if form.has_unseen_warnings:
            return self._page(form, self._draft(), warned=True)
        try:
            version = sign(
                booking=self.booking,
                content=form.content,
                based_on=based_on,
                revision=revision,
                reason=form.cleaned_data["reason"],
                by=self.request.user,
                now=self.now,
            )
        except RecordChanged as error:
            return self._signed_already(form.content) or self._both(error, typed)
        except DomainError as error:
            return form_again(error, form, lambda: self._page(form, self._draft()))
        messages.success(
            self.request,
            _("The record is signed. The patient can read it.")
            if version.number == 1
            else _("The amendment is signed."),
        )
        return HttpResponseRedirect(record_url(self.booking))

    def _signed_already(self, content: RecordContent) -> HttpResponse | None:
        """Where the button was pressed twice: the record, which says just this."""
        self._look_again()
        last = self.versions[-1] if self.versions else None
        is_same = last is not None and (last.author, last.content) == (self.request.user, content)
        return HttpResponseRedirect(record_url(self.booking)) if is_same else None

    def _discard(self) -> HttpResponse:
        try:
            discard_draft(booking=self.booking, revision=self._seen()[1], by=self.request.user)
        except RecordChanged as error:
            return self._both(error, typed_from(self.request.POST))
        except DomainError as error:
            return refused_back(self.request, error, self.url)
        messages.success(self.request, _("The draft is discarded."))
        return HttpResponseRedirect(record_url(self.booking) if self.versions else detail_url(self.booking))
