"""A doctor's own diary: the week, and the times in it (B4)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import form_again, refused
from doctors import presenters, rules, selectors
from doctors.diary.forms import DayForm, HoursForm, SlotForm
from doctors.models import Slot
from doctors.no_slots import presenters as no_slots_words
from doctors.no_slots.selectors import why_no_slots
from doctors.own_clock import on_clock_of, zone_note
from doctors.services import (
    SlotGone,
    SlotHasPassed,
    SlotIsBooked,
    create_slots,
    delete_slot,
    edit_slot,
)
from doctors.shortcuts import form_page, own_profile
from integrations.google_calendar.selectors import busy_times_kept_until


@require_safe
@requires(Can.MANAGE_DIARY)
def availability(request: SignedInRequest) -> HttpResponse:
    """One week of the diary, free and booked times at a glance."""
    now = clock.now()
    today = clock.hospital_day(now)
    monday = _monday(_day_asked_for(request, today))
    doctor = own_profile(request)
    slots = selectors.diary_between(request.user, monday, monday + timedelta(days=6))
    days = presenters.diary_week(doctor, slots, monday, now)
    context = {
        "doctor": doctor,
        "days": days,
        "sunday": days[-1].date,
        "free_count": sum(day.free_count for day in days),
        "booked_count": sum(day.booked_count for day in days),
        "previous_url": _week_url(monday - timedelta(days=7)),
        "next_url": _week_url(monday + timedelta(days=7)),
        "is_this_week": monday == _monday(today),
        "has_times": bool(slots),
        "lost_calendar": presenters.lost_calendar_words(busy_times_kept_until(doctor.user), now),
        "zone_note": zone_note(doctor, now),
        "why_none": no_slots_words.for_the_hospital(doctor, why_no_slots(doctor, now)),
    }
    return render(request, "doctors/diary/week.html", context)


@form_page
@requires(Can.MANAGE_DIARY)
def slot_new(request: SignedInRequest) -> HttpResponse:
    """One more time."""
    now = clock.now()
    form = SlotForm(request.POST or None, now=now, initial=_typed_day(request, clock.hospital_day(now)))
    return _add(request, form, "doctors/diary/slot_new.html")


@form_page
@requires(Can.MANAGE_DIARY)
def day_new(request: SignedInRequest) -> HttpResponse:
    """Several times of one length on one day. Asked for a preview, and before hours that go on
    after midnight are saved, it shows what would come of them."""
    now = clock.now()
    form = DayForm(request.POST or None, now=now, initial=_typed_day(request, clock.hospital_day(now)))
    must_look = form.is_valid() and not form.was_seen
    if "preview" in request.POST or must_look:
        context = {
            "form": form,
            "preview": _preview(request, form),
            "night_words": presenters.night_words(form.cleaned_data) if form.night else "",
            "must_look": must_look and "preview" not in request.POST,
            "zone_note": zone_note(own_profile(request), now),
        }
        return render(request, "doctors/diary/day_new.html", context)
    return _add(request, form, "doctors/diary/day_new.html")


@form_page
@requires(Can.MANAGE_DIARY)
def slot_edit(request: SignedInRequest, slot_id: UUID) -> HttpResponse:
    """Other hours for a free time that is still ahead."""
    now = clock.now()
    slot = _own_slot(request, slot_id)
    form = SlotForm(request.POST or None, now=now, slot=slot)
    if problem := _why_fixed(slot, is_past=slot.starts_at <= now):
        return _fixed(request, slot, problem)
    if form.is_valid():
        [(starts_at, ends_at)] = form.times
        doctor = own_profile(request)
        try:
            edit_slot(doctor=doctor, slot_id=slot.pk, starts_at=starts_at, ends_at=ends_at, by=request.user, now=now)
        except (SlotIsBooked, SlotHasPassed, SlotGone) as error:
            return _fixed(request, slot, error)
        except DomainError as error:
            return form_again(error, form, lambda: _edit_page(request, slot, form, now))
        messages.success(request, _("The time has been changed."))
        return redirect(_week_url(form.cleaned_data["date"]))
    return _edit_page(request, slot, form, now)


def _edit_page(request: SignedInRequest, slot: Slot, form: SlotForm, now: datetime) -> HttpResponse:
    return render(request, "doctors/diary/slot_edit.html", _about(request, slot, now) | {"form": form})


@form_page
@requires(Can.MANAGE_DIARY)
def slot_delete(request: SignedInRequest, slot_id: UUID) -> HttpResponse:
    """Asks first, then takes a free time out of the diary."""
    now = clock.now()
    slot = _own_slot(request, slot_id)
    if problem := _why_fixed(slot, is_past=slot.starts_at <= now):
        return _fixed(request, slot, problem)
    if request.method == "POST":
        try:
            delete_slot(doctor=own_profile(request), slot_id=slot.pk, by=request.user, now=now)
        except DomainError as error:
            return _fixed(request, slot, error)
        messages.success(request, _("The time has been deleted."))
        return redirect(_diary_of(slot))
    return render(request, "doctors/diary/slot_delete.html", _about(request, slot, now))


def _add(request: SignedInRequest, form: HoursForm, template: str) -> HttpResponse:
    if form.is_valid():
        try:
            made = create_slots(doctor=own_profile(request), times=form.times, now=form.now)
        except DomainError as error:
            return form_again(error, form, lambda: _new_page(request, form, template))
        added = ngettext(
            "The time has been added to your diary.", "%(count)s times have been added to your diary.", len(made)
        )
        messages.success(request, added % {"count": len(made)})
        return redirect(_week_url(form.cleaned_data["date"]))
    return _new_page(request, form, template)


def _new_page(request: SignedInRequest, form: HoursForm, template: str) -> HttpResponse:
    return render(request, template, {"form": form, "zone_note": zone_note(own_profile(request), form.now)})


def _preview(request: SignedInRequest, form: DayForm) -> list[dict[str, object]]:
    """What the form would add, each with whether it overlaps a time in the diary."""
    if not form.is_valid():
        return []
    doctor = own_profile(request)
    return [
        {"starts_at": on_clock_of(doctor, start), "ends_at": end, "overlaps": overlaps}
        for (start, end), overlaps in zip(
            form.times, selectors.overlaps_in_diary(request.user, form.times), strict=True
        )
    ]


def _about(request: SignedInRequest, slot: Slot, now: datetime) -> dict[str, object]:
    """A time of one's own, for the pages on which it is changed."""
    doctor = own_profile(request)
    return {
        "slot": slot,
        "starts_at": on_clock_of(doctor, slot.starts_at),
        "zone_note": zone_note(doctor, now),
        "diary_url": _diary_of(slot),
    }


def _own_slot(request: SignedInRequest, slot_id: UUID) -> Slot:
    slot = selectors.slots_visible_to(request.user).filter(pk=slot_id).first()
    if slot is None:
        raise Http404
    return slot


def _why_fixed(slot: Slot, *, is_past: bool) -> DomainError | None:
    if is_past:
        return SlotHasPassed()
    return None if slot.is_free else SlotIsBooked()


def _fixed(request: SignedInRequest, slot: Slot, error: DomainError) -> HttpResponse:
    """The sentence why this time stays as it is."""
    context = _about(request, slot, clock.now()) | {"message": error.message}
    return refused(error, lambda: render(request, "doctors/diary/slot_fixed.html", context))


def _typed_day(request: SignedInRequest, today: date) -> dict[str, date]:
    return {"date": max(_day_asked_for(request, today), today)}


def _day_asked_for(request: SignedInRequest, today: date) -> date:
    """The day of `?date=`, when it is within reach of the diary; else today."""
    try:
        asked = date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return today
    furthest = rules.FURTHEST_AHEAD + timedelta(days=7)
    return asked if today - 5 * furthest <= asked <= today + furthest else today


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week_url(day: date) -> str:
    return f"{reverse('doctors:availability')}?date={day.isoformat()}"


def _diary_of(slot: Slot) -> str:
    return _week_url(clock.hospital_day(slot.starts_at))
