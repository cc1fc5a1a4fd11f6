"""The week grid: a doctor's weekly hours, shown before they are saved (B5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.permissions import Can, requires
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import form_again
from doctors.models import DoctorProfile
from doctors.schedule import page as weekly_page
from doctors.schedule import services as schedule
from doctors.schedule.forms import EDITS, WeekForm, as_typed, edited
from doctors.schedule.selectors import openings_of, weekly_hours_of
from doctors.shortcuts import form_page, own_profile


@form_page
@requires(Can.MANAGE_DIARY)
def weekly(request: HttpRequest) -> HttpResponse:
    """Seven days, two or more ranges each. `act` says which button was pressed; saving comes after looking."""
    now = clock.now()
    doctor = own_profile(request)
    sets = weekly_page.sets_of(weekly_hours_of(doctor))
    key = request.GET.get("hours", "")
    chosen = weekly_page.chosen_set(sets, key)
    if chosen is None:
        raise Http404
    others = [weekly for known in sets if known.key != chosen.key for weekly in known.ranges]
    context = {"doctor": doctor, "sets": sets, "chosen": chosen, "seen": [*chosen.ranges, *others]}
    act = request.POST.get("act", "")
    if act in EDITS:
        form = WeekForm(initial=edited(request.POST.dict(), act), others=others)
        return _page(request, form, context)
    typed = as_typed(chosen.ranges, time_zone=doctor.time_zone, today=clock.hospital_day(now))
    form = WeekForm(request.POST or None, initial=typed, others=others, replaces=chosen.ranges)
    if form.is_valid():
        return _look_or_save(request, doctor, form, context, now)
    return _page(request, form, context)


def _look_or_save(
    request: HttpRequest, doctor: DoctorProfile, form: WeekForm, context: dict[str, Any], now: datetime
) -> HttpResponse:
    zone, save = form.cleaned_data["time_zone"], request.POST.get("act") == "save"
    if not save or form.cleaned_data["previewed"] != form.digest:
        shown = schedule.preview(doctor=doctor, ranges=form.all_ranges, time_zone=zone, now=now)
        preview = weekly_page.preview_words(shown, form.all_ranges, zone=ZoneInfo(zone), must_look_again=save)
        return _page(request, form, {**context, "preview": preview, "digest": form.digest})
    try:
        outcome = schedule.set_weekly_hours(
            doctor=doctor, ranges=form.all_ranges, seen=context["seen"], time_zone=zone, now=now
        )
    except DomainError as error:
        return form_again(error, form, lambda: _page(request, form, context))
    later = openings_of(doctor, form.all_ranges, now, time_zone=zone)
    done = weekly_page.done_words(outcome, later)
    messages.success(request, _("Your weekly hours are saved. %(done)s") % {"done": done})
    return redirect("doctors:availability")


def _page(request: HttpRequest, form: WeekForm, context: dict[str, Any]) -> HttpResponse:
    return render(request, "doctors/schedule/weekly.html", {"preview": None, "digest": "", **context, "form": form})
