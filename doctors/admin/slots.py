"""A doctor's slots in the admin (H1), changed by the same services as in the diary."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.staff.admin_pages import Column, StaffPages
from core import clock
from core.admin.service_admin import ServiceAdmin, day_in_list
from core.formats import clock_time, end_time, from_to, long_date
from doctors import services
from doctors.admin.forms import AdminSlotForm
from doctors.choices import SlotState
from doctors.models import Slot
from doctors.own_clock import on_clock_of


@admin.register(Slot)
class SlotAdmin(StaffPages, ServiceAdmin):
    form = AdminSlotForm
    called = _("times")
    called_one = _("time")
    add_words = _("Add a time")
    list_display = ("day", "time", "doctor_name", "department", "state", "source")
    list_filter = ("state", "source", "doctor__department")
    list_select_related = ("doctor__user", "doctor__department")
    search_fields = ("doctor__user__search_name__holds_word", "doctor__search_specialization__holds_word")
    search_through = ("doctor",)
    search_help_text = _("Doctor or specialty")
    linked_lookups = frozenset({"doctor__id__exact"})
    csv_columns = (
        Column(_("Starts at"), "starts_at"),
        Column(_("Ends at"), "ends_at"),
        Column(_("Doctor"), "doctor.display_name"),
        Column(_("Department"), "doctor.department.name"),
        Column(_("State"), lambda row: row.get_state_display()),
        Column(_("Entered"), lambda row: row.get_source_display()),
    )
    autocomplete_fields = ("doctor",)
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "-pk")
    fields = ("doctor", "starts_at", "ends_at", "state")
    actions = ("take_out", "export_csv")
    sortable_by = ("day",)  # by any other column a million times would be put in order

    def get_readonly_fields(self, request: HttpRequest, obj: Slot | None = None) -> tuple[str, ...]:
        return ("doctor", "state") if obj else ("state",)

    def get_fields(self, request: HttpRequest, obj: Slot | None = None) -> tuple[str, ...]:
        return self.fields if obj else ("doctor", "starts_at", "ends_at")

    def has_change_permission(self, request: HttpRequest, obj: Slot | None = None) -> bool:
        """Booked and past times can only be looked at."""
        return super().has_change_permission(request, obj) and (obj is None or self._may_still_change(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Slot | None = None) -> bool:
        allowed = admin.ModelAdmin.has_delete_permission(self, request, obj)
        return allowed and (obj is None or self._may_still_change(obj))

    def _may_still_change(self, slot: Slot) -> bool:
        return slot.is_free and slot.starts_at > clock.now()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        slot = kwargs.get("obj")
        context["subtitle"] = slot_label(slot) if slot else None
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Slot, form: Any, change: bool) -> None:
        data, now = form.cleaned_data, clock.now()
        starts_at, ends_at = data["starts_at"], data["ends_at"]
        if change:
            moved = services.edit_slot(
                doctor=obj.doctor, slot_id=obj.pk, starts_at=starts_at, ends_at=ends_at, by=request.user, now=now
            )
            obj.pk = moved.pk
            return
        made = services.create_slots(doctor=data["doctor"], times=[(starts_at, ends_at)], now=now)
        obj.pk = made[0].pk

    def remove(self, request: HttpRequest, obj: Slot) -> None:
        services.delete_slot(doctor=obj.doctor, slot_id=obj.pk, by=request.user, now=clock.now())

    @admin.action(description=_("Remove free times from the diary"), permissions=["delete"])
    def take_out(self, request: HttpRequest, queryset: QuerySet[Slot]) -> None:
        todo = Q(state=SlotState.FREE, starts_at__gt=clock.now())
        self.run_on_each(
            request,
            queryset,
            step=partial(self.remove, request),
            done=ngettext_lazy("%(n)s time removed.", "%(n)s times removed.", "n"),
            logged="Removed from the diary.",
            todo=todo,
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Slot], search_term: str
    ) -> tuple[QuerySet[Slot], bool]:
        """Choosing a time for a booking offers only times that can be booked, soonest first."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if request.GET.get("model_name") == "booking":
            bookable = found.filter(state=SlotState.FREE, starts_at__gt=clock.now(), doctor__is_accepting=True)
            listed = bookable.filter(doctor__approved_at__isnull=False, doctor__user__is_active=True)
            found = listed.select_related("doctor__user").order_by("starts_at", "pk")
        return found, may_repeat

    def autocomplete_label(self, slot: Slot) -> str:
        return slot_label(slot)

    @admin.display(description=_("Day"), ordering="starts_at")
    def day(self, slot: Slot) -> str:
        return day_in_list(slot.starts_at)

    @admin.display(description=_("Time"))
    def time(self, slot: Slot) -> str:
        starts_at = on_clock_of(slot.doctor, slot.starts_at)
        return from_to(clock_time(starts_at), end_time(slot.ends_at, slot.starts_at))

    @admin.display(description=_("Doctor"), ordering="doctor__user__search_name")
    def doctor_name(self, slot: Slot) -> str:
        return slot.doctor.display_name

    @admin.display(description=_("Department"), ordering="doctor__department__name")
    def department(self, slot: Slot) -> str:
        return slot.doctor.department.name


def slot_label(slot: Slot) -> str:
    """A time as staff read it out: day, hour, doctor."""
    told = clock_time(on_clock_of(slot.doctor, slot.starts_at))
    return f"{long_date(slot.starts_at)}, {told} – {slot.doctor.display_name}"
