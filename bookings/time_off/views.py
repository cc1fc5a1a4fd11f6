"""A doctor's time off: what it hits is shown and decided before it is saved (B6)."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from bookings.links import detail_url
from bookings.shortcuts import visible_booking
from bookings.time_off import presenters as words
from bookings.time_off import services
from bookings.time_off.forms import DecisionForm, TimeOffForm
from bookings.time_off.rules import TimeOffPreview
from core import clock
from core.errors import DomainError
from core.intervals import interval_of
from core.web.next_url import safe_next
from core.web.refusal_pages import refused, refused_back
from doctors import selectors as doctors
from doctors.models import DoctorProfile
from doctors.own_clock import zone_note


def _own_profile(request: SignedInRequest) -> DoctorProfile:
    doctor = doctors.doctor_of(request.user)
    if doctor is None:
        raise Http404
    return doctor


@require_safe
@requires(Can.MANAGE_DIARY)
def time_off(request: SignedInRequest) -> HttpResponse:
    """What is ahead: one's own time off and the hospital's closures."""
    now = clock.now()
    own = doctors.time_off_visible_to(request.user).filter(ends_at__gt=now)
    doctor = _own_profile(request)
    rows = words.off_rows(doctor, list(own), doctors.closures_ahead(now))
    return render(request, "bookings/time_off/list.html", {"rows": rows, "zone_note": zone_note(doctor, now)})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.MANAGE_DIARY)
def time_off_new(request: SignedInRequest) -> HttpResponse:
    """Dates first; then what they hit, with a decision for each appointment; `save` writes it all, or nothing."""
    now = clock.now()
    doctor = _own_profile(request)
    form = TimeOffForm(request.POST or None, now=now)
    if "change" in request.POST:
        form = TimeOffForm(initial=request.POST.dict(), now=now)
    if form.times is None and not form.is_valid():
        context = {"form": form, "zone_note": zone_note(doctor, now)}
        return render(request, "bookings/time_off/new.html", context)
    if "save" in request.POST:
        return _save(request, doctor, form, now)
    return _preview(request, doctor, form, now)


def _save(request: SignedInRequest, doctor: DoctorProfile, form: TimeOffForm, now: datetime) -> HttpResponse:
    effect = services.preview_time_off(doctor=doctor, off=form.times, now=now)
    decided = DecisionForm(request.POST, effect=effect, now=now)
    if not decided.is_valid():
        return _preview(request, doctor, form, now, decided=decided, effect=effect)
    try:
        saved = services.take_time_off(
            doctor=doctor,
            off=form.times,
            note=form.cleaned_data["note"],
            decisions=decided.decisions,
            reason=decided.cleaned_data.get("reason", ""),
            by=request.user,
            now=now,
        )
    except DomainError as error:
        why = str(error.message)
        return refused(error, lambda: _preview(request, doctor, form, now, refusal=why))
    messages.success(request, words.saved_words(saved))
    return redirect("bookings:time_off")


def _preview(
    request: SignedInRequest,
    doctor: DoctorProfile,
    form: TimeOffForm,
    now: datetime,
    *,
    decided: DecisionForm | None = None,
    effect: TimeOffPreview | None = None,
    refusal: str = "",
) -> HttpResponse:
    """What would happen, read now. What was chosen before stays chosen."""
    effect = effect or services.preview_time_off(doctor=doctor, off=form.times, now=now)
    decided = decided or DecisionForm(initial=request.POST.dict(), effect=effect, now=now)
    context = {
        "dates": form,
        "form": decided,
        "when": words.span_words_for(doctor, form.times),
        "sentences": words.effect_words(effect),
        "refusal": refusal,
    }
    return render(request, "bookings/time_off/preview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.MANAGE_DIARY)
def time_off_remove(request: SignedInRequest, time_off_id: int) -> HttpResponse:
    """Asks first; then the times of the weekly hours come back."""
    row = doctors.time_off_visible_to(request.user).filter(pk=time_off_id).first()
    if row is None:
        raise Http404
    if request.method == "POST":
        try:
            outcome = services.end_time_off(doctor=_own_profile(request), time_off_id=row.pk, now=clock.now())
        except DomainError as error:
            return refused_back(request, error, "bookings:time_off")
        removed = _("Time off removed. Times put back into your diary: %(count)s.")
        messages.success(request, removed % {"count": outcome.created})
        return redirect("bookings:time_off")
    context = {"when": words.span_words_for(_own_profile(request), interval_of(row)), "note": row.note}
    return render(request, "bookings/time_off/remove.html", context)


@require_POST
@requires(Can.SETTLE_CONFLICTS)
def dismiss_conflict(request: SignedInRequest, reference: str) -> HttpResponseRedirect:
    """Somebody has looked at an appointment that called for attention: it stays, and calls no more."""
    booking = visible_booking(request, reference)
    back_url = safe_next(request, default=detail_url(booking))
    try:
        services.dismiss_conflict(booking=booking)
    except DomainError as error:
        return refused_back(request, error, back_url)
    messages.success(request, _("%(name)s’s appointment stays as it is.") % {"name": booking.patient.full_name})
    return HttpResponseRedirect(back_url)
