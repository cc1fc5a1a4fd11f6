"""The history of appointments in the admin (C5); the database itself refuses to change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Can, may
from accounts.staff.admin_pages import Column, StaffPages
from bookings.models import BookingStatusChange
from core.admin.service_admin import ReadOnlyAdmin
from patients.models import PatientProfile

STEP_FIELDS = ("at", "from_status", "to_status", "by", "reason")


class HistoryInline(admin.TabularInline):
    model = BookingStatusChange
    template = "admin/rows_read_only.html"
    verbose_name_plural = _("history")
    readonly_fields = STEP_FIELDS
    extra = 0
    can_delete = False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """Why one was cancelled may say why it was booked."""
        return STEP_FIELDS if may(request.user, Can.READ_REASONS) else STEP_FIELDS[:-1]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BookingStatusChange]:
        return super().get_queryset(request).select_related("by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(BookingStatusChange)
class BookingStatusChangeAdmin(StaffPages, ReadOnlyAdmin):
    called = _("history of appointments")
    called_one = _("step of an appointment")
    list_display = ("at", "booking", "from_status", "to_status", "by", "reason")
    list_filter = ("to_status",)
    list_select_related = ("booking__patient", "by")
    search_fields = ("booking__reference__istartswith", "by__search_name__holds_word")
    search_through = ("booking", "by")
    search_help_text = _("Reference of the appointment, or who took the step")
    needs = {"reason": Can.READ_REASONS}
    reads = frozenset(needs)
    csv_columns = (
        Column(_("At"), "at"),
        Column(_("Reference"), "booking.reference"),
        Column(_("From"), lambda row: row.get_from_status_display()),
        Column(_("To"), lambda row: row.get_to_status_display()),
        Column(_("By"), lambda row: str(row.by or gettext("the system"))),
        Column(_("Reason"), "reason", Can.READ_REASONS),
    )
    date_hierarchy = "at"
    ordering = ("-pk",)  # drawn under the lock: the order in which things happened

    def subject_of(self, obj: BookingStatusChange) -> PatientProfile:
        return obj.booking.patient

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return self.shown(request, ("booking", *STEP_FIELDS))
