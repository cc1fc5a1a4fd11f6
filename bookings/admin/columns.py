"""By what staff find appointments, and what a file of them says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.permissions import Can
from accounts.staff.admin_pages import Column
from bookings.choices import LIVE
from bookings.models import Booking
from core import clock
from core.money import from_cents
from core.text.phones import phone_words

PATIENT_NAMES = ("patient__user__search_name__holds_word", "patient__own_search_name__holds_word")
PATIENT_CONTACT = (
    "patient__user__email__icontains",
    "patient__own_email__icontains",
    "patient__guardian__email__icontains",
    "patient__guardian__search_name__holds_word",
    "patient__user__phone__digits__contains",
    "patient__own_phone__digits__contains",
    "patient__guardian__phone__digits__contains",
)
CSV_COLUMNS = (
    Column("Reference", "reference"),
    Column("Starts at", "starts_at"),
    Column("Ends at", "ends_at"),
    Column("Doctor", "doctor.display_name"),
    Column("Department", "doctor.department.name"),
    Column("Patient", "patient.full_name"),
    Column("Patient’s phone", lambda row: phone_words(row.patient.phone), Can.SEE_PATIENTS),
    Column("Patient’s e-mail address", "patient.email", Can.SEE_PATIENTS),
    Column("Status", lambda row: row.get_status_display()),
    Column("Needs attention", lambda row: row.conflict_words),
    Column(f"Fee ({settings.CURRENCY})", lambda row: from_cents(row.fee_cents, settings.CURRENCY)),
    Column("Booked at", "created_at"),
    Column("Cancelled at", "cancelled_at"),
    Column("Reason for the visit", "reason", Can.READ_REASONS),
    Column("Notes of the patient", "notes", Can.READ_REASONS),
    Column("Reason for cancelling", "cancellation_reason", Can.READ_REASONS),
)


class WhenFilter(admin.SimpleListFilter):
    """The days somebody at a desk asks for; the calendar above the list has all others."""

    title = "day"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("today", "Today"),
            ("tomorrow", "Tomorrow"),
            ("week", "The next seven days"),
            ("open", "Visits without an outcome"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Booking]) -> QuerySet[Booking]:
        now = clock.now()
        today = clock.hospital_day(now)
        if self.value() == "open":
            return queryset.filter(status__in=LIVE, ends_at__lt=now, starts_at__lt=now)
        first, days = {"today": (0, 1), "tomorrow": (1, 1), "week": (0, 7)}.get(self.value() or "", (0, 0))
        if not days:
            return queryset
        begin, end = today + timedelta(days=first), today + timedelta(days=first + days)
        return queryset.filter(starts_at__gte=clock.start_of_day(begin), starts_at__lt=clock.start_of_day(end))
