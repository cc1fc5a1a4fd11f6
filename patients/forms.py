"""What patients are asked: little at sign-up, the rest when they like (A3, A8)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import AccountFields, OwnDetailsForm
from accounts.models import one_line
from core.errors import DomainError
from core.fields.phones import PhoneField
from core.forms.refusals import DomainErrorMixin
from core.text.names import has_name
from patients.choices import BloodGroup
from patients.fields import BirthDateField
from patients.models import PatientProfile
from patients.rules import AlreadyListed, birth_date_problem

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PROFILE_FIELDS = (
    "date_of_birth",
    "blood_group",
    "address",
    "emergency_contact_name",
    "emergency_contact_phone",
    "medical_history",
    "allergies",
)


class BirthDateMixin(forms.Form):
    """A believable date of birth, as of `today` at the hospital."""

    date_of_birth = BirthDateField()

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_date_of_birth(self) -> date:
        born: date = self.cleaned_data["date_of_birth"]
        problem = birth_date_problem(born, today=self.today)
        if problem:
            raise forms.ValidationError(problem, code="unlikely")
        return born


class PatientSignUpForm(BirthDateMixin, AccountFields):
    """Name, e-mail, password, phone and date of birth; a username for who wants one."""

    field_order = ("full_name", "date_of_birth", "email", "phone", "username", "password")

    def facts(self) -> dict[str, Any]:
        """The keyword arguments of `register_patient`."""
        return {**self.account_facts(), "date_of_birth": self.cleaned_data["date_of_birth"]}


def _long_text(
    label: StrOrPromise, *, longest: int, rows: int, hint: StrOrPromise, autocomplete: str = "off"
) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=longest,
        help_text=hint,
        # No maxlength in the browser: it would silently cut off what is pasted.
        widget=forms.Textarea(attrs={"rows": rows, "autocomplete": autocomplete}),
    )


class PersonForm(BirthDateMixin, DomainErrorMixin):
    """Somebody a patient cares for: a child, a parent (C11)."""

    error_fields: ClassVar[dict[type[DomainError], str]] = {AlreadyListed: "full_name"}

    full_name = forms.CharField(
        label=_("Full name"),
        max_length=120,
        validators=[one_line, has_name],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words", "spellcheck": "false"}),
        error_messages={"required": _("Enter their full name.")},
    )
    date_of_birth = BirthDateField(of_another=True)
    relationship = forms.CharField(
        label=_("Relationship to you"),
        required=False,
        max_length=60,
        validators=[one_line],
        help_text=_("For example my son, my mother."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = PhoneField(
        label=_("Their own phone number"), required=False, help_text=_("If you leave this blank, we’ll call you.")
    )
    blood_group = forms.ChoiceField(
        label=_("Blood group"), required=False, choices=[("", _("I don’t know")), *BloodGroup.choices]
    )
    allergies = _long_text(
        _("Allergies"), longest=2_000, rows=3, hint=_("Medicines, food, latex or anything else they react to.")
    )
    medical_history = _long_text(
        _("Medical history"), longest=8_000, rows=5, hint=_("Long-term conditions, operations and medicines they take.")
    )

    field_order = ("full_name", "date_of_birth", "relationship", "phone")

    def clean_full_name(self) -> str:
        return " ".join(self.cleaned_data["full_name"].split())

    def details(self) -> dict[str, Any]:
        """What `update_patient` takes as `profile`, without the phone."""
        names = ("date_of_birth", "relationship", "blood_group", "allergies", "medical_history")
        return {name: self.cleaned_data[name] for name in names}

    def facts(self) -> dict[str, Any]:
        """The keyword arguments of `add_dependent`, without the guardian."""
        data, profile = self.cleaned_data, self.details()
        own = {name: profile.pop(name) for name in ("date_of_birth", "relationship")}
        return {"full_name": data["full_name"], **own, "profile": {**profile, "own_phone": data["phone"].strip()}}


def person_as_typed(person: PatientProfile) -> dict[str, Any]:
    """The initial values of `PersonForm`."""
    names = ("date_of_birth", "relationship", "blood_group", "allergies", "medical_history")
    own = {"full_name": person.own_name, "phone": person.own_phone}
    return own | {name: getattr(person, name) for name in names}


class PatientProfileForm(BirthDateMixin, OwnDetailsForm):
    """Everything a patient may change about themselves."""

    address = _long_text(
        _("Address"), longest=400, rows=3, hint=_("House and street, town, postcode."), autocomplete="street-address"
    )
    emergency_contact_name = forms.CharField(
        label=_("Their name"),
        required=False,
        max_length=120,
        validators=[one_line],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    emergency_contact_phone = PhoneField(label=_("Their phone number"), required=False)
    blood_group = forms.ChoiceField(
        label=_("Blood group"), required=False, choices=[("", _("I don’t know")), *BloodGroup.choices]
    )
    allergies = _long_text(
        _("Allergies"), longest=2_000, rows=3, hint=_("Medicines, food, latex or anything else you react to.")
    )
    medical_history = _long_text(
        _("Medical history"), longest=8_000, rows=6, hint=_("Long-term conditions, operations and medicines you take.")
    )

    field_order = ("full_name", "date_of_birth", "phone", "address")

    def clean(self) -> dict[str, Any]:
        """An emergency contact is of use only with both a name and a number."""
        name, phone = (self.cleaned_data.get(f"emergency_contact_{part}") for part in ("name", "phone"))
        if name and phone == "":
            self.add_error("emergency_contact_phone", gettext("Enter a phone number for your emergency contact."))
        if phone and name == "":
            self.add_error("emergency_contact_name", gettext("Enter the name of your emergency contact."))
        return self.cleaned_data

    def facts(self) -> dict[str, Any]:
        """The keyword arguments of `update_patient`."""
        data = self.cleaned_data
        profile = {name: data[name] for name in PROFILE_FIELDS}
        return {"full_name": data["full_name"], "phone": data["phone"], "profile": profile}
