"""The waiting list, held times and calendar feeds in the admin: looked at, never edited (C9, E4)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import dateformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Can
from accounts.staff.admin_pages import Column, StaffPages
from bookings.admin.columns import PATIENT_CONTACT, PATIENT_NAMES
from bookings.models import CalendarFeed, Hold, WaitingEntry
from bookings.presenters import when_words
from bookings.waiting_list.presenters import hour_words, weekday_words
from core.admin.service_admin import ReadOnlyAdmin, day_in_list
from core.formats import from_to
from core.text.phones import phone_words

PEOPLE = ("doctor__user", "patient__user", "patient__guardian")


@admin.register(WaitingEntry)
class WaitingEntryAdmin(StaffPages, ReadOnlyAdmin):
    called = _("waiting list")
    called_one = _("waiting list entry")
    list_display = ("patient_name", "patient_phone", "doctor_name", "wanted_days", "hours", "state", "created_at")
    list_filter = ("state", "doctor__department")
    list_select_related = PEOPLE
    search_fields = (*PATIENT_NAMES, "doctor__user__search_name__holds_word")
    contact_search_fields = PATIENT_CONTACT
    search_through = ("patient", "doctor")
    search_help_text = _("Patient or doctor")
    linked_lookups = frozenset({"patient__id__exact", "doctor__id__exact"})
    date_hierarchy = "created_at"
    ordering = ("created_at", "pk")
    needs = {"patient_phone": Can.SEE_PATIENTS}
    csv_columns = (
        Column(_("Patient"), "patient.full_name"),
        Column(_("Patient’s phone"), lambda row: phone_words(row.patient.phone), Can.SEE_PATIENTS),
        Column(_("Patient’s e-mail address"), "patient.email", Can.SEE_PATIENTS),
        Column(_("Doctor"), "doctor.display_name"),
        Column(_("First day"), "first_day"),
        Column(_("Last day"), "last_day"),
        Column(_("Days of the week"), lambda row: weekday_words(row.weekdays)),
        Column(_("Earliest"), "earliest"),
        Column(_("Latest"), "latest"),
        Column(_("State"), lambda row: row.get_state_display()),
        Column(_("Since"), "created_at"),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        facts = ("patient", "patient_phone", "doctor", "first_day", "last_day", "weekday_names", "hours", "state")
        return self.shown(request, (*facts, "asked_by", "created_at"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj)

    @admin.display(description=_("Patient"), ordering="patient__user__search_name")
    def patient_name(self, entry: WaitingEntry) -> str:
        return entry.patient.full_name

    @admin.display(description=_("Patient’s phone"))
    def patient_phone(self, entry: WaitingEntry) -> str:
        return phone_words(entry.patient.phone)

    @admin.display(description=_("Doctor"), ordering="doctor__user__search_name")
    def doctor_name(self, entry: WaitingEntry) -> str:
        return entry.doctor.display_name

    @admin.display(description=_("When they can come"), ordering="first_day")
    def wanted_days(self, entry: WaitingEntry) -> str:
        days = from_to(*(dateformat.format(day, "j M Y") for day in (entry.first_day, entry.last_day)))
        return f"{days}, {weekday_words(entry.weekdays)}"

    @admin.display(description=_("Days of the week"))
    def weekday_names(self, entry: WaitingEntry) -> str:
        return weekday_words(entry.weekdays)

    @admin.display(description=_("Hours"))
    def hours(self, entry: WaitingEntry) -> str:
        return hour_words(entry.earliest, entry.latest)


@admin.register(Hold)
class HoldAdmin(StaffPages, ReadOnlyAdmin):
    """Times kept for somebody: offered from the waiting list, or in place of an appointment."""

    called = _("held times")
    called_one = _("held time")
    list_display = ("time", "doctor_name", "patient_name", "why", "state", "until", "answered_at")
    list_filter = ("state", "slot__doctor__department")
    list_select_related = ("slot__doctor__user", "patient__user", "patient__guardian", "booking")
    search_fields = (*PATIENT_NAMES, "slot__doctor__user__search_name__holds_word", "booking__reference__istartswith")
    contact_search_fields = PATIENT_CONTACT
    search_through = ("patient", "slot__doctor", "booking")
    search_help_text = _("Patient, doctor, or reference of the appointment")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    csv_columns = (
        Column(_("Starts at"), "slot.starts_at"),
        Column(_("Doctor"), "slot.doctor.display_name"),
        Column(_("Patient"), "patient.full_name"),
        Column(_("Instead of"), lambda row: row.booking.reference if row.booking else ""),
        Column(_("State"), lambda row: row.get_state_display()),
        Column(_("Held until"), "until"),
        Column(_("Held since"), "created_at"),
        Column(_("Answered at"), "answered_at"),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("time", "doctor_name", "patient", "why", "state", "until", "created_at", "answered_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj)

    @admin.display(description=_("Time"), ordering="slot__starts_at")
    def time(self, hold: Hold) -> str:
        return when_words(hold.slot)

    @admin.display(description=_("Doctor"), ordering="slot__doctor__user__search_name")
    def doctor_name(self, hold: Hold) -> str:
        return hold.slot.doctor.display_name

    @admin.display(description=_("Patient"), ordering="patient__user__search_name")
    def patient_name(self, hold: Hold) -> str:
        return hold.patient.full_name

    @admin.display(description=_("Why"))
    def why(self, hold: Hold) -> SafeString | str:
        if hold.booking is None:
            return gettext("Offered from the waiting list")
        url = reverse("admin:bookings_booking_change", args=[hold.booking_id])
        return format_html(gettext('Instead of <a href="{}">{}</a>'), url, hold.booking.reference)


@admin.register(CalendarFeed)
class CalendarFeedAdmin(StaffPages, ReadOnlyAdmin):
    """Who has a private calendar address, and since when. Never the address: whoever has it reads the calendar."""

    called = _("calendar feeds")
    called_one = _("calendar feed")
    list_display = ("user", "role", "since")
    list_filter = ("user__role",)
    list_select_related = ("user",)
    search_fields = ("user__search_name__holds_word", "user__email__icontains", "user__username__icontains")
    search_through = ("user",)
    search_help_text = _("Name, username or e-mail address")
    fields = ("user", "role", "created_at")
    readonly_fields = fields
    date_hierarchy = "created_at"
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CalendarFeed]:
        return super().get_queryset(request).defer("digest", "sealed_token")

    @admin.display(description=_("Since"), ordering="created_at")
    def since(self, feed: CalendarFeed) -> str:
        return day_in_list(feed.created_at)

    @admin.display(description=_("Role"), ordering="user__role")
    def role(self, feed: CalendarFeed) -> str:
        return feed.user.get_role_display()
