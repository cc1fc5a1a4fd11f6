"""Closing a patient's account, by staff or by the patient, and opening it again (H3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

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


def _close(request: SignedInRequest, user: User, form: ClosingForm, now: datetime) -> str:
    """Closes it; answers why not."""
    reason = form.cleaned_data.get("reason", "")
    try:
        services.close_patient(user=user, decisions=form.decisions, reason=reason, by=request.user, now=now)
    except DomainError as error:
        return str(error.message)
    return ""


@form_page
@requires(Can.HANDLE_PERSONAL_DATA)
def closing(request: SignedInRequest, patient_id: int) -> HttpResponse:
    """Every coming appointment of the family is decided, then the account is closed."""
    patient, now = _patient(request, patient_id), clock.now()
    user = patient.user
    if user is None or not user.is_active:
        return render(request, "bookings/account_closure/over.html", {"patient": patient})
    form, refusal = _form(request, user, now), ""
    if form.is_valid():
        refusal = _close(request, user, form, now)
        if not refusal:
            messages.success(
                request, _("The account of %(name)s is closed. The records stay.") % {"name": patient.full_name}
            )
            return redirect("bookings:closing", patient.pk)
    context = {"form": form, "patient": patient, "people_names": _names(services.cared_for(user)), "refusal": refusal}
    return render(request, "bookings/account_closure/close.html", context, status=409 if refusal else 200)


def _names(people: Iterable[PatientProfile]) -> str:
    return ", ".join(person.full_name for person in people)


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
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(name)s can sign in again.") % {"name": patient.full_name})
    return redirect("bookings:closing", patient.pk)


@form_page
@requires(Can.EDIT_PATIENT_PROFILE)
@requires_recent_sign_in
def close_own(request: SignedInRequest) -> HttpResponse:
    """One's own account. Staff can open it again."""
    user, now = request.user, clock.now()
    form, refusal = _form(request, user, now), ""
    if form.is_valid():
        refusal = _close(request, user, form, now)
        if not refusal:
            logout(request)
            messages.success(request, _("Your account is closed. Goodbye, and all the best."))
            return redirect("dashboards:home")
    context = {"form": form, "people_names": _names(services.cared_for(user)), "refusal": refusal}
    return render(request, "bookings/account_closure/close_own.html", context, status=409 if refusal else 200)
