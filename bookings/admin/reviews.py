"""Reviews in the admin (B10): read, hidden and shown again, never edited. Imported by bookings/admin/bookings.py."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.requests import SignedInRequest
from accounts.staff.admin_pages import Column, StaffPages
from bookings.models import Review
from bookings.reviews import services as reviews
from core import clock
from core.admin.service_admin import ServiceAdmin

TEASER = 80  # characters


class HiddenFilter(admin.SimpleListFilter):
    title = _("shown")
    parameter_name = "shown"

    def lookups(self, request: SignedInRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", gettext("Shown")), ("no", gettext("Hidden"))]

    def queryset(self, request: SignedInRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        if self.value() is None:
            return queryset
        return queryset.filter(hidden_at__isnull=self.value() == "yes")


@admin.register(Review)
class ReviewAdmin(StaffPages, ServiceAdmin):
    called = _("reviews")
    called_one = _("review")
    list_display = ("created_at", "rating", "teaser", "doctor", "patient", "is_shown", "hidden_by")
    list_filter = (HiddenFilter, "rating", "booking__doctor__department")
    list_select_related = (
        *("booking__doctor__user", "booking__patient__user", "booking__patient__guardian"),
        "hidden_by",
    )
    search_fields = (
        *("text__icontains", "booking__reference__istartswith", "booking__doctor__user__search_name__holds_word"),
        *("booking__patient__user__search_name__holds_word", "booking__patient__own_search_name__holds_word"),
    )
    search_through = ("booking__doctor", "booking__patient", "booking")
    search_help_text = _("Patient, doctor, reference, or words of the text")
    csv_columns = (
        Column(_("At"), "created_at"),
        Column(_("Stars"), "rating"),
        Column(_("Text"), "text"),
        Column(_("Doctor"), "booking.doctor.display_name"),
        Column(_("Patient"), "booking.patient.full_name"),
        Column(_("Reference"), "booking.reference"),
        Column(_("Hidden at"), "hidden_at"),
        Column(_("Hidden by"), lambda row: str(row.hidden_by or "")),
    )
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fields = ("booking", "doctor", "patient", "rating", "text", "created_at", "hidden_at", "hidden_by")
    readonly_fields = fields
    actions = ("hide", "show_again", "export_csv")

    def has_add_permission(self, request: SignedInRequest) -> bool:
        return False

    def has_change_permission(self, request: SignedInRequest, obj: Review | None = None) -> bool:
        """Who may change reviews may hide them; not a word of one can be typed over."""
        return obj is None and super().has_change_permission(request, obj)

    @admin.action(description=_("Hide from the doctor’s page"), permissions=["change"])
    def hide(self, request: SignedInRequest, queryset: QuerySet[Review]) -> None:
        now = clock.now()
        self.run_on_each(
            request,
            queryset,
            step=lambda row: reviews.hide(review=row, by=request.user, now=now),
            done=ngettext_lazy("%(n)s review hidden.", "%(n)s reviews hidden.", "n"),
            logged="Hidden.",
            todo=Q(hidden_at__isnull=True),
        )

    @admin.action(description=_("Show again"), permissions=["change"])
    def show_again(self, request: SignedInRequest, queryset: QuerySet[Review]) -> None:
        self.run_on_each(
            request,
            queryset,
            step=lambda row: reviews.show_again(review=row),
            done=ngettext_lazy("%(n)s review shown again.", "%(n)s reviews shown again.", "n"),
            logged="Shown again.",
            todo=Q(hidden_at__isnull=False),
        )

    @admin.display(description=_("Text"))
    def teaser(self, review: Review) -> str:
        return review.text if len(review.text) <= TEASER else f"{review.text[:TEASER]}…"

    @admin.display(description=_("Doctor"), ordering="booking__doctor__user__search_name")
    def doctor(self, review: Review) -> str:
        return review.booking.doctor.display_name

    @admin.display(description=_("Patient"))
    def patient(self, review: Review) -> str:
        return review.booking.patient.full_name

    @admin.display(description=_("Shown"), boolean=True, ordering="hidden_at")
    def is_shown(self, review: Review) -> bool:
        return review.hidden_at is None
