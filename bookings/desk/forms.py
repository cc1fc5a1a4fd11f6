"""What is asked at the desk, into clean values. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import one_line
from bookings.desk.arrival_status import ArrivalStatus
from bookings.desk.day_page import Filters
from bookings.fields import ComplaintField, DayField, OneLineField
from bookings.presenters import born_words
from bookings.rules import Newcomer, PatientRef
from core.fields.addresses import AddressField
from core.fields.phones import PhoneField
from core.formats import long_date
from core.text.names import has_name
from core.text.phones import phone_words
from patients.models import PatientProfile
from patients.rules import birth_date_problem, date_in
from patients.selectors import Asked, read_query

SOMEBODY_ELSE = "new"
LONGEST_QUERY = 120

_Day = date  # in a form with a field `date`, the name means that


class DeskFilterForm(forms.Form):
    """`?date= &department= &doctor= &status= &q=` of the desk's day. A value that makes no sense does not filter."""

    date = DayField(label=_("Day"))
    q = forms.CharField(required=False, max_length=LONGEST_QUERY)
    department = forms.SlugField(required=False, max_length=80, allow_unicode=True)
    doctor = forms.SlugField(required=False, max_length=100, allow_unicode=True)
    status = forms.ChoiceField(required=False, choices=ArrivalStatus.choices)

    def __init__(self, data: QueryDict, *, today: _Day) -> None:
        super().__init__(data)
        self.today = today

    def filters(self) -> Filters:
        self.is_valid()
        clean = self.cleaned_data
        return Filters(
            day=clean.get("date") or self.today,
            query=clean.get("q", ""),
            department=clean.get("department", ""),
            doctor=clean.get("doctor", ""),
            standing=clean.get("status", ""),
        )


class OneLineDateField(forms.CharField):
    """A date of birth as the caller says it, typed in one go: "31 3 1980"."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        born, rest = date_in(text)
        if born is None or rest.strip():
            raise ValidationError(
                gettext("Enter day, month and the whole year, for example 31 3 1980."), code="invalid"
            )
        return born


class DeskBookingForm(forms.Form):
    """The last questions of a booking at the desk: who a newcomer is, why they come, and nothing twice (C4)."""

    NEWCOMER: ClassVar = ("full_name", "date_of_birth", "phone", "email")

    who = forms.CharField(label=_("Is it one of these?"), required=False, max_length=20, widget=forms.RadioSelect)
    full_name = forms.CharField(
        label=_("Full name"),
        max_length=120,
        validators=[one_line, has_name],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words", "spellcheck": "false"}),
    )
    date_of_birth = OneLineDateField(
        label=_("Date of birth, such as 31 3 1980"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = PhoneField(label=_("Phone number"))
    email = AddressField(
        label=_("E-mail address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    reason = ComplaintField(
        label=_("Reason"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _("The reason can have at most 200 characters.")},
    )
    key = OneLineField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, data: QueryDict | None = None, *, is_new: bool, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.today, self.is_new = today, is_new
        if not is_new:
            for name in (*self.NEWCOMER, "who"):
                del self.fields[name]
        self._start_in_the_first_empty_box()

    @classmethod
    def fresh(cls, *, is_new: bool, today: date, typed: dict[str, str]) -> DeskBookingForm:
        """An unsent form with a key of its own, and what is known already."""
        return cls(is_new=is_new, today=today, initial={**typed, "key": uuid4().hex})

    def _start_in_the_first_empty_box(self) -> None:
        for name, field in self.fields.items():
            if name not in {"who", "key"} and not self[name].value():
                field.widget.attrs["autofocus"] = True
                return

    def clean_full_name(self) -> str:
        return " ".join(self.cleaned_data["full_name"].split())

    def clean_date_of_birth(self) -> date:
        born: date = self.cleaned_data["date_of_birth"]
        problem = birth_date_problem(born, today=self.today)
        if problem:
            raise ValidationError(problem, code="unlikely")
        return born

    def newcomer(self) -> Newcomer:
        """Whom to register."""
        data = self.cleaned_data
        return Newcomer(data["full_name"], data["date_of_birth"], data["phone"], data["email"])

    def offer(self, known: Sequence[PatientProfile]) -> None:
        """Show who is known by that name and date of birth, before anybody is registered twice."""
        people = [(str(person.pk), _told(person, self.today)) for person in known]
        self.fields["who"].widget.choices = [*people, (SOMEBODY_ELSE, gettext("Someone else: register them"))]

    def chosen(self, known: Sequence[PatientProfile]) -> PatientRef | None:
        """Whom to book for; None while it must still be asked whether it is one of `known`."""
        who = self.cleaned_data["who"]
        patient = next((person for person in known if str(person.pk) == who), None)
        if patient is not None:
            return PatientRef.of(patient)
        return None if known and who != SOMEBODY_ELSE else PatientRef.newcomer(self.newcomer())

    def typed(self) -> dict[str, str]:
        """What was typed, right or wrong, for a fresh form about another time."""
        return {name: str(self[name].value() or "") for name in self.fields if name not in {"key", "who"}}


def _told(patient: PatientProfile, today: date) -> str:
    facts = [
        gettext("%(name)s, born %(born)s")
        % {"name": patient.full_name, "born": born_words(patient.date_of_birth, today)},
        phone_words(patient.phone) or patient.email or gettext("no phone"),
    ]
    if patient.guardian:
        facts.append(gettext("cared for by %(name)s") % {"name": patient.guardian.full_name})
    return ", ".join(facts)


def known_from_query(query: str) -> dict[str, str]:
    """What the search for a caller has already said about a newcomer."""
    asked: Asked = read_query(query)
    name = _name_in(query) if asked.words else ""
    facts = {"full_name": name, "phone": asked.phone, "email": asked.email}
    if asked.born:
        facts["date_of_birth"] = long_date(asked.born).split(" ", 1)[1]
    return {key: value for key, value in facts.items() if value}


def _name_in(query: str) -> str:
    """The words of a query as a name: capitals as typed, or given where none were."""
    _, rest = date_in(query)
    words = [word for word in rest.split() if "@" not in word and not any(sign.isdigit() for sign in word)]
    name = " ".join(words)
    return name.title() if name == name.lower() else name
