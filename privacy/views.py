"""Personal data: taking it away, one's own or on request, and erasing it (H3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Can, requires, requires_any
from accounts.requests import SignedInRequest
from accounts.signing_in.recent_sign_in import requires_recent_sign_in
from audit import services as audit
from audit.choices import Kind
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import refused
from exports import services as exports
from patients.models import PatientProfile
from privacy import collect as collecting
from privacy import data_subjects, erasure_page
from privacy.archive import NAME as PERSONAL_DATA
from privacy.archive import build, file_name
from privacy.data_subjects import DataSubject
from privacy.erasing import NotClosed, StillHasAppointments, erase, erasure_preview
from privacy.forms import ErasureForm
from privacy.record_files import log_records_read, record_files

form_page = require_http_methods(["GET", "HEAD", "POST"])
FIND: dict[str, Callable[..., DataSubject | None]] = {
    "patients": data_subjects.patient_person,
    "doctors": data_subjects.doctor_person,
}


def _person(request: SignedInRequest, kind: str, subject_id: str) -> DataSubject:
    found = FIND[kind](request.user, int(subject_id))
    if found is None:
        raise Http404
    return found


def _given_out(request: SignedInRequest, person: DataSubject, *, subject: PatientProfile | None) -> HttpResponse:
    """At once when there is little; else made by a worker, and this leads to the page that says when it's ready."""
    if not collecting.is_large(person, rows=settings.EXPORT_IN_BACKGROUND_FROM):
        return _file(request, person)
    export = exports.request_export(owner=request.user, subject=subject, kind=PERSONAL_DATA, now=clock.now())
    return redirect("exports:export", export.pk)


def _file(request: SignedInRequest, person: DataSubject) -> HttpResponse:
    """Made for this answer alone: kept nowhere, by nobody in between either. Nothing leaves unrecorded."""
    now = clock.now()
    collected = collecting.collect(person, to_themselves=person.is_account(request.user))
    log_records_read(request.user, person, now=now)
    target = person.user or person.patient
    audit.record(
        Kind.PERSONAL_DATA_EXPORTED, target=target, details={"rows": sum(len(section.rows) for section in collected)}
    )
    return HttpResponse(
        build(person, collected, records=record_files(request.user, person, now=now), now=now),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{file_name(now)}"',
            "Cache-Control": "no-store, private",
        },
    )


# One's own


@require_safe
@requires_any(Can.EDIT_PATIENT_PROFILE, Can.EDIT_DOCTOR_PROFILE)
def own_data(request: SignedInRequest) -> HttpResponse:
    """What one may do with one's own data."""
    return render(request, "privacy/own_data.html", {"years": settings.RECORD_RETENTION_YEARS})


@require_POST
@requires_any(Can.EDIT_PATIENT_PROFILE, Can.EDIT_DOCTOR_PROFILE)
@requires_recent_sign_in
def own_export(request: SignedInRequest) -> HttpResponse:
    """One's own data as a file."""
    return _given_out(request, data_subjects.myself(request.user), subject=None)


# On request, by staff


@require_safe
@requires(Can.HANDLE_PERSONAL_DATA)
def data(request: SignedInRequest, kind: str, subject_id: str) -> HttpResponse:
    """Take a person's data away, close the account, erase the data."""
    person = _person(request, kind, subject_id)
    context = {
        "person": person,
        "kind": kind,
        "subject_id": subject_id,
        "close_url": _close_url(kind, subject_id),
        "record_url": _record_url(kind, subject_id),
    }
    return render(request, "privacy/data.html", context)


@require_POST
@requires(Can.HANDLE_PERSONAL_DATA)
@requires_recent_sign_in
def export(request: SignedInRequest, kind: str, subject_id: str) -> HttpResponse:
    """Everything held about a person, as a file to hand out to them. Never mailed.

    A doctor's at once, however much: an export is about a patient or its owner, and two doctors' must not be mixed up.
    """
    person = _person(request, kind, subject_id)
    return _given_out(request, person, subject=person.patient) if kind == "patients" else _file(request, person)


@form_page
@requires(Can.HANDLE_PERSONAL_DATA)
@requires_recent_sign_in
def erasure(request: SignedInRequest, kind: str, subject_id: str) -> HttpResponse:
    """What goes and what stays, in full, before it is done; then it can't be undone."""
    person, now = _person(request, kind, subject_id), clock.now()
    form = ErasureForm(request.POST or None)
    if form.is_valid():
        try:
            done = erase(person=person, reason=form.cleaned_data["reason"], by=request.user, now=now)
        except DomainError as error:
            why = str(error.message)
            return refused(
                error, lambda: _erasure_page(request, person, form, (kind, subject_id), now=now, refusal=why)
            )
        told = _("The data is erased. Their records bear the name %(pseudonym)s from now on.")
        messages.success(request, told % {"pseudonym": done.pseudonym})
        return redirect(_record_url(kind, subject_id))
    return _erasure_page(request, person, form, (kind, subject_id), now=now)


def _erasure_page(
    request: SignedInRequest,
    person: DataSubject,
    form: ErasureForm,
    record: tuple[str, str],
    *,
    now: datetime,
    refusal: str = "",
) -> HttpResponse:
    """`record`: which of their records the page is about, as its address says it."""
    kind, subject_id = record
    ahead = erasure_preview(person, now)
    context = {
        "person": person,
        "form": form,
        "ahead": ahead,
        "refusal": refusal or (ahead.refusal.message if ahead.refusal else ""),
        "may": ahead.refusal is None,
        "goes": erasure_page.goes(person, ahead),
        "stays": erasure_page.stays(person, ahead, settings.RECORD_RETENTION_YEARS),
        "close_url": _close_url(kind, subject_id)
        if isinstance(ahead.refusal, NotClosed | StillHasAppointments)
        else "",
        "data_url": reverse("privacy:data", args=[kind, subject_id]),
    }
    return render(request, "privacy/erasure.html", context)


def _close_url(kind: str, subject_id: str) -> str:
    return reverse("bookings:leaving" if kind == "doctors" else "bookings:closing", args=[subject_id])


def _record_url(kind: str, subject_id: str) -> str:
    model = "doctors_doctorprofile" if kind == "doctors" else "patients_patientprofile"
    return reverse(f"admin:{model}_change", args=[subject_id])
