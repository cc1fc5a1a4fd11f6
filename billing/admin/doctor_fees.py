"""What a doctor's patients pay for a visit they miss or cancel late, in the admin (H1)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.staff.admin_pages import Column, StaffPages
from billing.admin.forms import DoctorFeesForm
from billing.models import DoctorFees
from billing.services.fees import set_fees
from core import clock
from core.admin.service_admin import ServiceAdmin


@admin.register(DoctorFees)
class DoctorFeesAdmin(StaffPages, ServiceAdmin):
    called = _("fees of doctors")
    called_one = _("fees of a doctor")
    add_words = _("Add fees of a doctor")
    form = DoctorFeesForm
    list_display = ("doctor_name", "late_cancellation", "missed_visit")
    list_filter = ("doctor__department",)
    list_select_related = ("doctor__user",)
    search_fields = ("doctor__user__search_name__holds_word",)
    search_through = ("doctor",)
    search_help_text = _("Doctor")
    ordering = ("doctor__user__search_name", "pk")
    autocomplete_fields = ("doctor",)
    csv_columns = (
        Column(_("Doctor"), "doctor.display_name"),
        Column(_("Late cancellation (%)"), "late_cancellation_percent"),
        Column(_("Missed visit (%)"), "missed_visit_percent"),
    )

    def get_fields(self, request: HttpRequest, obj: DoctorFees | None = None) -> tuple[str, ...]:
        return ("doctor_name" if obj else "doctor", "late_cancellation_percent", "missed_visit_percent")

    def get_readonly_fields(self, request: HttpRequest, obj: DoctorFees | None = None) -> tuple[str, ...]:
        return ("doctor_name",) if obj else ()

    def save_model(self, request: HttpRequest, obj: DoctorFees, form: Any, change: bool) -> None:
        data = form.cleaned_data
        set_fees(
            doctor=obj.doctor,
            late_cancellation_percent=data["late_cancellation_percent"],
            missed_visit_percent=data["missed_visit_percent"],
            by=request.user,  # type: ignore[arg-type]
            now=clock.now(),
        )

    @admin.display(description=_("Doctor"), ordering="doctor__user__search_name")
    def doctor_name(self, fees: DoctorFees) -> str:
        return fees.doctor.display_name

    @admin.display(description=_("Late cancellation"), ordering="late_cancellation_percent")
    def late_cancellation(self, fees: DoctorFees) -> str:
        return _percent_words(fees.late_cancellation_percent)

    @admin.display(description=_("Missed visit"), ordering="missed_visit_percent")
    def missed_visit(self, fees: DoctorFees) -> str:
        return _percent_words(fees.missed_visit_percent)


def _percent_words(percent: int | None) -> str:
    return gettext("As the hospital’s") if percent is None else f"{percent}%"
