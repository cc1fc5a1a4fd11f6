"""A doctor's time off, entered by staff (B6): on the telephone with a doctor who is ill, in under a minute.

The same preview and the same decision for each appointment as on the doctor's own page.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Can, may
from accounts.staff.admin_pages import Column, StaffPages
from bookings.fields import PATIENT_READS_IT
from bookings.time_off import presenters as words
from bookings.time_off import services
from bookings.time_off.forms import DecisionForm, TimeOffForm
from bookings.time_off.rules import TimeOffDecision
from core import clock
from core.admin.service_admin import PickOne, ServiceAdmin
from core.errors import DomainError
from core.intervals import interval_of
from doctors.models import DoctorProfile, TimeOff

QUICK = (("afternoon", _("This afternoon")), ("today", _("Today")), ("tomorrow", _("Tomorrow")))
NOON = "12:00"


class DoctorTimeOffForm(TimeOffForm):
    """Whose time off, and when. `/admin/doctors/timeoff/add/?doctor=<id>` chooses the doctor beforehand."""

    doctor = forms.ModelChoiceField(
        label=_("Doctor"),
        queryset=DoctorProfile.objects.select_related("user").filter(user__is_active=True),
        widget=PickOne(TimeOff.doctor.field, admin.site),
        help_text=_("Search by name or specialty."),
        error_messages={"required": _("Choose the doctor.")},
    )
    field_order = ("doctor",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].help_text = gettext("For example “ill, phoned at 8”. Only the doctor and staff can see it.")


class StaffDecisionForm(DecisionForm):
    """What becomes of each appointment, in words for who is not the doctor."""

    def __init__(self, *args: Any, with_phone: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.bookings:
            self.fields["reason"].help_text = f"{gettext('Required if you cancel.')} {PATIENT_READS_IT}"
        by_field = {f"choice_{booking.reference}": booking for booking in self.bookings}
        for name, booking in by_field.items():
            field = self.fields[name]
            field.choices = [(key, _in_words(key, label)) for key, label in field.choices]  # type: ignore[attr-defined]
            if not with_phone:
                field.help_text = booking.get_status_display()


def _in_words(choice: str, label: str) -> str:
    return gettext("Keep it – the doctor will see this patient") if choice == TimeOffDecision.KEEP else label


def _with_days(data: QueryDict, now: datetime) -> QueryDict:
    """The answers, with the days of the quick choice that was pressed."""
    quick = data.get("quick")
    if quick not in dict(QUICK):
        return data
    day = clock.hospital_day(now) + timedelta(days=quick == "tomorrow")
    filled = data.copy()
    start = NOON if quick == "afternoon" else ""
    for name, value in {"first_day": day.isoformat(), "last_day": day.isoformat(), "start": start, "end": ""}.items():
        filled[name] = value
    return filled


@admin.register(TimeOff)
class TimeOffAdmin(StaffPages, ServiceAdmin):
    """When doctors are away: entered here or by themselves, never typed over; removed, the weekly hours come back."""

    called = _("time off")
    called_one = _("time off")
    add_words = _("Add time off")
    list_display = ("doctor_name", "span", "note", "created_by")
    list_filter = ("doctor__department",)
    list_select_related = ("doctor__user", "created_by")
    search_fields = ("doctor__user__search_name__holds_word", "note__icontains")
    search_through = ("doctor",)
    search_help_text = _("Doctor or note")
    linked_lookups = frozenset({"doctor__id__exact"})
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "-pk")
    fields = ("doctor", "span", "note", "created_by", "created_at")
    readonly_fields = fields
    csv_columns = (
        Column(_("Doctor"), "doctor.display_name"),
        Column(_("Starts at"), "starts_at"),
        Column(_("Ends at"), "ends_at"),
        Column(_("Note"), "note"),
        Column(_("Entered by"), "created_by.full_name"),
        Column(_("Entered at"), "created_at"),
    )

    def has_change_permission(self, request: HttpRequest, obj: TimeOff | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: TimeOff | None = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return time_off_view(self, request)

    def remove(self, request: HttpRequest, obj: TimeOff) -> None:
        services.end_time_off(doctor=obj.doctor, time_off_id=obj.pk, now=clock.now())

    @admin.display(description=_("Doctor"), ordering="doctor__user__search_name")
    def doctor_name(self, row: TimeOff) -> str:
        return row.doctor.display_name

    @admin.display(description=_("When"), ordering="starts_at")
    def span(self, row: TimeOff) -> str:
        return words.span_words_for(row.doctor, interval_of(row))


def time_off_view(model_admin: TimeOffAdmin, request: HttpRequest) -> HttpResponse:
    """Who and when first; then what it hits, with a decision for each appointment; `save` writes it all, or nothing."""
    now = clock.now()
    if request.method != "POST":
        return _ask(model_admin, request, DoctorTimeOffForm(initial={"doctor": request.GET.get("doctor")}, now=now))
    form = DoctorTimeOffForm(_with_days(request.POST, now), now=now)
    if "change" in request.POST or not form.is_valid():
        again = DoctorTimeOffForm(initial=request.POST.dict(), now=now) if "change" in request.POST else form
        return _ask(model_admin, request, again)
    if "save" in request.POST:
        return _save(model_admin, request, form, now)
    return _preview(model_admin, request, form, now)


def _save(model_admin: TimeOffAdmin, request: HttpRequest, form: DoctorTimeOffForm, now: datetime) -> HttpResponse:
    doctor = form.cleaned_data["doctor"]
    effect = services.preview_time_off(doctor=doctor, off=form.times, now=now)
    decided = StaffDecisionForm(request.POST, effect=effect, now=now, with_phone=_sees_phone(request))
    if not decided.is_valid():
        return _preview(model_admin, request, form, now, decided=decided)
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
        return _preview(model_admin, request, form, now, refusal=error.message)
    model_admin.log_addition(request, saved.time_off, "Time off.")
    whose = gettext("The time off of %(doctor)s") % {"doctor": doctor.display_name}
    messages.success(request, words.saved_words(saved, what=whose))
    return redirect(f"{reverse('admin:doctors_timeoff_changelist')}?doctor__id__exact={doctor.pk}")


def _sees_phone(request: HttpRequest) -> bool:
    return may(request.user, Can.SEE_PATIENTS)


def _ask(model_admin: TimeOffAdmin, request: HttpRequest, form: DoctorTimeOffForm) -> HttpResponse:
    context = {
        "title": gettext("Time off for a doctor"),
        "form": form,
        "media": model_admin.media + form.media,
        "quick": QUICK,
        "rows": [form[name] for name in ("first_day", "start", "last_day", "end", "note")],
    }
    return _page(model_admin, request, "ask", context)


def _preview(
    model_admin: TimeOffAdmin,
    request: HttpRequest,
    form: DoctorTimeOffForm,
    now: datetime,
    *,
    decided: StaffDecisionForm | None = None,
    refusal: str = "",
) -> HttpResponse:
    """What would happen, read now. What was chosen before stays chosen."""
    doctor = form.cleaned_data["doctor"]
    effect = services.preview_time_off(doctor=doctor, off=form.times, now=now)
    asked = decided or StaffDecisionForm(
        initial=request.POST.dict(), effect=effect, now=now, with_phone=_sees_phone(request)
    )
    context = {
        "title": gettext("Time off: %(doctor)s, %(when)s")
        % {"doctor": doctor.display_name, "when": words.span_words_for(doctor, form.times)},
        "dates": form,
        "form": asked,
        "decisions": [field for field in asked if field.name.startswith("choice_")],
        "media": model_admin.media,
        "sentences": words.effect_words(effect, diary=gettext("the doctor’s diary")),
        "refusal": refusal,
    }
    return _page(model_admin, request, "preview", context)


def _page(model_admin: TimeOffAdmin, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    site = model_admin.admin_site.each_context(request)
    template = f"admin/doctors/timeoff/{name}.html"
    return TemplateResponse(request, template, {**site, "opts": model_admin.opts, **context})
