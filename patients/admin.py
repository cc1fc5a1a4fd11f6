"""Patients in the admin (H1). Writes go through patients/services.py.

Blood group, medical history and allergies are shown to those who may read what is clinical, and to nobody else.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import full_name_field, phone_field
from accounts.invitations.forms import InvitedFields, invited_words
from accounts.permissions import Can
from accounts.staff.admin_pages import Column, StaffPages
from core import clock
from core.admin.service_admin import ServiceAdmin, ServiceForm
from core.errors import DomainError
from core.fields.phones import PhoneField
from core.formats import long_date
from core.text.phones import phone_words
from patients import services
from patients.inviting import invite_patient
from patients.models import PatientProfile
from patients.rules import birth_date_problem

INVITED = _("We’ll e-mail a link to this address, so that the patient can set a password and confirm the address.")
DETAILS = ("date_of_birth", "address", "emergency_contact_name", "emergency_contact_phone")
DETAILS_READ = (*DETAILS[:-1], "emergency_phone")
CLINICAL = ("blood_group", "allergies", "medical_history")


class PatientForm(ServiceForm):
    """A patient's name, phone and details. The e-mail address is changed with the account."""

    full_name = full_name_field()
    phone = phone_field(required=False)
    phone.help_text = ""
    emergency_contact_phone = PhoneField(required=False)

    class Meta:
        model = PatientProfile
        fields = DETAILS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            own = self.instance.user.phone if self.instance.user else self.instance.own_phone
            self.initial |= {"full_name": self.instance.full_name, "phone": own}

    def clean_date_of_birth(self) -> Any:
        born = self.cleaned_data["date_of_birth"]
        problem = birth_date_problem(born, today=clock.hospital_day(clock.now()))
        if problem:
            raise ValidationError(problem, code="unlikely")
        return born

    def details(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in DETAILS}


class NewPatientForm(PatientForm, InvitedFields):
    """A patient's account and details in one go; the patient sets the password by a mailed link."""

    error_fields: ClassVar[dict[type[DomainError], str]] = InvitedFields.error_fields

    def clean(self) -> dict[str, Any]:
        InvitedFields.clean(self)
        return super().clean()


class AccountFilter(admin.SimpleListFilter):
    title = _("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("own", gettext("Their own")), ("guardian", gettext("Their carer’s")), ("none", gettext("None"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PatientProfile]) -> QuerySet[PatientProfile]:
        chosen = {
            "own": {"user__isnull": False},
            "guardian": {"guardian__isnull": False},
            "none": {"user__isnull": True, "guardian__isnull": True},
        }
        return queryset.filter(**chosen.get(self.value() or "", {}))


@admin.register(PatientProfile)
class PatientAdmin(StaffPages, ServiceAdmin):
    form = PatientForm
    called = _("patients")
    called_one = _("patient")
    add_words = _("Add a patient")
    list_display = ("name", "born", "phone", "email", "care", "active", "created_at")
    list_filter = (AccountFilter, "user__is_active", "blood_group")
    list_select_related = ("user", "guardian")
    search_fields = (
        *("user__search_name__holds_word", "own_search_name__holds_word", "guardian__search_name__holds_word"),
        *("user__email__icontains", "own_email__icontains", "guardian__email__icontains", "user__username__icontains"),
        *("user__phone__digits__contains", "own_phone__digits__contains", "guardian__phone__digits__contains"),
    )
    search_help_text = _("Name, e-mail address or phone number of the patient or their carer")
    linked_lookups = frozenset({"guardian__id__exact"})
    needs = dict.fromkeys(CLINICAL, Can.READ_CLINICAL)
    reads = frozenset({*DETAILS, *CLINICAL})
    actions = ("export_csv",)
    csv_columns = (
        Column(_("Name"), "full_name"),
        Column(_("Born"), "date_of_birth"),
        Column(_("Phone"), lambda row: phone_words(row.phone), Can.SEE_PATIENTS),
        Column(_("E-mail address"), "email", Can.SEE_PATIENTS),
        Column(_("Address"), "address", Can.SEE_PATIENTS),
        Column(_("Cared for by"), lambda row: row.guardian.full_name if row.guardian else ""),
        Column(_("Emergency contact"), "emergency_contact_name", Can.SEE_PATIENTS),
        Column(_("Emergency phone"), lambda row: phone_words(row.emergency_contact_phone), Can.SEE_PATIENTS),
        Column(_("Registered at"), "created_at"),
    )
    date_hierarchy = "created_at"
    ordering = (Coalesce("user__search_name", "own_search_name"), "pk")
    change_form_template = "admin/patients/patientprofile/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PatientProfile]:
        """What is clinical is read only where it is shown: on the page of one patient."""
        return super().get_queryset(request).defer(*CLINICAL)

    def get_fieldsets(self, request: HttpRequest, obj: PatientProfile | None = None) -> Any:
        if obj is None:
            account = ("full_name", "email", "username", "phone")
            return [(_("Account"), {"fields": account, "description": INVITED}), (_("Details"), {"fields": DETAILS})]
        account = ("username",) if obj.user else ("care", "relationship") if obj.guardian else ()
        sections = [
            (_("Person"), {"fields": ("full_name", "phone", *account, "email", "created_at")}),
            (_("Details"), {"fields": DETAILS if self.has_change_permission(request, obj) else DETAILS_READ}),
        ]
        clinical = self.shown(request, CLINICAL)
        return [*sections, (_("Clinical"), {"fields": clinical})] if clinical else sections

    def get_readonly_fields(self, request: HttpRequest, obj: PatientProfile | None = None) -> tuple[str, ...]:
        return ("username", "care", "relationship", "email", "created_at", "emergency_phone", *CLINICAL) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: PatientProfile | None = None) -> bool:
        """Who is erased is only looked at."""
        return super().has_change_permission(request, obj) and (obj is None or obj.erased_at is None)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=self.form if obj else NewPatientForm, **kwargs)

    def save_model(self, request: HttpRequest, obj: PatientProfile, form: Any, change: bool) -> None:
        data, details = form.cleaned_data, form.details()
        if change:
            services.update_patient(patient=obj, full_name=data["full_name"], phone=data["phone"], profile=details)
            return
        born = details.pop("date_of_birth")
        made = invite_patient(
            **form.account_facts(), date_of_birth=born, by=request.user, now=clock.now(), profile=details
        )
        obj.pk = made.pk
        obj.refresh_from_db()

    def said_when_added(self, obj: PatientProfile) -> str:
        return invited_words(obj.email)

    def autocomplete_label(self, patient: PatientProfile) -> str:
        return gettext("%(name)s, born %(date)s, %(reached_by)s") % {
            "name": patient,
            "date": long_date(patient.date_of_birth),
            "reached_by": phone_words(patient.phone) or patient.email or gettext("no phone"),
        }

    @admin.display(description=_("Name"), ordering=Coalesce("user__search_name", "own_search_name"))
    def name(self, patient: PatientProfile) -> str:
        return patient.full_name

    @admin.display(description=_("Born"), ordering="date_of_birth")
    def born(self, patient: PatientProfile) -> str:
        return long_date(patient.date_of_birth)

    @admin.display(description=_("Emergency contact phone"))
    def emergency_phone(self, patient: PatientProfile) -> str:
        return phone_words(patient.emergency_contact_phone)

    @admin.display(description=_("Phone"))
    def phone(self, patient: PatientProfile) -> str:
        return phone_words(patient.phone)

    @admin.display(description=_("Username"))
    def username(self, patient: PatientProfile) -> str:
        return patient.user.username if patient.user else ""

    @admin.display(description=_("E-mail address"), ordering="user__email")
    def email(self, patient: PatientProfile) -> str:
        return patient.email

    @admin.display(description=_("Active"), boolean=True, ordering="user__is_active")
    def active(self, patient: PatientProfile) -> bool:
        return patient.user.is_active if patient.user else patient.removed_at is None

    @admin.display(description=_("Cared for by"))
    def care(self, patient: PatientProfile) -> str:
        return patient.guardian.full_name if patient.guardian else ""
