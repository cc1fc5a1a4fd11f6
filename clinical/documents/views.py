"""A record as a file: downloaded, mailed to the patient, or all of them as CSV (F3, F4)."""

from __future__ import annotations

from uuid import UUID, uuid4

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import SignedInRequest
from clinical import selectors
from clinical.choices import Capacity, ReadChannel
from clinical.documents.forms import ExportForm, SendForm
from clinical.documents.history_export import NAME
from clinical.documents.pdf import file_name, record_pdf
from clinical.links import record_url
from clinical.models import TreatmentRecord
from clinical.presenters import visit_words
from clinical.read_trail import record_read
from clinical.services.mail import SentTooOften, masked, send_record
from clinical.visit.views import chosen_version
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import refused_back
from exports.services import ExportNotFound, request_export


@require_GET
def pdf(request: SignedInRequest, record_id: UUID) -> HttpResponse:
    """`?version=` an earlier one. No HEAD: it would be written down as read, and nothing is."""
    record, capacity = _own(request, record_id)
    version = chosen_version(selectors.versions_of(record), request.GET.get("version", ""))
    record_read(
        record.booking.patient,
        [record],
        viewer=request.user,
        capacity=capacity,
        channel=ReadChannel.PDF,
        version=version.number,
    )
    response = HttpResponse(record_pdf(record, version), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{file_name(record)}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _own(request: SignedInRequest, record_id: UUID) -> tuple[TreatmentRecord, Capacity]:
    """A signed record the reader may read, and as whom. Raises Http404: others' read like none at all (A7)."""
    found = selectors.record_readable_by(request.user, record_id, clock.now())
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def send(request: SignedInRequest, record_id: UUID) -> HttpResponse:
    """Asks first, for a mailbox is easier read than this site; POST sends it to the patient. Only the patient, whoever
    cares for them, and the doctor who wrote it may."""
    record, capacity = _own(request, record_id)
    if capacity in {Capacity.TREATING_DOCTOR, Capacity.EMERGENCY}:
        raise Http404
    form = SendForm(request.POST if request.method == "POST" else None, initial={"key": uuid4().hex})
    back = record_url(record.booking)
    if form.is_valid():
        try:
            if not ratelimit.consume(request, action="send_record", key=f"{record.pk}:{request.user.pk}"):
                raise SentTooOften
            send_record(
                record=record, by=request.user, capacity=capacity, key=form.cleaned_data["key"], now=clock.now()
            )
        except DomainError as error:
            return refused_back(request, error, back)
        messages.success(request, _("We’ll e-mail the record to %(address)s.") % {"address": masked(record)})
        return redirect(back)
    context = {
        "form": form,
        "visit": visit_words(record.booking),
        "address": masked(record),
        "back_url": back,
        "as_pdf": settings.MAIL_RECORDS_AS_PDF,
    }
    return render(request, "clinical/documents/send.html", context)


@require_POST
def export(request: SignedInRequest) -> HttpResponse:
    """Asks for the file, and leads to where it will be. Somebody else's patient reads like none at all (A7)."""
    form, now = ExportForm(request.POST), clock.now()
    found = selectors.patient_readable_by(request.user, form.cleaned_data["patient"], now) if form.is_valid() else None
    if found is None:
        raise Http404
    try:
        asked = request_export(owner=request.user, subject=found[0], kind=NAME, now=now)
    except ExportNotFound as error:
        raise Http404 from error
    return redirect("exports:export", asked.pk)
