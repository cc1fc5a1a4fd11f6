"""Patients in the admin (H1). Writes go through patients/services.py.

Medical history and allergies are not here: they are for the patient and their doctors.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.forms import AccountFields, full_name_field, phone_field
from core import clock
from core.errors import DomainError
from core.service_admin import ServiceAdmin, ServiceForm
from core.templatetags.hms import long_date
from patients import services
from patients.models import PatientProfile
from patients.rules import birth_date_problem

DETAILS = ("date_of_birth", "blood_group", "address", "emergency_contact_name", "emergency_contact_phone")


class PatientForm(ServiceForm):
    """A patient's name, phone and details. The e-mail address is changed with the account."""

    full_name = full_name_field()
    phone = phone_field(required=False)
    phone.help_text = ""

    class Meta:
        model = PatientProfile
        fields = DETAILS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial |= {"full_name": self.instance.user.full_name, "phone": self.instance.user.phone}

    def clean_date_of_birth(self) -> Any:
        born = self.cleaned_data["date_of_birth"]
        problem = birth_date_problem(born, today=clock.hospital_day(clock.now()))
        if problem:
            raise ValidationError(problem, code="unlikely")
        return born

    def details(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in DETAILS}


class NewPatientForm(PatientForm, AccountFields):
    """A patient's account and details in one go."""

    error_fields: ClassVar[dict[type[DomainError], str]] = AccountFields.error_fields

    def clean(self) -> dict[str, Any]:
        AccountFields.clean(self)
        return super().clean()


@admin.register(PatientProfile)
class PatientAdmin(ServiceAdmin):
    form = PatientForm
    list_display = ("name", "born", "phone", "email", "active", "created_at")
    list_filter = ("user__is_active", "blood_group")
    list_select_related = ("user",)
    search_fields = ("user__full_name", "user__search_name", "user__email", "user__phone", "user__username")
    date_hierarchy = "created_at"
    ordering = ("user__search_name", "pk")
    change_form_template = "admin/patients/patientprofile/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PatientProfile]:
        return super().get_queryset(request).defer("medical_history", "allergies")

    def get_fieldsets(self, request: HttpRequest, obj: PatientProfile | None = None) -> Any:
        if obj is None:
            account = ("full_name", "email", "username", "phone", "password")
            return [("Account", {"fields": account}), ("Details", {"fields": DETAILS})]
        return [
            ("Person", {"fields": ("full_name", "phone", "username", "email", "created_at")}),
            ("Details", {"fields": DETAILS}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: PatientProfile | None = None) -> tuple[str, ...]:
        return ("username", "email", "created_at") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=self.form if obj else NewPatientForm, **kwargs)

    def save_model(self, request: HttpRequest, obj: PatientProfile, form: Any, change: bool) -> None:
        data, details = form.cleaned_data, form.details()
        if change:
            services.update_patient(patient=obj, full_name=data["full_name"], phone=data["phone"], profile=details)
            return
        born = details.pop("date_of_birth")
        made = services.register_patient(**form.account_facts(), date_of_birth=born, now=clock.now(), profile=details)
        obj.pk = made.pk
        obj.refresh_from_db()

    def autocomplete_label(self, patient: PatientProfile) -> str:
        return f"{patient}, born {long_date(patient.date_of_birth)}, {patient.user.phone or patient.user.email}"

    @admin.display(description="Name", ordering="user__search_name")
    def name(self, patient: PatientProfile) -> str:
        return patient.user.full_name

    @admin.display(description="Born", ordering="date_of_birth")
    def born(self, patient: PatientProfile) -> str:
        return long_date(patient.date_of_birth)

    @admin.display(description="Phone")
    def phone(self, patient: PatientProfile) -> str:
        return patient.user.phone

    @admin.display(description="Username")
    def username(self, patient: PatientProfile) -> str:
        return patient.user.username

    @admin.display(description="E-mail address", ordering="user__email")
    def email(self, patient: PatientProfile) -> str:
        return patient.user.email

    @admin.display(description="Active", boolean=True, ordering="user__is_active")
    def active(self, patient: PatientProfile) -> bool:
        return patient.user.is_active
