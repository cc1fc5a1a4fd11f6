"""What staff write about appointments: a new one for somebody on the telephone, and why one is cancelled."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings.fields import PATIENT_READS_IT
from bookings.models import Booking
from bookings.rules import DoctorNotAccepting, KeyReused, PatientBusy, SlotPassed, SlotTaken
from core.admin.service_admin import PickOne, ServiceForm
from core.errors import DomainError
from core.formats import clock_time, long_date
from core.site import emergency_words_lazy
from doctors.models import Slot
from doctors.own_clock import on_clock_of
from patients.models import PatientProfile


class PatientChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: PatientProfile) -> str:
        said = (
            gettext("%(name)s, born %(day)s, cared for by %(guardian)s")
            if obj.guardian
            else gettext("%(name)s, born %(day)s")
        )
        guardian = obj.guardian.full_name if obj.guardian else ""
        return said % {"name": obj.full_name, "day": long_date(obj.date_of_birth), "guardian": guardian}


class TimeChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Slot) -> str:
        told = clock_time(on_clock_of(obj.doctor, obj.starts_at))
        return f"{long_date(obj.starts_at)}, {told} – {obj.doctor.display_name}"


class NewBookingForm(ServiceForm):
    """Patient, time and reason. `/admin/bookings/booking/add/?time=<uuid>&person=<id>` chooses beforehand."""

    error_fields: ClassVar[dict[type[DomainError], str]] = {
        SlotTaken: "time",
        SlotPassed: "time",
        DoctorNotAccepting: "time",
        PatientBusy: "person",
    }
    error_words: ClassVar[dict[type[DomainError], str]] = {
        PatientBusy: _("This patient already has an appointment at this time."),
        KeyReused: _("This form has already been sent with different answers. Please start again."),
    }

    person = PatientChoice(
        label=_("Patient"),
        queryset=PatientProfile.objects.select_related("user", "guardian").filter(
            Q(user__is_active=True) | Q(user__isnull=True, removed_at__isnull=True, erased_at__isnull=True)
        ),
        widget=PickOne(Booking.patient.field, admin.site),
        help_text=_("Search by name, e-mail address or phone number."),
    )
    time = TimeChoice(
        label=_("Time"),
        queryset=Slot.objects.select_related("doctor__user"),
        widget=PickOne(Booking.slot.field, admin.site),
        help_text=_("Search by the doctor’s name or specialty. The soonest free times come first."),
        error_messages={"invalid_choice": _("That time is no longer in the diary. Choose another.")},
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=uuid.uuid4)

    class Meta:
        model = Booking
        fields = ("reason",)
        help_texts: ClassVar = {"reason": emergency_words_lazy()}


class AdminCancelForm(forms.Form):
    """Why the hospital cancels; the patient reads it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=PATIENT_READS_IT,
        error_messages={"required": _("Tell the patient why, in a few words.")},
    )

    def clean_reason(self) -> Any:
        return " ".join(self.cleaned_data["reason"].split())
