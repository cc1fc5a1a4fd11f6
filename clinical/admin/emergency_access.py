"""Emergency accesses in the admin: who, on whom, why and when, never what was read. Records are in no admin (F2)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.requests import SignedInRequest
from accounts.staff.admin_pages import Column, StaffPages
from clinical.models import EmergencyAccess
from clinical.services.emergency import review
from core import clock
from core.admin.service_admin import ServiceAdmin


class ReviewedFilter(admin.SimpleListFilter):
    title = _("checked")
    parameter_name = "checked"

    def lookups(self, request: SignedInRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", gettext("Not checked yet")), ("yes", gettext("Checked"))]

    def queryset(self, request: SignedInRequest, queryset: QuerySet[EmergencyAccess]) -> QuerySet[EmergencyAccess]:
        if self.value() is None:
            return queryset
        return queryset.filter(reviewed_at__isnull=self.value() == "no")


@admin.register(EmergencyAccess)
class EmergencyAccessAdmin(StaffPages, ServiceAdmin):
    called = _("emergency accesses")
    called_one = _("emergency access")
    list_display = ("granted_at", "doctor_name", "patient_name", "reason", "is_reviewed", "reviewed_by")
    list_filter = (ReviewedFilter, "reason")
    list_select_related = ("doctor__user", "patient__user", "patient__guardian", "reviewed_by")
    search_fields = (
        "doctor__user__search_name__holds_word",
        "patient__user__search_name__holds_word",
        "patient__own_search_name__holds_word",
    )
    search_help_text = _("Doctor or patient")
    csv_columns = (
        Column(_("At"), "granted_at"),
        Column(_("Until"), "until"),
        Column(_("Doctor"), "doctor.display_name"),
        Column(_("Patient"), "patient.full_name"),
        Column(_("Reason"), "get_reason_display"),
        Column(_("Checked at"), "reviewed_at"),
    )
    date_hierarchy = "granted_at"
    ordering = ("-granted_at", "pk")
    fields = ("doctor_name", "patient_name", "reason", "words", "granted_at", "until", "reviewed_at", "reviewed_by")
    readonly_fields = fields
    actions = ("mark_checked", "export_csv")

    def has_add_permission(self, request: SignedInRequest) -> bool:
        return False

    def has_change_permission(self, request: SignedInRequest, obj: EmergencyAccess | None = None) -> bool:
        """They are marked as checked, and not a word of one can be typed over."""
        return obj is None and super().has_change_permission(request, obj)

    @admin.action(description=_("Mark as checked"), permissions=["change"])
    def mark_checked(self, request: SignedInRequest, queryset: QuerySet[EmergencyAccess]) -> None:
        now = clock.now()
        self.run_on_each(
            request,
            queryset,
            step=lambda row: review(access=row, by=request.user, now=now),
            done=ngettext_lazy("%(n)s access marked as checked.", "%(n)s accesses marked as checked.", "n"),
            logged="Checked.",
            todo=Q(reviewed_at__isnull=True),
        )

    @admin.display(description=_("Doctor"), ordering="doctor__user__search_name")
    def doctor_name(self, access: EmergencyAccess) -> str:
        return access.doctor.display_name

    @admin.display(description=_("Patient"))
    def patient_name(self, access: EmergencyAccess) -> str:
        return access.patient.full_name

    @admin.display(description=_("Checked"), boolean=True, ordering="reviewed_at")
    def is_reviewed(self, access: EmergencyAccess) -> bool:
        return access.reviewed_at is not None
