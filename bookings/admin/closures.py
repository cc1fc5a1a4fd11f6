"""Closing the hospital, in the admin (B6). The appointments a closure hits are counted before it is saved."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.staff.admin_pages import StaffPages
from bookings.models import Booking
from bookings.presenters import when_words
from bookings.time_off import services as time_off
from core import clock
from core.admin.service_admin import ServiceAdmin, ServiceForm
from core.errors import DomainError
from doctors.models import Closure

SHOWN = 10
END_FIRST = _("The end must be after the start. For midnight at the end of a day, enter 00:00 of the next day.")


class AttentionFilter(admin.SimpleListFilter):
    title = _("needs attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", gettext("Needs attention"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Booking]) -> QuerySet[Booking]:
        return queryset.live().exclude(conflict="") if self.value() == "yes" else queryset


class ClosureForm(ServiceForm):
    """A name patients see, and the hours. Appointments in them are named first; saving again closes all the same."""

    error_fields: ClassVar[dict[type[DomainError], str]] = {}
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Closure
        fields = ("name", "starts_at", "ends_at")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        starts_at, ends_at = data.get("starts_at"), data.get("ends_at")
        if not self.errors and starts_at and ends_at:
            if ends_at <= starts_at:
                self.add_error("ends_at", END_FIRST)
            elif ends_at <= clock.now():
                self.add_error("ends_at", gettext("This has already passed."))
            else:
                self._show_hits(time_off.closing_hits((starts_at, ends_at), clock.now()))
        return data

    def _show_hits(self, hit: list[Booking]) -> None:
        """The preview: once it was seen, saving goes on; a new appointment shows it again."""
        if not hit or self.cleaned_data.get("seen") == len(hit):
            return
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = str(len(hit))
        self.add_error(None, hit_words(hit))


def hit_words(hit: list[Booking]) -> str:
    """How many appointments a closure affects, and the first of them."""
    first = "; ".join(
        gettext("%(when)s, %(patient)s with %(doctor)s")
        % {
            "when": when_words(booking),
            "patient": booking.patient.full_name,
            "doctor": booking.doctor.display_name,
        }
        for booking in hit[:SHOWN]
    )
    more = len(hit) - SHOWN
    if more > 0:
        first = ngettext("%(first)s; and %(count)s more", "%(first)s; and %(count)s more", more) % {
            "first": first,
            "count": more,
        }
    words = ngettext(
        "%(count)s appointment is affected: %(which)s. It’ll stay, marked as needing attention. "
        "Save again to close the hospital.",
        "%(count)s appointments are affected: %(which)s. They’ll stay, marked as needing attention. "
        "Save again to close the hospital.",
        len(hit),
    )
    return words % {"count": len(hit), "which": first}


@admin.register(Closure)
class ClosureAdmin(StaffPages, ServiceAdmin):
    called = _("closures")
    called_one = _("closure")
    add_words = _("Add a closure")
    form = ClosureForm
    list_display = ("name", "starts_at", "ends_at", "created_by")
    list_select_related = ("created_by",)
    search_fields = ("name__icontains",)
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "-pk")

    def get_fields(self, request: HttpRequest, obj: Closure | None = None) -> tuple[str, ...]:
        return ("name", "starts_at", "ends_at") if obj else ("name", "starts_at", "ends_at", "seen")

    def has_change_permission(self, request: HttpRequest, obj: Closure | None = None) -> bool:
        """What was announced is not typed over: remove it and close again."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Closure | None = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def save_model(self, request: HttpRequest, obj: Closure, form: Any, change: bool) -> None:
        data = form.cleaned_data
        made, hit = time_off.close_hospital(
            name=data["name"], times=(data["starts_at"], data["ends_at"]), by=request.user, now=clock.now()
        )
        obj.pk = made.pk
        obj.refresh_from_db()
        if hit:
            told = ngettext(
                "%(count)s appointment needs attention: see Appointments, filter “Needs attention”.",
                "%(count)s appointments need attention: see Appointments, filter “Needs attention”.",
                len(hit),
            )
            self.message_user(request, told % {"count": len(hit)}, messages.WARNING)

    def remove(self, request: HttpRequest, obj: Closure) -> None:
        time_off.reopen_hospital(closure=obj)

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        super().delete_model(request, obj)
        self.message_user(request, gettext("Times from weekly hours will come back overnight."), messages.INFO)
