"""By what staff find appointments, and what a file of them says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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
    Column(_("Reference"), "reference"),
    Column(_("Starts at"), "starts_at"),
    Column(_("Ends at"), "ends_at"),
    Column(_("Doctor"), "doctor.display_name"),
    Column(_("Department"), "doctor.department.name"),
    Column(_("Patient"), "patient.full_name"),
    Column(_("Patient’s phone"), lambda row: phone_words(row.patient.phone), Can.SEE_PATIENTS),
    Column(_("Patient’s e-mail address"), "patient.email", Can.SEE_PATIENTS),
    Column(_("Status"), lambda row: row.get_status_display()),
    Column(_("Needs attention"), lambda row: row.conflict_words),
    Column(
        format_lazy(_("Fee ({currency})"), currency=settings.CURRENCY),
        lambda row: from_cents(row.fee_cents, settings.CURRENCY),
    ),
    Column(_("Booked at"), "created_at"),
    Column(_("Cancelled at"), "cancelled_at"),
    Column(_("Reason for the visit"), "reason", Can.READ_REASONS),
    Column(_("Notes of the patient"), "notes", Can.READ_REASONS),
    Column(_("Reason for cancelling"), "cancellation_reason", Can.READ_REASONS),
)


class WhenFilter(admin.SimpleListFilter):
    """The days somebody at a desk asks for; the calendar above the list has all others."""

    title = _("day")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("today", gettext("Today")),
            ("tomorrow", gettext("Tomorrow")),
            ("week", gettext("The next seven days")),
            ("open", gettext("Visits without an outcome")),
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
