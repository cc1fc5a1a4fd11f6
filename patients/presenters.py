"""Words and links of the people a patient cares for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from core.formats import long_date
from core.text.folding import same_letters
from core.text.names import name_key
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


def names_apart(people: Iterable[PatientProfile]) -> dict[int, str]:
    """The names on one list, by key of the patient; namesakes, however they write themselves, with their birth date."""
    known = {person.pk: person for person in people}
    letters = {pk: same_letters(name_key(person.full_name)) for pk, person in known.items()}
    count = Counter(letters.values())
    return {
        pk: _with_birth_date(person) if count[letters[pk]] > 1 else person.full_name for pk, person in known.items()
    }


def _with_birth_date(person: PatientProfile) -> str:
    return _("%(name)s, born %(date)s") % {"name": person.full_name, "date": long_date(person.date_of_birth)}


def people(rows: Iterable[PatientProfile]) -> list[Person]:
    """For the page "People you care for"."""
    return [
        Person(
            name=row.full_name,
            relationship=row.relationship,
            born=_("Born %(date)s") % {"date": long_date(row.date_of_birth)},
            allergies=row.allergies,
            edit_url=reverse("patients:person_edit", args=[row.pk]),
            remove_url=reverse("bookings:person_remove", args=[row.pk]),
        )
        for row in rows
    ]
