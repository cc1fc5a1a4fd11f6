"""Pages of patients about themselves."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Can, requires
from accounts.signing_in.signup import sign_up, signup_links, signup_page
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import form_again
from patients.forms import PROFILE_FIELDS, PatientProfileForm, PatientSignUpForm
from patients.models import PatientProfile
from patients.selectors import own_patient
from patients.services import register_patient, update_patient

form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
@signup_page
def signup(request: HttpRequest) -> HttpResponse:
    """A patient's account. The role is this page's: nothing posted can make it another (A2)."""
    now = clock.now()
    form = PatientSignUpForm(request.POST or None, today=clock.hospital_day(now))
    page = partial(render, request, "patients/signup.html", {"form": form, **signup_links(request)})
    if form.is_valid():
        try:
            return sign_up(request=request, facts=form.facts(), register=register_patient, now=now)
        except DomainError as error:
            return form_again(error, form, page)
    return page()


@form_page
@requires(Can.EDIT_PATIENT_PROFILE)
def edit_profile(request: HttpRequest) -> HttpResponse:
    """One's own details (A8)."""
    patient = own_patient(request.user)
    if patient is None:
        raise Http404
    today = clock.hospital_day(clock.now())
    form = PatientProfileForm(request.POST or None, initial=_as_typed(patient), today=today)
    page = partial(render, request, "patients/edit_profile.html", {"form": form, "patient": patient})
    if form.is_valid():
        try:
            update_patient(patient=patient, **form.facts())
        except DomainError as error:
            return form_again(error, form, page)
        messages.success(request, _("Your details are saved."))
        return redirect("patients:edit_profile")
    return page()


def _as_typed(patient: PatientProfile) -> dict[str, Any]:
    user = patient.user
    own = {"full_name": user.full_name, "phone": user.phone}
    return own | {name: getattr(patient, name) for name in PROFILE_FIELDS}
