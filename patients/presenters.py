"""Words and links of the people a patient cares for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from core.templatetags.hms import long_date
from patients.models import PatientProfile


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the list. `relationship` may be empty."""

    name: str
    relationship: str
    born: str
    allergies: str
    edit_url: str
    remove_url: str


def people(rows: Iterable[PatientProfile]) -> list[Person]:
    """For the page "People you care for"."""
    return [
        Person(
            name=row.full_name,
            relationship=row.relationship,
            born=f"Born {long_date(row.date_of_birth)}",
            allergies=row.allergies,
            edit_url=reverse("patients:person_edit", args=[row.pk]),
            remove_url=reverse("bookings:person_remove", args=[row.pk]),
        )
        for row in rows
    ]
