"""Closing a patient's account, by staff or by the patient, and opening it again (H3)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from accounts.signing_in.recent_sign_in import requires_recent_sign_in
from bookings.account_closure import selectors, services
from bookings.account_closure.forms import ClosingForm
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import refused, refused_back
from patients.models import PatientProfile

form_page = require_http_methods(["GET", "HEAD", "POST"])


def _patient(request: SignedInRequest, patient_id: int) -> PatientProfile:
    found = selectors.patients_handled_by(request.user).filter(pk=patient_id).first()
    if found is None:
        raise Http404
    return found


def _form(request: SignedInRequest, user: User, now: datetime) -> ClosingForm:
    bookings = services.to_decide(user, now)
    return ClosingForm(request.POST if request.method == "POST" else None, bookings=bookings, by=request.user, now=now)


def _close(request: SignedInRequest, user: User, form: ClosingForm, now: datetime) -> None:
    """Raises what `close_patient` raises."""
    reason = form.cleaned_data.get("reason", "")
    services.close_patient(user=user, decisions=form.decisions, reason=reason, by=request.user, now=now)


def _form_page(
    request: SignedInRequest, template: str, context: dict[str, Any], user: User, error: DomainError | None = None
) -> HttpResponse:
    """The form, and why it was refused."""
    names = ", ".join(person.full_name for person in services.cared_for(user))
    context |= {"people_names": names, "refusal": error.message if error else ""}
    return render(request, template, context)


@form_page
@requires(Can.HANDLE_PERSONAL_DATA)
def closing(request: SignedInRequest, patient_id: int) -> HttpResponse:
    """Every coming appointment of the family is decided, then the account is closed."""
    patient, now = _patient(request, patient_id), clock.now()
    user = patient.user
    if user is None or not user.is_active:
        return render(request, "bookings/account_closure/over.html", {"patient": patient})
    form = _form(request, user, now)
    page = partial(_form_page, request, "bookings/account_closure/close.html", {"form": form, "patient": patient}, user)
    if not form.is_valid():
        return page()
    try:
        _close(request, user, form, now)
    except DomainError as error:
        return refused(error, partial(page, error))
    messages.success(request, _("%(name)s’s account is closed. The records are kept.") % {"name": patient.full_name})
    return redirect("bookings:closing", patient.pk)


@form_page
@requires(Can.HANDLE_PERSONAL_DATA)
def opening(request: SignedInRequest, patient_id: int) -> HttpResponse:
    """Asks first; then they can sign in again."""
    patient = _patient(request, patient_id)
    if patient.user is None or patient.user.is_active:
        return redirect("bookings:closing", patient.pk)
    if request.method != "POST":
        return render(request, "bookings/account_closure/reopen.html", {"patient": patient})
    try:
        services.open_patient(user=patient.user)
    except DomainError as error:
        return refused_back(request, error, "bookings:closing", patient.pk)
    messages.success(request, _("%(name)s can sign in again.") % {"name": patient.full_name})
    return redirect("bookings:closing", patient.pk)


@form_page
@requires(Can.EDIT_PATIENT_PROFILE)
@requires_recent_sign_in
def close_own(request: SignedInRequest) -> HttpResponse:
    """One's own account. Staff can open it again."""
    user, now = request.user, clock.now()
    form = _form(request, user, now)
    page = partial(_form_page, request, "bookings/account_closure/close_own.html", {"form": form}, user)
    if not form.is_valid():
        return page()
    try:
        _close(request, user, form, now)
    except DomainError as error:
        return refused(error, partial(page, error))
    logout(request)
    messages.success(request, _("Your account is closed. Goodbye, and all the best."))
    return redirect("dashboards:home")
