"""What is asked in the directory and of doctors about themselves. The diary's forms are in diary_forms.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms import AccountFields, OwnDetailsForm
from accounts.models import one_line
from core.errors import DomainError
from core.fields.money import MoneyField
from core.money import from_cents
from core.text.folding import search_key
from doctors import selectors
from doctors.models import DoctorProfile
from doctors.profile.booking_policy_forms import TERMS, TermsFields
from doctors.rules import LicenceTaken

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

HIGHEST_FEE = 100_000  # in whole units of the currency; a slip of the finger, not a fee
PROFILE_FIELDS = (
    "specialization",
    "department",
    "qualification",
    "years_of_experience",
    "consultation_fee_cents",
    "biography",
    "room",
)

CHOICES = ("confirms_automatically", "marks_no_shows")


class FeeField(MoneyField):
    """A fee typed as people write it, cleaned to integer cents of `settings.CURRENCY`."""

    def __init__(self, **kwargs: Any) -> None:
        step = str(from_cents(1, settings.CURRENCY))
        amount = format_lazy(_("Enter an amount from 0 to {highest}, like 120."), highest=HIGHEST_FEE)
        said = ("required", "invalid", "min_value", "max_value", "max_digits", "max_whole_digits")
        super().__init__(
            highest=HIGHEST_FEE,
            widget=forms.NumberInput(attrs={"inputmode": "decimal", "autocomplete": "off", "step": step}),
            error_messages=dict.fromkeys(said, amount),
            **kwargs,
        )


def _line(label: StrOrPromise, longest: int, **kwargs: Any) -> forms.CharField:
    attrs = {"autocomplete": "off", **kwargs.pop("attrs", {})}
    return forms.CharField(
        label=label, max_length=longest, validators=[one_line], widget=forms.TextInput(attrs=attrs), **kwargs
    )


class PracticeFields(forms.Form):
    """What patients read about a doctor. `practice_facts` are fields of DoctorProfile."""

    specialization = _line(
        _("Specialty"),
        80,
        attrs={"list": "known-specializations"},
        help_text=_("What patients would search for, for example Cardiology."),
        error_messages={"required": _("Enter your specialty.")},
    )
    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=selectors.all_departments(),
        empty_label=_("Choose a department"),
        error_messages={
            "required": _("Choose your department."),
            "invalid_choice": _("Choose a department from the list."),
        },
    )
    qualification = _line(
        _("Qualification"),
        160,
        help_text=_("For example MBBS, FRCP."),
        error_messages={"required": _("Enter your qualification.")},
    )
    years_of_experience = forms.IntegerField(
        label=_("Years of experience"),
        min_value=0,
        max_value=70,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("Enter your years of experience."),
            "invalid": _("Enter a whole number."),
            "min_value": _("Enter 0 or more."),
            "max_value": _("Enter at most 70 years."),
        },
    )
    consultation_fee_cents = FeeField(
        label=_("Consultation fee"),
        help_text=format_lazy(_("In {currency}, for one visit."), currency=settings.CURRENCY),
    )
    biography = forms.CharField(
        label=_("About you"),
        required=False,
        max_length=4_000,
        # No maxlength in the browser: it would silently cut off what is pasted.
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        help_text=_("What you treat, how you work, which languages you speak."),
    )

    @property
    def known_specializations(self) -> list[str]:
        return selectors.specializations()

    def clean_specialization(self) -> str:
        """Spelled as colleagues spell it, so that one filter finds them all."""
        typed = " ".join(self.cleaned_data["specialization"].split())
        known = {search_key(name): name for name in self.known_specializations}
        return known.get(search_key(typed), typed)


class DoctorSignUpForm(PracticeFields, AccountFields):
    """A doctor's account and profile (A4). Role and approval are never asked for, so never believed."""

    error_fields: ClassVar[dict[type[DomainError], str]] = {
        **AccountFields.error_fields,
        LicenceTaken: "licence_number",
    }
    licence_number = _line(
        _("Licence number"),
        40,
        help_text=_("We check it before patients can see you. Only our staff can change it later."),
        error_messages={"required": _("Enter your licence number.")},
    )

    field_order = (
        *("full_name", "email", "phone", "username", "password"),
        *("licence_number", "specialization", "department", "qualification"),
    )
    account_field_names = ("full_name", "email", "phone", "username", "password")

    def account_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.account_field_names]

    def practice_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in self.account_field_names]

    def facts(self) -> dict[str, Any]:
        """The keyword arguments of `register_doctor`, without `now`."""
        asked = (*PracticeFields.base_fields, "licence_number")
        return {**self.account_facts(), "profile": {name: self.cleaned_data[name] for name in asked}}


class DoctorProfileForm(PracticeFields, TermsFields, OwnDetailsForm):
    """Everything a doctor may change about themselves (A8)."""

    room = _line(_("Room"), 120, required=False, help_text=_("Where patients go, for example “Building B, room 12”."))
    confirms_automatically = forms.BooleanField(
        label=_("Confirm new appointments automatically"),
        required=False,
        help_text=_("Otherwise you’ll need to confirm each booking."),
    )
    marks_no_shows = forms.BooleanField(
        label=_("Mark missed visits automatically"),
        required=False,
        help_text=_("After midnight, confirmed patients of the day who weren’t checked in are marked as missed."),
    )

    field_order = ("full_name", "phone", *PROFILE_FIELDS, *CHOICES, *TERMS)

    def facts(self) -> dict[str, Any]:
        """The keyword arguments of `update_doctor`, without the doctor."""
        data = self.cleaned_data
        profile = {name: data[name] for name in (*PROFILE_FIELDS, *CHOICES, *TERMS)}
        return {"full_name": data["full_name"], "phone": data["phone"], "profile": profile}


def as_typed(doctor: DoctorProfile) -> dict[str, Any]:
    """The initial values of `DoctorProfileForm`."""
    own = {"full_name": doctor.user.full_name, "phone": doctor.user.phone}
    return own | {name: getattr(doctor, name) for name in (*PROFILE_FIELDS, *CHOICES, *TERMS)}
