"""Appointments in the admin (H1): made, moved along and cancelled by bookings/services/book.py, never edited."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.permissions import Can
from accounts.staff.admin_pages import StaffPages
from bookings import states
from bookings.admin.closures import AttentionFilter
from bookings.admin.columns import CSV_COLUMNS, PATIENT_CONTACT, PATIENT_NAMES, WhenFilter
from bookings.admin.forms import AdminCancelForm, NewBookingForm
from bookings.admin.history import HistoryInline
from bookings.admin.walk_in import walk_in_view
from bookings.choices import Status
from bookings.messages import streams
from bookings.models import Booking
from bookings.permissions import refusal_to_step
from bookings.references import read_reference
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel as cancel_booking
from bookings.services.steps import check_in as check_in_patient
from bookings.services.steps import complete as complete_visit
from bookings.services.steps import confirm as confirm_booking
from bookings.services.steps import mark_no_show as mark_booking_no_show
from bookings.states import Actor
from core import clock
from core.admin.service_admin import ServiceAdmin, day_in_list, first_of
from core.formats import clock_time, end_time, from_to, long_date, money
from core.text.phones import phone_words
from doctors.own_clock import on_clock_of
from patients.models import PatientProfile

Step = Callable[..., Booking]
# What the buttons on an appointment's own page do, in the order of its life.
STEPS = (
    (Status.CONFIRMED, "confirm", _("Confirm")),
    (Status.CHECKED_IN, "check_in", _("Check in")),
    (Status.COMPLETED, "complete", _("Complete")),
    (Status.NO_SHOW, "mark_no_show", _("Mark as missed")),
    (Status.CANCELLED, "cancel", _("Cancel")),
)

# What an action on many says it has done, and what Django's log keeps of each.
DONE: dict[Status, tuple[Any, str]] = {
    Status.CONFIRMED: (
        ngettext_lazy("%(n)s appointment confirmed.", "%(n)s appointments confirmed.", "n"),
        "Confirmed.",
    ),
    Status.CHECKED_IN: (ngettext_lazy("%(n)s patient checked in.", "%(n)s patients checked in.", "n"), "Checked in."),
    Status.COMPLETED: (
        ngettext_lazy("%(n)s appointment completed.", "%(n)s appointments completed.", "n"),
        "Completed.",
    ),
    Status.NO_SHOW: (
        ngettext_lazy("%(n)s appointment marked as missed.", "%(n)s appointments marked as missed.", "n"),
        "Marked as missed.",
    ),
    Status.CANCELLED: (
        ngettext_lazy("%(n)s appointment cancelled.", "%(n)s appointments cancelled.", "n"),
        "Cancelled.",
    ),
}


def _leading_to(status: Status) -> list[Status]:
    """From where staff may take an appointment to `status`."""
    return [before for before in Status if states.allowed(current=before, to=status, actor=Actor.STAFF)]


@admin.register(Booking)
class BookingAdmin(StaffPages, ServiceAdmin):
    called = _("appointments")
    called_one = _("appointment")
    add_words = _("Add an appointment")
    list_display = ("reference", "list_day", "start", "patient_name", "patient_phone", "doctor_name", "state")
    list_filter = ("status", WhenFilter, AttentionFilter, "doctor__department")
    list_select_related = ("doctor__user", "doctor__department", "patient__user", "patient__guardian")
    search_fields = (
        *("reference__istartswith", *PATIENT_NAMES),
        *("doctor__user__search_name__holds_word", "doctor__licence_number__icontains"),
    )
    contact_search_fields = PATIENT_CONTACT
    search_through = ("patient", "doctor")
    search_help_text = _("Reference, patient or doctor")
    linked_lookups = frozenset({"patient__id__exact", "doctor__id__exact"})
    needs = {
        "patient_phone": Can.SEE_PATIENTS,
        "reason": Can.READ_REASONS,
        "notes": Can.READ_REASONS,
        "cancellation_reason": Can.READ_REASONS,
    }
    reads = frozenset({"reason", "notes", "cancellation_reason"})
    csv_columns = CSV_COLUMNS
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "-pk")
    inlines = (HistoryInline,)
    actions = ("confirm", "check_in", "complete", "mark_no_show", "cancel", "export_csv")
    change_form_template = "admin/bookings/booking/change_form.html"
    change_list_template = "admin/bookings/booking/change_list.html"

    def subject_of(self, obj: Booking) -> PatientProfile:
        return obj.patient

    def get_urls(self) -> list[Any]:
        walk_in = self.admin_site.admin_view(walk_in_view)
        return [path("walk-in/", walk_in, name="walk_in"), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Booking | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("person", "time", "reason", "key")})]
        what = ("reference", "state", "attention", "day", "time", "doctor", "patient")
        facts = self.shown(request, (*what, "patient_phone", "room", "fee", "reason", "notes"))
        cancelled = ("cancelled_at", "cancelled_by", "cancellation_reason") if obj.cancelled_at else ()
        made = self.shown(request, ("booked_by", "created_at", "moved_from", *cancelled))
        return [(_("Appointment"), {"fields": facts}), (_("How it came about"), {"fields": made})]

    def get_inline_instances(self, request: HttpRequest, obj: Booking | None = None) -> list[Any]:
        return super().get_inline_instances(request, obj) if obj else []

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return modelform_factory(Booking, fields=())
        return super().get_form(request, obj, change, form=NewBookingForm, **(kwargs | {"fields": ("reason",)}))

    def has_change_permission(self, request: HttpRequest, obj: Booking | None = None) -> bool:
        """Who may change appointments may take the steps below; no fact of one can be typed over."""
        return obj is None and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Booking, form: Any, change: bool) -> None:
        data = form.cleaned_data
        made = book(
            slot_id=data["time"].pk,
            patient_ref=PatientRef.of(data["person"]),
            by=request.user,
            reason=data["reason"],
            idempotency_key=data["key"],
            now=clock.now(),
        )
        obj.pk = made.pk
        obj.refresh_from_db()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        booking = kwargs.get("obj")
        may, now = booking is not None and self.has_change_permission(request), clock.now()
        context["steps"] = [
            {"action": action, "label": label}
            for to, action, label in STEPS
            if may and refusal_to_step(booking, to, Actor.STAFF, now) is None
        ]
        if booking is not None:
            listed = reverse("admin:integrations_outgoingmessage_changelist")
            context["messages_url"] = f"{listed}?{urlencode({'stream__startswith': streams(booking)})}"
        return super().render_change_form(request, context, *args, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Booking], search_term: str
    ) -> tuple[QuerySet[Booking], bool]:
        """A reference as people read it out, small letters and spaces forgiven, is looked up by itself: the visit with
        all the times it has been moved to and from."""
        reference = read_reference(search_term)
        if reference:
            named = Booking.objects.filter(reference=reference)
            same = {f"{name}__in": named.values(name) for name in ("patient", "calendar_uid")}
            return queryset.filter(**same), False
        return super().get_search_results(request, queryset, search_term)

    def _take(self, request: HttpRequest, rows: QuerySet[Booking], to: Status, step: Step) -> None:
        """The earliest first: what can't be done yet comes last, and never stops the rest of a long list."""
        now, (done, logged) = clock.now(), DONE[to]
        self.run_on_each(
            request,
            rows.order_by("starts_at", "pk"),
            step=lambda row: step(booking=row, by=request.user, now=now),
            done=done,
            logged=logged,
            todo=Q(status__in=_leading_to(to)),
        )

    @admin.action(description=_("Confirm"), permissions=["change"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Booking]) -> None:
        self._take(request, queryset, Status.CONFIRMED, confirm_booking)

    @admin.action(description=_("Check in"), permissions=["change"])
    def check_in(self, request: HttpRequest, queryset: QuerySet[Booking]) -> None:
        self._take(request, queryset, Status.CHECKED_IN, check_in_patient)

    @admin.action(description=_("Complete"), permissions=["change"])
    def complete(self, request: HttpRequest, queryset: QuerySet[Booking]) -> None:
        self._take(request, queryset, Status.COMPLETED, complete_visit)

    @admin.action(description=_("Mark as missed"), permissions=["change"])
    def mark_no_show(self, request: HttpRequest, queryset: QuerySet[Booking]) -> None:
        self._take(request, queryset, Status.NO_SHOW, mark_booking_no_show)

    @admin.action(description=_("Cancel, with a reason"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Booking]) -> HttpResponse | None:
        """Asks for the reason first; the second POST, with `sure`, does it."""
        sure = "sure" in request.POST
        form = AdminCancelForm(request.POST if sure else None)
        if sure and form.is_valid():
            reason = form.cleaned_data["reason"]
            step = partial(cancel_booking, reason=reason)
            self._take(request, queryset, Status.CANCELLED, step)
            return None
        batch, of_how_many = first_of(queryset.order_by("starts_at", "pk"), Q(status__in=_leading_to(Status.CANCELLED)))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Cancel appointments"),
            "opts": self.opts,
            "form": form,
            "bookings": batch,
            "of_how_many": of_how_many,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/bookings/booking/cancel.html", context)

    @admin.display(description=_("Attention"))
    def attention(self, booking: Booking) -> str:
        return booking.conflict_words

    @admin.display(description=_("Day"), ordering="starts_at")
    def list_day(self, booking: Booking) -> str:
        return day_in_list(booking.starts_at)

    @admin.display(description=_("Time"))
    def start(self, booking: Booking) -> str:
        return clock_time(on_clock_of(booking.doctor, booking.starts_at))

    @admin.display(description=_("Day"))
    def day(self, booking: Booking) -> str:
        return long_date(booking.starts_at)

    @admin.display(description=_("Time"))
    def time(self, booking: Booking) -> str:
        starts_at = on_clock_of(booking.doctor, booking.starts_at)
        return from_to(clock_time(starts_at), end_time(booking.ends_at, starts_at))

    @admin.display(description=_("Patient"), ordering="patient__user__search_name")
    def patient_name(self, booking: Booking) -> str:
        return booking.patient.full_name

    @admin.display(description=_("Patient’s phone"))
    def patient_phone(self, booking: Booking) -> str:
        return phone_words(booking.patient.phone)

    @admin.display(description=_("Doctor"), ordering="doctor__user__search_name")
    def doctor_name(self, booking: Booking) -> str:
        return booking.doctor.display_name

    @admin.display(description=_("Room"))
    def room(self, booking: Booking) -> str:
        return booking.doctor.room

    @admin.display(description=_("Fee"))
    def fee(self, booking: Booking) -> str:
        return money(booking.fee_cents)

    @admin.display(description=_("Status"))
    def state(self, booking: Booking) -> SafeString:
        return format_html('<span class="status status-{}">{}</span>', booking.status, booking.get_status_display())
