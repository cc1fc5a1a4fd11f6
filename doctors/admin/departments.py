"""Departments in the admin (H1)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, IntegerField, OuterRef, ProtectedError, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.staff.admin_pages import Column, StaffPages
from core.admin.service_admin import ServiceAdmin
from core.errors import DomainError
from doctors.models import Department, DoctorProfile


class DepartmentInUse(DomainError):
    message = _("This department still has doctors. Move them to another department first.")


@admin.register(Department)
class DepartmentAdmin(StaffPages, ServiceAdmin):
    called = _("departments")
    called_one = _("department")
    add_words = _("Add a department")
    list_display = ("name", "doctor_count", "description")
    search_fields = ("name__icontains", "description__icontains")
    csv_columns = (
        Column(_("Name"), "name"),
        Column(_("Doctors"), lambda row: row.doctor_count or 0),
        Column(_("Description"), "description"),
    )
    prepopulated_fields = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        doctors = DoctorProfile.objects.filter(department=OuterRef("pk")).order_by().values("department")
        counted = Subquery(doctors.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        return super().get_queryset(request).annotate(doctor_count=counted)

    @admin.display(description=_("Doctors"), ordering="doctor_count")
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
