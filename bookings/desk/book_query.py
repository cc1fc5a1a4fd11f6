"""The choices made so far while booking at the desk, as they stand in the address."""

from __future__ import annotations

import string
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.core.validators import validate_slug
from django.http import QueryDict
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from bookings.desk.forms import LONGEST_QUERY
from bookings.fields import DayField, PersonField

NOW = "now"
# Somebody new, who has no number yet; the page gives one to each (`numbered`).
UNNUMBERED = "1"
NUMBER_LENGTH, NUMBER_LETTERS = 12, string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True)
class BookQuery:
    """`time` is a slot's key or "now"; `is_here`: the patient stands at the desk, a walk-in.

    `newcomer` is set for somebody new: a number, made up for each, that says nothing of them. What is typed about
    them belongs to it (accounts/drafts/services.py), so that two of one surname are two.
    """

    q: str = ""
    patient: int | None = None
    newcomer: str = ""
    is_here: bool = False
    find: str = ""
    doctor: str = ""
    department: str = ""
    day: date | None = None
    time: str = ""

    def pairs(self) -> dict[str, str]:
        """What stands in the address; nothing of a newcomer beyond what was searched for."""
        given = {
            "here": "1" if self.is_here else "",
            "q": self.q,
            "patient": str(self.patient or ""),
            "new": self.newcomer,
            "find": self.find,
            "doctor": self.doctor,
            "department": self.department,
            "day": self.day.isoformat() if self.day else "",
            "time": self.time,
        }
        return {name: value for name, value in given.items() if value}

    @property
    def url(self) -> str:
        query = self.pairs()
        return reverse("bookings:desk_book") + (f"?{urlencode(query)}" if query else "")

    def replace(self, **changes: Any) -> BookQuery:
        return replace(self, **changes)

    @property
    def is_new(self) -> bool:
        return bool(self.newcomer)

    @property
    def is_numbered(self) -> bool:
        return not self.is_new or len(self.newcomer) == NUMBER_LENGTH

    def numbered(self) -> BookQuery:
        """The same, for one person more."""
        return self.replace(newcomer=get_random_string(NUMBER_LENGTH, NUMBER_LETTERS))

    @property
    def slot_id(self) -> UUID | None:
        try:
            return UUID(self.time)
        except ValueError:
            return None

    @property
    def is_now(self) -> bool:
        return self.is_here and self.time == NOW


class _Form(forms.Form):
    q = forms.CharField(required=False, max_length=LONGEST_QUERY)
    patient = PersonField()
    new = forms.CharField(required=False, max_length=NUMBER_LENGTH, validators=[validate_slug])
    here = forms.CharField(required=False, max_length=1)
    find = forms.CharField(required=False, max_length=LONGEST_QUERY)
    doctor = forms.SlugField(required=False, max_length=100, allow_unicode=True)
    department = forms.SlugField(required=False, max_length=80, allow_unicode=True)
    day = DayField(label=_("Day"))
    time = forms.CharField(required=False, max_length=36)


def read_book_query(data: QueryDict) -> BookQuery:
    """What makes no sense counts as not given."""
    form = _Form(data)
    form.is_valid()
    clean = form.cleaned_data
    return BookQuery(
        q=clean.get("q", ""),
        patient=clean.get("patient"),
        newcomer="" if clean.get("patient") else clean.get("new", ""),
        is_here=bool(clean.get("here")),
        find=clean.get("find", ""),
        doctor=clean.get("doctor", ""),
        department="" if clean.get("doctor") else clean.get("department", ""),
        day=clean.get("day"),
        time=clean.get("time", ""),
    )
