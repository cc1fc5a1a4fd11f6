"""What everybody may look at: the directory, a doctor's page and the free times on it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import clock
from core.web.micro_cache import micro_cached
from doctors import presenters, selectors
from doctors.busy_times import ask_for_a_look
from doctors.directory.forms import DirectoryFilter
from doctors.directory.presenters import card
from doctors.directory.selectors import directory as directory_page
from doctors.directory.selectors import other_doctors_with_slots
from doctors.models import DoctorProfile
from doctors.no_slots import presenters as no_slots_words
from doctors.no_slots.selectors import why_no_slots
from doctors.rules import FURTHEST_AHEAD

_LONGEST_NUMBER = 9


@micro_cached
@require_safe
@login_not_required
def directory(request: HttpRequest) -> HttpResponse:
    """Search, filters and one page of doctors, soonest free time first (B2)."""
    now = clock.now()
    form = DirectoryFilter(request.GET, today=clock.hospital_day(now))
    page = directory_page(**form.criteria(), now=now, page=_page_number(request))
    is_filtered = any(request.GET.get(name) for name in form.fields)
    context = {
        "form": form,
        "blank_form": None if is_filtered else form.blank(),
        "page": page,
        "cards": [card(listing, request.user) for listing in page.items],
        "is_filtered": is_filtered,
    }
    return render(request, "doctors/directory/directory.html", context)


@micro_cached
@require_safe
@login_not_required
def profile(request: HttpRequest, slug: str) -> HttpResponse:
    """A doctor's page: who they are and when they are free (B3)."""
    now = clock.now()
    doctor = _visible_doctor(request, slug)
    ask_for_a_look(doctor, now=now)
    context = {
        **_free_times(request, doctor, now),
        "about": presenters.about(doctor),
        "terms": no_slots_words.terms_words(doctor),
        "is_own": request.user.is_authenticated and doctor.user_id == request.user.pk,
    }
    return render(request, "doctors/directory/profile.html", context)


@micro_cached
@require_safe
@login_not_required
def times(request: HttpRequest, slug: str) -> HttpResponse:
    """The free times alone, for the open page that asks again; 204 while nothing has changed."""
    now = clock.now()
    doctor = _visible_doctor(request, slug)
    context = _free_times(request, doctor, now)
    if request.GET.get("version") == context["version"]:
        return HttpResponse(status=204)
    return render(request, "doctors/directory/_times_update.html", {**context, "now": now})


def _visible_doctor(request: HttpRequest, slug: str) -> DoctorProfile:
    doctor = selectors.doctor_by_slug(slug, viewer=request.user)
    if doctor is None:
        raise Http404
    return doctor


def _free_times(request: HttpRequest, doctor: DoctorProfile, now: datetime) -> dict[str, Any]:
    days = selectors.free_days(doctor, now, _chosen_day(request, now))
    link = presenters.link_for(request.user, doctor)
    context = presenters.free_times(doctor, days, today=clock.hospital_day(now), link=link)
    context["can_choose"] = presenters.can_choose(request.user)
    if days.first_free is None:
        others = other_doctors_with_slots(doctor, now)
        context["others"] = [card(listing, request.user) for listing in others]
        context["why"] = no_slots_words.for_patients(doctor, why_no_slots(doctor, now))
    return context


def _chosen_day(request: HttpRequest, now: datetime) -> date | None:
    """The day asked for, when it is one on which there can be free times."""
    try:
        chosen = date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return None
    today = clock.hospital_day(now)
    return chosen if today <= chosen <= today + FURTHEST_AHEAD + timedelta(days=1) else None


def _page_number(request: HttpRequest) -> int:
    """The page asked for; the first for anything that is not a number. The selector keeps it within bounds."""
    try:
        return int(request.GET.get("page", "")[:_LONGEST_NUMBER])
    except ValueError:
        return 1
