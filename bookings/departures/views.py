"""A doctor leaves, or comes back (H3): what it meets is shown and decided before anything is saved."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from bookings.departures import presenters, services
from bookings.departures.forms import DepartureDecisionsForm, LastDayForm
from bookings.departures.selectors import departure_of, doctors_managed_by
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import refused, refused_back
from doctors.models import DoctorProfile

form_page = require_http_methods(["GET", "HEAD", "POST"])


def _doctor(request: SignedInRequest, doctor_id: int) -> DoctorProfile:
    found = doctors_managed_by(request.user).filter(pk=doctor_id).first()
    if found is None:
        raise Http404
    return found


@form_page
@requires(Can.MANAGE_DOCTORS)
def leaving(request: SignedInRequest, doctor_id: int) -> HttpResponse:
    """When first; then what that meets, with a decision for each appointment; `save` writes it all, or nothing."""
    doctor, now = _doctor(request, doctor_id), clock.now()
    departure = departure_of(doctor)
    if departure is not None or not doctor.user.is_active:
        return render(request, "bookings/departures/left.html", {"doctor": doctor, "departure": departure})
    form = LastDayForm(request.POST or None, now=now)
    if "change" in request.POST or not form.is_valid():
        again = LastDayForm(initial=request.POST.dict(), now=now) if "change" in request.POST else form
        return render(request, "bookings/departures/when.html", {"form": again, "doctor": doctor})
    if "save" in request.POST:
        return _save(request, doctor, form, now)
    return _preview(request, doctor, form, now)


def _save(request: SignedInRequest, doctor: DoctorProfile, form: LastDayForm, now: datetime) -> HttpResponse:
    last_day = form.last_day_or_none
    effect = services.preview_departure(doctor=doctor, last_day=last_day, now=now)
    decided = DepartureDecisionsForm(request.POST, effect=effect)
    if not decided.is_valid():
        return _preview(request, doctor, form, now, decided=decided)
    try:
        left = services.leave(
            doctor=doctor,
            last_day=last_day,
            decisions=decided.decisions,
            otherwise=decided.for_all,
            seen=request.POST.get("seen", "").split(),
            reason=decided.cleaned_data.get("reason", ""),
            by=request.user,
            now=now,
        )
    except DomainError as error:
        why = str(error.message)
        return refused(error, lambda: _preview(request, doctor, form, now, refusal=why))
    messages.success(request, presenters.left_words(left, doctor.display_name, last_day))
    return redirect("bookings:leaving", doctor.pk)


def _preview(
    request: SignedInRequest,
    doctor: DoctorProfile,
    form: LastDayForm,
    now: datetime,
    *,
    decided: DepartureDecisionsForm | None = None,
    refusal: str = "",
) -> HttpResponse:
    """What would happen, read now. What was chosen before stays chosen."""
    effect = services.preview_departure(doctor=doctor, last_day=form.last_day_or_none, now=now)
    context = {
        "doctor": doctor,
        "dates": form,
        "form": decided or DepartureDecisionsForm(initial=request.POST.dict(), effect=effect),
        "last_day": form.last_day_or_none,
        "sentences": presenters.effect_words(effect, form.last_day_or_none),
        "seen": " ".join(booking.reference for booking in effect.bookings),
        "refusal": refusal,
    }
    return render(request, "bookings/departures/preview.html", context)


@form_page
@requires(Can.MANAGE_DOCTORS)
def reinstate(request: SignedInRequest, doctor_id: int) -> HttpResponse:
    """Asks first; then the account is open, and the weekly hours make times again."""
    doctor = _doctor(request, doctor_id)
    departure = departure_of(doctor)
    if departure is None and doctor.user.is_active:
        return redirect("bookings:leaving", doctor.pk)
    if request.method != "POST":
        return render(request, "bookings/departures/reinstate.html", {"doctor": doctor, "departure": departure})
    try:
        outcome = services.reinstate(doctor=doctor, now=clock.now())
    except DomainError as error:
        return refused_back(request, error, "bookings:leaving", doctor.pk)
    done = _("%(doctor)s works here and can sign in. Times put back into the diary: %(count)s.")
    messages.success(request, done % {"doctor": doctor.display_name, "count": outcome.created})
    return redirect("bookings:leaving", doctor.pk)
