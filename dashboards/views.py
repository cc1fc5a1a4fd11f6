"""Front page and the homes of patients and doctors."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.choices import Role
from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from bookings.services.read_trail import list_read
from core import clock
from core.web.micro_cache import micro_cached
from dashboards.forms import SearchBox
from dashboards.presenters import department_links, doctor_card, doctor_page, patient_page
from dashboards.selectors import doctor_home, next_free_doctors, patient_home
from doctors.selectors import departments

_DETAILS = {Role.PATIENT: "patients:edit_profile", Role.DOCTOR: "doctors:edit_profile", Role.STAFF: "accounts:me"}


@micro_cached
@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """Search, the next free times, how it works, departments."""
    now = clock.now()
    known = departments()
    context = {
        "search": SearchBox(departments=known, today=clock.hospital_day(now)),
        "doctors": [doctor_card(listing, request.user) for listing in next_free_doctors(now)],
        "departments": department_links(known),
    }
    return render(request, "dashboards/home.html", context)


@require_safe
def profile(request: SignedInRequest) -> HttpResponse:
    """One address for "my details", whatever the role."""
    return redirect(_DETAILS[Role(request.user.role)])


@require_safe
@requires(Can.SEE_OWN_BOOKINGS)
def patient(request: SignedInRequest) -> HttpResponse:
    """Next appointment, upcoming, past, cancelled (C12)."""
    now = clock.now()
    page = patient_page(patient_home(request.user, now), request.user, now)
    return render(request, "dashboards/patient.html", {"page": page})


@require_safe
@requires(Can.SEE_OWN_CLINIC)
def doctor(request: SignedInRequest) -> HttpResponse:
    """Today's list, next patient, this week in figures, who waits for an answer (B8)."""
    now = clock.now()
    found = doctor_home(request.user, now)
    if found is None:
        raise Http404
    list_read([*found.today, *found.waiting], viewer=request.user, what="doctor's day")
    return render(request, "dashboards/doctor.html", {"page": doctor_page(found, request.user, now), "today": now})
