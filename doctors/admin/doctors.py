"""Departments, doctors and their times in the admin (H1). Writes go through doctors/services.py."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.invitations.forms import invited_words
from accounts.staff.admin_pages import Column, StaffPages
from core import clock
from core.admin.service_admin import ServiceAdmin
from core.formats import money
from core.money import from_cents
from core.text.phones import phone_words
from doctors import services
from doctors.admin.forms import PRACTICE_FIELDS, DoctorForm, NewDoctorForm
from doctors.models import DoctorProfile
from doctors.no_slots import presenters as no_slots_words
from doctors.no_slots.selectors import why_no_slots
from doctors.profile.invitations import invite_doctor

INVITED = _("We’ll e-mail a link to this address, so that the doctor can set a password and confirm the address.")


class ApprovalFilter(admin.SimpleListFilter):
    title = _("licence")
    parameter_name = "licence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", gettext("Waiting for approval")), ("approved", gettext("Approved"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DoctorProfile]) -> QuerySet[DoctorProfile]:
        if self.value() is None:
            return queryset
        return queryset.filter(approved_at__isnull=self.value() == "waiting")


@admin.register(DoctorProfile)
class DoctorAdmin(StaffPages, ServiceAdmin):
    form = DoctorForm
    called = _("doctors")
    called_one = _("doctor")
    add_words = _("Add a doctor")
    list_display = (
        "name",
        "department",
        "specialization",
        "licence_number",
        "phone",
        "fee",
        "approved",
        "is_accepting",
    )
    list_filter = (ApprovalFilter, "is_accepting", "user__is_active", "department")
    list_select_related = ("user", "department")
    search_fields = (
        "user__search_name__holds_word",
        "user__email__icontains",
        "user__username__icontains",
        "user__phone__digits__contains",
        "search_specialization__holds_word",
        "licence_number__icontains",
    )
    search_help_text = _("Name, specialty, licence, e-mail address or phone")
    csv_columns = (
        Column(_("Name"), "user.full_name"),
        Column(_("Department"), "department.name"),
        Column(_("Specialty"), "specialization"),
        Column(_("Qualification"), "qualification"),
        Column(_("Licence number"), "licence_number"),
        Column(_("Years of experience"), "years_of_experience"),
        Column(
            format_lazy(_("Fee ({currency})"), currency=settings.CURRENCY),
            lambda row: from_cents(row.consultation_fee_cents, settings.CURRENCY),
        ),
        Column(_("Room"), "room"),
        Column(_("Phone"), lambda row: phone_words(row.user.phone)),
        Column(_("E-mail address"), "user.email"),
        Column(_("Takes new bookings"), "is_accepting"),
        Column(_("Approved at"), "approved_at"),
        Column(_("Active"), "user.is_active"),
    )
    ordering = ("user__search_name", "pk")
    date_hierarchy = "created_at"
    actions = ("approve", "export_csv")
    change_form_template = "admin/doctors/doctorprofile/change_form.html"

    def get_fieldsets(self, request: HttpRequest, obj: DoctorProfile | None = None) -> Any:
        if obj is None:
            account = ("full_name", "email", "username", "phone")
            invited = {"fields": account, "description": INVITED}
            licence = (_("Licence"), {"fields": ("licence_checked",)})
            return [(_("Account"), invited), (_("Practice"), {"fields": PRACTICE_FIELDS}), licence]
        return [
            (_("Person"), {"fields": ("full_name", "phone", "username", "email")}),
            (_("Practice"), {"fields": PRACTICE_FIELDS}),
            (_("Diary"), {"fields": ("why_no_times", "time_zone", "terms")}),
            (_("Licence"), {"fields": ("approved_at", "approved_by", "created_at")}),
        ]

    def has_change_permission(self, request: HttpRequest, obj: DoctorProfile | None = None) -> bool:
        """Who is erased is only looked at."""
        return super().has_change_permission(request, obj) and (obj is None or obj.user.erased_at is None)

    def get_readonly_fields(self, request: HttpRequest, obj: DoctorProfile | None = None) -> tuple[str, ...]:
        diary = ("why_no_times", "time_zone", "terms")
        return ("username", "email", *diary, "approved_at", "approved_by", "created_at") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=self.form if obj else NewDoctorForm, **kwargs)

    def save_model(self, request: HttpRequest, obj: DoctorProfile, form: Any, change: bool) -> None:
        if change:
            data = form.cleaned_data
            services.update_doctor(
                doctor=obj, full_name=data["full_name"], phone=data["phone"], profile=form.practice()
            )
            return
        made = invite_doctor(
            **form.account_facts(),
            licence_checked=form.cleaned_data["licence_checked"],
            by=request.user,
            now=clock.now(),
            profile=form.practice(),
        )
        obj.pk = made.pk
        obj.refresh_from_db()

    @admin.action(description=_("Approve the licence (patients will see them)"), permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[DoctorProfile]) -> HttpResponse | None:
        """From the list, or by the button on a doctor's own page, which is come back to."""
        now = clock.now()
        self.run_on_each(
            request,
            queryset,
            step=lambda doctor: services.approve_doctor(doctor=doctor, by=request.user, now=now),
            done=ngettext_lazy("%(n)s doctor approved.", "%(n)s doctors approved.", "n"),
            logged="Approved.",
            todo=Q(approved_at__isnull=True),
        )
        doctor = queryset.first() if "own_page" in request.POST else None
        return redirect("admin:doctors_doctorprofile_change", doctor.pk) if doctor else None

    def said_when_added(self, obj: DoctorProfile) -> str:
        return invited_words(obj.user.email)

    def autocomplete_label(self, doctor: DoctorProfile) -> str:
        return f"{doctor.display_name}, {doctor.specialization}"

    @admin.display(description=_("Name"), ordering="user__search_name")
    def name(self, doctor: DoctorProfile) -> str:
        return doctor.display_name

    @admin.display(description=_("Phone"))
    def phone(self, doctor: DoctorProfile) -> str:
        return phone_words(doctor.user.phone)

    @admin.display(description=_("Username"))
    def username(self, doctor: DoctorProfile) -> str:
        return doctor.user.username

    @admin.display(description=_("E-mail address"))
    def email(self, doctor: DoctorProfile) -> str:
        return doctor.user.email

    @admin.display(description=_("Times patients can see"))
    def why_no_times(self, doctor: DoctorProfile) -> str:
        """None, and why; or that there are some."""
        reasons = why_no_slots(doctor, clock.now())
        if not reasons:
            return gettext("There are some")
        return gettext("None. %(why)s") % {"why": "; ".join(no_slots_words.for_the_hospital(doctor, reasons))}

    @admin.display(description=_("Booking policy, as patients see it"))
    def terms(self, doctor: DoctorProfile) -> str:
        return no_slots_words.terms_words(doctor)

    @admin.display(description=_("Fee"), ordering="consultation_fee_cents")
    def fee(self, doctor: DoctorProfile) -> SafeString | str:
        return money(doctor.consultation_fee_cents)

    @admin.display(description=_("Approved"), boolean=True, ordering="approved_at")
    def approved(self, doctor: DoctorProfile) -> bool:
        return doctor.approved_at is not None
