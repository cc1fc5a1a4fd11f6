"""Departments, doctors and their times in the admin (H1). Writes go through doctors/services.py."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, IntegerField, OuterRef, ProtectedError, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.staff_admin import Column, StaffPages
from core import clock
from core.errors import DomainError
from core.intervals import hours_on
from core.phones import phone_words
from core.service_admin import ReadOnlyAdmin, ServiceAdmin, day_in_list
from core.templatetags.hms import clock_time, end_time, long_date, money
from doctors import reason_words, selectors, services
from doctors.admin.forms import PRACTICE_FIELDS, DoctorForm, NewDoctorForm, SlotForm
from doctors.choices import SlotState
from doctors.models import Department, DoctorProfile, Slot, WeeklyHours
from doctors.own_clock import on_clock_of
from doctors.profile.invitations import invite_doctor

INVITED = "We mail a link to this address, by which the doctor sets the password and confirms the address."


class DepartmentInUse(DomainError):
    message = "This department still has doctors. Move them to another department first."


@admin.register(Department)
class DepartmentAdmin(StaffPages, ServiceAdmin):
    list_display = ("name", "doctor_count", "description")
    search_fields = ("name__icontains", "description__icontains")
    csv_columns = (
        Column("Name", "name"),
        Column("Doctors", lambda row: row.doctor_count or 0),
        Column("Description", "description"),
    )
    prepopulated_fields = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        doctors = DoctorProfile.objects.filter(department=OuterRef("pk")).order_by().values("department")
        counted = Subquery(doctors.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        return super().get_queryset(request).annotate(doctor_count=counted)

    @admin.display(description="Doctors", ordering="doctor_count")
    def doctor_count(self, department: Department) -> int:
        return department.doctor_count or 0  # type: ignore[attr-defined]

    def get_readonly_fields(self, request: HttpRequest, obj: Department | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()  # people have bookmarked it

    def get_prepopulated_fields(self, request: HttpRequest, obj: Department | None = None) -> dict[str, Any]:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Department | None = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Says at once, in a sentence, that a department with doctors stays."""
        department = self.get_object(request, object_id)
        if department is not None and department.doctors.exists():
            self.message_user(request, DepartmentInUse.message, messages.ERROR)
            return redirect("admin:doctors_department_change", department.pk)
        return super().delete_view(request, object_id, extra_context)

    def remove(self, request: HttpRequest, obj: Department) -> None:
        try:
            obj.delete()
        except ProtectedError:
            raise DepartmentInUse from None

    def delete_model(self, request: HttpRequest, obj: Department) -> None:
        kept = Department(pk=obj.pk, name=obj.name)  # deleting takes the key away that the log needs
        self.remove(request, obj)
        admin.ModelAdmin.log_deletions(self, request, [kept])


class ApprovalFilter(admin.SimpleListFilter):
    title = "licence"
    parameter_name = "licence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waiting for approval"), ("approved", "Approved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DoctorProfile]) -> QuerySet[DoctorProfile]:
        if self.value() is None:
            return queryset
        return queryset.filter(approved_at__isnull=self.value() == "waiting")


@admin.register(DoctorProfile)
class DoctorAdmin(StaffPages, ServiceAdmin):
    form = DoctorForm
    called = "doctors"
    called_one = "doctor"
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
    search_help_text = "Name, specialization, licence, e-mail address or phone"
    csv_columns = (
        Column("Name", "user.full_name"),
        Column("Department", "department.name"),
        Column("Specialization", "specialization"),
        Column("Qualification", "qualification"),
        Column("Licence number", "licence_number"),
        Column("Years of experience", "years_of_experience"),
        Column(f"Fee ({settings.CURRENCY})", lambda row: Decimal(row.consultation_fee_cents) / 100),
        Column("Room", "room"),
        Column("Phone", lambda row: phone_words(row.user.phone)),
        Column("E-mail address", "user.email"),
        Column("Takes new bookings", "is_accepting"),
        Column("Approved at", "approved_at"),
        Column("Active", "user.is_active"),
    )
    ordering = ("user__search_name", "pk")
    date_hierarchy = "created_at"
    actions = ("approve", "export_csv")
    change_form_template = "admin/doctors/doctorprofile/change_form.html"

    def get_fieldsets(self, request: HttpRequest, obj: DoctorProfile | None = None) -> Any:
        if obj is None:
            account = ("full_name", "email", "username", "phone")
            invited = {"fields": account, "description": INVITED}
            licence = ("Licence", {"fields": ("licence_checked",)})
            return [("Account", invited), ("Practice", {"fields": PRACTICE_FIELDS}), licence]
        return [
            ("Person", {"fields": ("full_name", "phone", "username", "email")}),
            ("Practice", {"fields": PRACTICE_FIELDS}),
            ("Diary", {"fields": ("why_no_times", "time_zone", "terms")}),
            ("Licence", {"fields": ("approved_at", "approved_by", "created_at")}),
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

    @admin.action(description="Approve the licence: patients can see them", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[DoctorProfile]) -> HttpResponse | None:
        """From the list, or by the button on a doctor's own page, which is come back to."""
        now = clock.now()
        self.run_on_each(
            request,
            queryset,
            step=lambda doctor: services.approve_doctor(doctor=doctor, by=request.user, now=now),
            done="approved",
            todo=Q(approved_at__isnull=True),
        )
        doctor = queryset.first() if "own_page" in request.POST else None
        return redirect("admin:doctors_doctorprofile_change", doctor.pk) if doctor else None

    def said_when_added(self, obj: DoctorProfile) -> str:
        return f"An invitation is on its way to {obj.user.email}."

    def autocomplete_label(self, doctor: DoctorProfile) -> str:
        return f"{doctor.display_name}, {doctor.specialization}"

    @admin.display(description="Name", ordering="user__search_name")
    def name(self, doctor: DoctorProfile) -> str:
        return doctor.display_name

    @admin.display(description="Phone")
    def phone(self, doctor: DoctorProfile) -> str:
        return phone_words(doctor.user.phone)

    @admin.display(description="Username")
    def username(self, doctor: DoctorProfile) -> str:
        return doctor.user.username

    @admin.display(description="E-mail address")
    def email(self, doctor: DoctorProfile) -> str:
        return doctor.user.email

    @admin.display(description="Times patients find")
    def why_no_times(self, doctor: DoctorProfile) -> str:
        """None, and why; or that there are some."""
        reasons = selectors.why_no_times(doctor, clock.now())
        return "None. " + "; ".join(reason_words.for_the_hospital(doctor, reasons)) if reasons else "There are some"

    @admin.display(description="Terms, as patients read them")
    def terms(self, doctor: DoctorProfile) -> str:
        return reason_words.terms_words(doctor)

    @admin.display(description="Fee", ordering="consultation_fee_cents")
    def fee(self, doctor: DoctorProfile) -> SafeString | str:
        return money(doctor.consultation_fee_cents)

    @admin.display(description="Approved", boolean=True, ordering="approved_at")
    def approved(self, doctor: DoctorProfile) -> bool:
        return doctor.approved_at is not None


@admin.register(Slot)
class SlotAdmin(StaffPages, ServiceAdmin):
    form = SlotForm
    called = "times"
    called_one = "time"
    list_display = ("day", "time", "doctor_name", "department", "state", "source")
    list_filter = ("state", "source", "doctor__department")
    list_select_related = ("doctor__user", "doctor__department")
    search_fields = ("doctor__user__search_name__holds_word", "doctor__search_specialization__holds_word")
    search_through = ("doctor",)
    search_help_text = "Doctor or specialization"
    linked_lookups = frozenset({"doctor__id__exact"})
    csv_columns = (
        Column("Starts at", "starts_at"),
        Column("Ends at", "ends_at"),
        Column("Doctor", "doctor.display_name"),
        Column("Department", "doctor.department.name"),
        Column("State", lambda row: row.get_state_display()),
        Column("Entered", lambda row: row.get_source_display()),
    )
    autocomplete_fields = ("doctor",)
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "-pk")
    fields = ("doctor", "starts_at", "ends_at", "state")
    actions = ("take_out", "export_csv")
    sortable_by = ("day",)  # by any other column a million times would be put in order

    def get_readonly_fields(self, request: HttpRequest, obj: Slot | None = None) -> tuple[str, ...]:
        return ("doctor", "state") if obj else ("state",)

    def get_fields(self, request: HttpRequest, obj: Slot | None = None) -> tuple[str, ...]:
        return self.fields if obj else ("doctor", "starts_at", "ends_at")

    def has_change_permission(self, request: HttpRequest, obj: Slot | None = None) -> bool:
        """Booked and past times can only be looked at."""
        return super().has_change_permission(request, obj) and (obj is None or self._may_still_change(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Slot | None = None) -> bool:
        allowed = admin.ModelAdmin.has_delete_permission(self, request, obj)
        return allowed and (obj is None or self._may_still_change(obj))

    def _may_still_change(self, slot: Slot) -> bool:
        return slot.is_free and slot.starts_at > clock.now()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        slot = kwargs.get("obj")
        context["subtitle"] = slot_label(slot) if slot else None
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Slot, form: Any, change: bool) -> None:
        data, now = form.cleaned_data, clock.now()
        starts_at, ends_at = data["starts_at"], data["ends_at"]
        if change:
            moved = services.edit_slot(
                doctor=obj.doctor, slot_id=obj.pk, starts_at=starts_at, ends_at=ends_at, by=request.user, now=now
            )
            obj.pk = moved.pk
            return
        made = services.create_slots(doctor=data["doctor"], times=[(starts_at, ends_at)], now=now)
        obj.pk = made[0].pk

    def remove(self, request: HttpRequest, obj: Slot) -> None:
        services.delete_slot(doctor=obj.doctor, slot_id=obj.pk, by=request.user, now=clock.now())

    @admin.action(description="Take free times out of the diary", permissions=["delete"])
    def take_out(self, request: HttpRequest, queryset: QuerySet[Slot]) -> None:
        todo = Q(state=SlotState.FREE, starts_at__gt=clock.now())
        self.run_on_each(request, queryset, step=partial(self.remove, request), done="taken out", todo=todo)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Slot], search_term: str
    ) -> tuple[QuerySet[Slot], bool]:
        """Choosing a time for a booking offers only times that can be booked, soonest first."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if request.GET.get("model_name") == "booking":
            bookable = found.filter(state=SlotState.FREE, starts_at__gt=clock.now(), doctor__is_accepting=True)
            listed = bookable.filter(doctor__approved_at__isnull=False, doctor__user__is_active=True)
            found = listed.select_related("doctor__user").order_by("starts_at", "pk")
        return found, may_repeat

    def autocomplete_label(self, slot: Slot) -> str:
        return slot_label(slot)

    @admin.display(description="Day", ordering="starts_at")
    def day(self, slot: Slot) -> str:
        return day_in_list(slot.starts_at)

    @admin.display(description="Time")
    def time(self, slot: Slot) -> str:
        return f"{clock_time(on_clock_of(slot.doctor, slot.starts_at))} to {end_time(slot.ends_at, slot.starts_at)}"

    @admin.display(description="Doctor", ordering="doctor__user__search_name")
    def doctor_name(self, slot: Slot) -> str:
        return slot.doctor.display_name

    @admin.display(description="Department", ordering="doctor__department__name")
    def department(self, slot: Slot) -> str:
        return slot.doctor.department.name


@admin.register(WeeklyHours)
class WeeklyHoursAdmin(StaffPages, ReadOnlyAdmin):
    """When doctors see patients, week by week; they set it themselves."""

    list_display = (
        "doctor",
        "weekday",
        "from_hour",
        "until_hour",
        "slot_minutes",
        "buffer_minutes",
        "valid_from",
        "valid_until",
    )
    list_filter = ("weekday", "doctor__department")
    list_select_related = ("doctor__user",)
    search_fields = ("doctor__user__search_name__holds_word", "doctor__search_specialization__holds_word")
    search_through = ("doctor",)
    search_help_text = "Doctor or specialization"
    linked_lookups = frozenset({"doctor__id__exact"})
    ordering = ("doctor__user__search_name", "weekday", "starts", "pk")
    csv_columns = (
        Column("Doctor", "doctor.display_name"),
        Column("Day", lambda row: row.get_weekday_display()),
        Column("From", "starts"),
        Column("Until", "ends"),
        Column("Ends the next day", lambda row: row.ends <= row.starts),
        Column("Minutes each", "slot_minutes"),
        Column("Minutes between", "buffer_minutes"),
        Column("Valid from", "valid_from"),
        Column("Valid until", "valid_until"),
        Column("Every how many weeks", "every_weeks"),
    )

    @admin.display(description=_("From"), ordering="starts")
    def from_hour(self, hours: WeeklyHours) -> str:
        return clock_time(hours.starts)

    @admin.display(description=_("Until"), ordering="ends")
    def until_hour(self, hours: WeeklyHours) -> str:
        starts_at, ends_at = hours_on(date.min, hours.starts, hours.ends)
        return end_time(ends_at, starts_at)


def slot_label(slot: Slot) -> str:
    """A time as staff read it out: day, hour, doctor."""
    told = clock_time(on_clock_of(slot.doctor, slot.starts_at))
    return f"{long_date(slot.starts_at)}, {told} – {slot.doctor.display_name}"
