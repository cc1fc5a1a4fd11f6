"""What staff may write about doctors and their times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import full_name_field, phone_field
from accounts.invitations.forms import InvitedFields
from core.admin.service_admin import ServiceForm
from core.errors import DomainError
from doctors.models import DoctorProfile, Slot
from doctors.profile.forms import FeeField
from doctors.rules import InvalidTimes, LicenceTaken, OverlapsDiary

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PRACTICE_FIELDS = (
    "department",
    "specialization",
    "qualification",
    "licence_number",
    "years_of_experience",
    "consultation_fee_cents",
    "room",
    "biography",
    "is_accepting",
    "confirms_automatically",
    "marks_no_shows",
)


class KnownFeeField(FeeField):
    """A fee that knows when it is the same as before, so that the log tells of no change nobody made."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class DoctorForm(ServiceForm):
    """A doctor's name, phone and practice. The e-mail address is changed with the account."""

    error_fields: ClassVar[dict[type[DomainError], str]] = {LicenceTaken: "licence_number"}

    full_name = full_name_field()
    phone = phone_field(required=False)
    phone.help_text = ""
    consultation_fee_cents = KnownFeeField(label=_("Consultation fee"))

    class Meta:
        model = DoctorProfile
        fields = PRACTICE_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial |= {"full_name": self.instance.user.full_name, "phone": self.instance.user.phone}

    def practice(self) -> dict[str, Any]:
        """The keyword `profile` of the services: only what was shown and may be written."""
        return {name: self.cleaned_data[name] for name in PRACTICE_FIELDS}


class NewDoctorForm(DoctorForm, InvitedFields):
    """A doctor's account and practice in one go; the doctor sets the password by a mailed link."""

    error_fields: ClassVar[dict[type[DomainError], str]] = {**InvitedFields.error_fields, **DoctorForm.error_fields}

    licence_checked = forms.BooleanField(
        label=_("I’ve checked the licence"),
        required=False,
        help_text=_(
            "Patients will see the doctor as soon as there are times. Otherwise you can approve the licence later."
        ),
    )

    def clean(self) -> dict[str, Any]:
        InvitedFields.clean(self)
        return super().clean()


class AdminSlotForm(ServiceForm):
    """One time of a doctor, typed by the hospital's clock."""

    error_fields: ClassVar[dict[type[DomainError], str]] = {OverlapsDiary: "starts_at"}
    error_words: ClassVar[Mapping[type[DomainError], StrOrPromise]] = {
        OverlapsDiary: _("This overlaps another time in the doctor’s diary.")
    }

    class Meta:
        model = Slot
        fields = ("doctor", "starts_at", "ends_at")

    def refused_field(self, refusal: DomainError) -> str | None:
        if isinstance(refusal, InvalidTimes):
            return "starts_at" if refusal.field in {"date", "start"} else "ends_at"
        return super().refused_field(refusal)
