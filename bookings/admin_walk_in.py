"""The admin's page for somebody who comes in without an appointment (C10). Part of `BookingAdmin`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts.models import User, one_line, phone_number
from bookings.admin_forms import TimeChoice
from bookings.choices import Status
from bookings.forms import OneLineField
from bookings.models import Booking
from bookings.rules import DoctorBusyNow, DoctorNotAccepting, PatientBusy, SlotPassed, SlotTaken
from bookings.walk_in import Newcomer, walk_in
from core import clock
from core.errors import DomainError
from core.service_admin import PickOne
from core.templatetags.hms import clock_time, long_date
from doctors.models import DoctorProfile, Slot
from patients.models import PatientProfile
from patients.rules import birth_date_problem
from patients.selectors import same_person

SOMEBODY_ELSE = "new"


class WalkInForm(forms.Form):
    """Who came, to whom, and when. `who` is asked when somebody of that name and date of birth is known already."""

    error_fields: ClassVar[dict[type[DomainError], str]] = {
        DoctorBusyNow: "time",
        SlotTaken: "time",
        SlotPassed: "time",
        DoctorNotAccepting: "doctor",
        PatientBusy: "full_name",
    }
    error_words: ClassVar[dict[type[DomainError], str]] = {
        PatientBusy: "This patient already has an appointment at this time."
    }

    who = forms.CharField(label="Is it one of these?", required=False, max_length=20, widget=forms.RadioSelect)
    full_name = forms.CharField(label="Full name", max_length=120, validators=[one_line])
    date_of_birth = forms.DateField(
        label="Date of birth",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter a date, like 31/3/1980."},
    )
    phone = forms.CharField(
        label="Phone number",
        max_length=30,
        validators=[phone_number],
        widget=forms.TextInput(attrs={"type": "tel"}),
        error_messages={"required": "Enter a phone number, like 020 7946 0100."},
    )
    email = forms.EmailField(label="E-mail address", required=False, help_text="Without one, no mail is sent.")
    doctor = forms.ModelChoiceField(
        label="Doctor",
        queryset=DoctorProfile.objects.listed().select_related("user"),
        widget=PickOne(Booking.doctor.field, admin.site),
    )
    time = TimeChoice(
        label="Time",
        required=False,
        queryset=Slot.objects.select_related("doctor__user"),
        widget=PickOne(Booking.slot.field, admin.site),
        help_text="Leave it empty for now: from this minute on, for the doctor's usual length.",
        error_messages={"invalid_choice": "This time is no longer in the diary. Choose another."},
    )
    reason = OneLineField(label="Reason", required=False, max_length=200)
    key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=uuid.uuid4)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["date_of_birth"].widget.attrs["max"] = today.isoformat()

    def add_domain_error(self, error: DomainError) -> None:
        """In words for staff."""
        self.add_error(self.error_fields.get(type(error)), self.error_words.get(type(error), error.message))

    def clean_full_name(self) -> str:
        return " ".join(self.cleaned_data["full_name"].split())

    def clean_date_of_birth(self) -> date:
        born: date = self.cleaned_data["date_of_birth"]
        problem = birth_date_problem(born, today=self.today)
        if problem:
            raise ValidationError(problem, code="unlikely")
        return born

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        doctor, time = data.get("doctor"), data.get("time")
        if doctor and time and time.doctor_id != doctor.pk:
            self.add_error("time", f"This time is with {time.doctor.display_name}.")
        return data

    def offer(self, known: Sequence[PatientProfile]) -> None:
        """Show who is known by that name and date of birth, before anybody is registered twice."""
        people = [(str(one.pk), _told(one)) for one in known]
        self.fields["who"].widget.choices = [*people, (SOMEBODY_ELSE, "Somebody else: register them")]  # type: ignore[attr-defined]

    def chosen(self, known: Sequence[PatientProfile]) -> PatientProfile | Newcomer | None:
        """Whom to book; None while it must still be asked whether it is one of `known`."""
        data = self.cleaned_data
        patient = next((one for one in known if str(one.pk) == data["who"]), None)
        if patient is not None or (known and data["who"] != SOMEBODY_ELSE):
            return patient
        return Newcomer(data["full_name"], data["date_of_birth"], data["phone"], data["email"])


def _told(patient: PatientProfile) -> str:
    reached = patient.phone or patient.email or "no phone"
    cared = f", cared for by {patient.guardian.full_name}" if patient.guardian else ""
    return f"{patient.full_name}, born {long_date(patient.date_of_birth)}, {reached}{cared}"


def walk_in_view(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Registers, books and checks in; then on to the appointment."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    now = clock.now()
    form = WalkInForm(request.POST if request.method == "POST" else None, today=clock.hospital_day(now))
    known: list[PatientProfile] = []
    if form.is_valid():
        data = form.cleaned_data
        known = same_person(request.user, full_name=data["full_name"], date_of_birth=data["date_of_birth"])
        booking = _book(form, known, request.user, now)
        if booking is not None:
            model_admin.log_addition(request, booking, "Walk-in.")
            messages.success(request, _done(booking))
            return redirect("admin:bookings_booking_change", booking.pk)
    return _page(model_admin, request, form, known)


def _book(form: WalkInForm, known: Sequence[PatientProfile], by: User, now: datetime) -> Booking | None:
    """None when something is still to be answered, or was refused: the form says so."""
    data, patient = form.cleaned_data, form.chosen(known)
    if patient is None:
        return None
    try:
        return walk_in(
            patient=patient,
            doctor=data["doctor"],
            slot_id=data["time"].pk if data["time"] else None,
            reason=data["reason"],
            idempotency_key=data["key"],
            by=by,
            now=now,
        )
    except DomainError as error:
        form.add_domain_error(error)
        return None


def _page(model_admin: Any, request: HttpRequest, form: WalkInForm, known: Sequence[PatientProfile]) -> HttpResponse:
    if known:
        form.offer(known)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Walk-in",
        "opts": model_admin.opts,
        "form": form,
        "media": model_admin.media + form.media,
        "known": known,
        "rows": [field for field in form.visible_fields() if field.name != "who"],
    }
    return TemplateResponse(request, "admin/bookings/booking/walk_in.html", context)


def _done(booking: Booking) -> str:
    here = "checked in" if booking.status == Status.CHECKED_IN else "booked"
    when = f"{long_date(booking.starts_at)} at {clock_time(booking.starts_at)}"
    return f"{booking.patient.full_name} is {here}: {booking.doctor.display_name}, {when}."
