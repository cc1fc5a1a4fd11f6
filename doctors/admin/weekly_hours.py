"""A doctor's weekly hours in the admin: looked at, never edited (B5)."""

from __future__ import annotations

from datetime import date

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.staff.admin_pages import Column, StaffPages
from core.admin.service_admin import ReadOnlyAdmin
from core.formats import clock_time, end_time
from core.intervals import hours_on
from doctors.models import WeeklyHours


@admin.register(WeeklyHours)
class WeeklyHoursAdmin(StaffPages, ReadOnlyAdmin):
    """When doctors see patients, week by week; they set it themselves."""

    called = _("weekly hours")
    called_one = _("weekly hours")
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
    search_help_text = _("Doctor or specialty")
    linked_lookups = frozenset({"doctor__id__exact"})
    ordering = ("doctor__user__search_name", "weekday", "starts", "pk")
    csv_columns = (
        Column(_("Doctor"), "doctor.display_name"),
        Column(_("Day"), lambda row: row.get_weekday_display()),
        Column(_("From"), "starts"),
        Column(_("Until"), "ends"),
        Column(_("Ends the next day"), lambda row: row.ends <= row.starts),
        Column(_("Minutes each"), "slot_minutes"),
        Column(_("Minutes between"), "buffer_minutes"),
        Column(_("Valid from"), "valid_from"),
        Column(_("Valid until"), "valid_until"),
        Column(_("Every how many weeks"), "every_weeks"),
    )

    @admin.display(description=_("From"), ordering="starts")
    def from_hour(self, hours: WeeklyHours) -> str:
        return clock_time(hours.starts)

    @admin.display(description=_("Until"), ordering="ends")
    def until_hour(self, hours: WeeklyHours) -> str:
        starts_at, ends_at = hours_on(date.min, hours.starts, hours.ends)
        return end_time(ends_at, starts_at)
